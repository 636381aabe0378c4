"""The breaker's own pauses: why it made one, whether SES can end it, and how soon."""

from __future__ import annotations

from enum import StrEnum

from worker.ledger.pauses import Pause

BREAKER = "breaker"
LONGEST_REST_S = 3600.0
LATELY_S = 6 * 3600.0  # each pause in these last seconds doubles the next rest


class Cause(StrEnum):
    """Why the breaker tripped."""

    ACCOUNT = "account"
    STOPPED_REPORTS = "stopped_reports"
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"


def cause_of(pause: Pause) -> Cause | None:
    """Why the breaker made this pause; None where somebody else did."""
    return Cause(pause.detail["cause"]) if pause.holder == BREAKER else None


def ends_by_itself(pause: Pause) -> bool:
    """Whether SES can end this pause. One that a person made, or must look into, waits for a person."""
    return cause_of(pause) is Cause.ACCOUNT


def rest_s(recent: int, first_s: float) -> float:
    """Seconds before the breaker may end a pause; doubles with each of the `recent` pauses, this one included."""
    return float(min(LONGEST_REST_S, first_s * 2.0 ** min(max(recent - 1, 0), 16)))
