"""The life cycle of a report: its states, the transitions between them, and the states of an attempt to send it.

The table is total: each transition names the states it may leave and the state it leads to, and from any other state it
is refused. `worker.ledger.guarded_updates` turns a row of the table into an UPDATE that names the states it leaves, so
two processes can never both make the same transition. Nothing else changes a report's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReportState(StrEnum):
    """The state of one report."""

    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    RETURNED = "returned"
    """SES accepted its letter, which then came back: it did not arrive."""
    FAILED = "failed"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """The state of one attempt to hand a report to SES."""

    INTENT = "intent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    """SES accepted it, and the letter came back."""
    REFUSED = "refused"
    VOIDED = "voided"
    """An unknown attempt that an operator declared unsent."""


ENDED_WELL = (ReportState.SENT, ReportState.CANCELLED)
ENDED_BADLY = (ReportState.FAILED, ReportState.QUARANTINED, ReportState.RETURNED)
"""States that an operator's replay may end."""

LIVE_ATTEMPT_STATES = (AttemptState.INTENT, AttemptState.UNKNOWN, AttemptState.ACCEPTED)
"""SES may have accepted an attempt in one of these states. A partial unique index allows one of them per report."""


class Transition(StrEnum):
    """What can happen to a report after intake made it ready."""

    CLAIM = "claim"
    RELEASE = "release"
    EXPIRE_CLAIM = "expire_claim"
    QUARANTINE = "quarantine"
    INTEND = "intend"
    ACCEPT = "accept"
    REFUSE = "refuse"
    FAIL = "fail"
    MARK_UNKNOWN = "mark_unknown"
    RETURN = "return"
    ARRIVE = "arrive"
    ASSUME_UNSENT = "assume_unsent"
    REPLAY = "replay"
    REPLAY_FILE = "replay_file"
    CANCEL = "cancel"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Edge:
    """One row of the table: the states that a transition may leave, and the state it leads to."""

    leaves: tuple[ReportState, ...]
    to: ReportState


_S = ReportState

TABLE: dict[Transition, Edge] = {
    # A worker takes a due report, and gives it back unposted (paused, no slot) or loses it (it died or froze).
    Transition.CLAIM: Edge((_S.READY,), _S.CLAIMED),
    Transition.RELEASE: Edge((_S.CLAIMED,), _S.READY),
    Transition.EXPIRE_CLAIM: Edge((_S.CLAIMED,), _S.READY),
    # No letter can be composed for it, or every worker that claimed it died.
    Transition.QUARANTINE: Edge((_S.CLAIMED,), _S.QUARANTINED),
    # The intent is committed; from here on a POST may have happened.
    Transition.INTEND: Edge((_S.CLAIMED,), _S.SENDING),
    # A message id or an SES event proves that SES accepted the letter. The proof may come late, so it also settles an
    # unknown report and (after a restored backup or an operator's wrong guess) one that was believed unsent.
    Transition.ACCEPT: Edge(
        (_S.SENDING, _S.UNKNOWN, _S.READY, _S.CLAIMED, _S.FAILED, _S.QUARANTINED, _S.CANCELLED), _S.SENT
    ),
    Transition.REFUSE: Edge((_S.SENDING, _S.UNKNOWN), _S.READY),
    Transition.FAIL: Edge((_S.SENDING, _S.UNKNOWN), _S.FAILED),
    Transition.MARK_UNKNOWN: Edge((_S.SENDING,), _S.UNKNOWN),
    # A bounce named a failure of this letter, and no delivery was reported in time. A delivery that comes late proves
    # that it arrived after all, which also ends a replay that has posted nothing yet.
    Transition.RETURN: Edge((_S.SENT,), _S.RETURNED),
    Transition.ARRIVE: Edge((_S.RETURNED, _S.READY, _S.CLAIMED, _S.FAILED, _S.QUARANTINED, _S.CANCELLED), _S.SENT),
    # Only a person makes these three; the last where the outbox mailer wrote the letter to a file.
    Transition.ASSUME_UNSENT: Edge((_S.UNKNOWN,), _S.READY),
    Transition.REPLAY: Edge((_S.FAILED, _S.QUARANTINED, _S.RETURNED), _S.READY),
    Transition.REPLAY_FILE: Edge((_S.SENT,), _S.READY),
    # The reader unsubscribed or was erased before anything was posted.
    Transition.CANCEL: Edge((_S.READY, _S.CLAIMED, _S.FAILED, _S.QUARANTINED), _S.CANCELLED),
    # A backup was restored: a report that it calls unfinished may have been sent since.
    Transition.RESTORE: Edge((_S.READY, _S.CLAIMED, _S.SENDING), _S.UNKNOWN),
}

REPLAYABLE = TABLE[Transition.REPLAY].leaves
"""The states of a report that an operator may replay."""
STOPPED = (ReportState.FAILED, ReportState.QUARANTINED)
"""The states of a stopped report: SES never accepted it, and nothing sends it by itself any more."""
HANDED_OVER = (AttemptState.ACCEPTED, AttemptState.RETURNED)
"""The states of an attempt that SES accepted."""


def next_state(state: ReportState, transition: Transition) -> ReportState | None:
    """The state that `transition` leads to from `state`, or None where it is refused. Defined for every pair."""
    edge = TABLE[transition]
    return edge.to if state in edge.leaves else None
