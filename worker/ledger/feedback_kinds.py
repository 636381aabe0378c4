"""What SES events say after a letter was accepted, and which of two events says more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class FeedbackKind(StrEnum):
    """What one SES event reports about a letter."""

    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class FeedbackRank(IntEnum):
    """How much an event says. The higher rank wins; of one rank the later event, by its own time.

    So duplicates and any order of arrival lead to the same feedback.
    """

    ACCEPTED = 0
    DELAYED = 1
    DOUBTFUL = 2
    """A bounce that names no failure of this message, as an out-of-office reply: a delivery overrules it."""
    ARRIVAL = 3
    """Whether the letter arrived: a delivery, a rejection, or a bounce that names a failure."""
    COMPLAINT = 4


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one event means. The ledger stores it with the event."""

    kind: FeedbackKind
    rank: FeedbackRank
    counts: bool = False
    """AWS counts it against the account: towards the bounce or complaint rate that pauses sending."""
    suppress: str | None = None
    """Why its reader must never be mailed again, None where they may."""
