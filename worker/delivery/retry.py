"""What follows from a failed send: a decision as a value, from the error, the count and a random number."""

from __future__ import annotations

from dataclasses import dataclass

from worker.errors import AccountBlocked, OutcomeUnknown, Permanent, SendError, Throttled, Transient

FIRST_DELAY_S = 30.0
LONGEST_DELAY_S = 3600.0
LONGEST_UNCOUNTED_DELAY_S = 900.0  # between two looks whether SES can be reached again
THROTTLED_DELAY_S = 5.0
DAILY_QUOTA_DELAY_S = 900.0


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Put it back, due in `delay_s` seconds. `counts` towards giving up."""

    delay_s: float
    counts: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The report has failed."""


@dataclass(frozen=True, slots=True)
class PauseAll:
    """Put it back and stop all sending: no other letter would be taken either."""


@dataclass(frozen=True, slots=True)
class AwaitEvidence:
    """Nobody knows; never repeat it without evidence."""


Verdict = RetryAfter | GiveUp | PauseAll | AwaitEvidence


def after_error(error: SendError, *, attempts: int, refusals: int, max_refusals: int, jitter: float) -> Verdict:
    """Decide. Of the `attempts` before this one `refusals` were counted.

    `jitter` is 0..1 and spreads the delay over its upper half.
    """
    if isinstance(error, OutcomeUnknown):
        return AwaitEvidence()
    if isinstance(error, AccountBlocked):
        return PauseAll()
    if isinstance(error, Throttled):
        delay = DAILY_QUOTA_DELAY_S if error.daily else THROTTLED_DELAY_S
        return RetryAfter(delay * (1 + jitter), counts=False)
    if isinstance(error, Transient) and not error.counts:
        return RetryAfter(_delay_s(attempts, LONGEST_UNCOUNTED_DELAY_S) * (0.5 + jitter / 2), counts=False)
    if isinstance(error, Permanent) or refusals + 1 >= max_refusals:
        return GiveUp()
    return RetryAfter(_delay_s(refusals, LONGEST_DELAY_S) * (0.5 + jitter / 2), counts=True)


def _delay_s(before: int, longest_s: float) -> float:
    return float(min(longest_s, FIRST_DELAY_S * 2.0 ** min(before, 16)))
