"""What follows from a failed send."""

import pytest

from worker.delivery.retry import (
    FIRST_DELAY_S,
    LONGEST_DELAY_S,
    LONGEST_UNCOUNTED_DELAY_S,
    AwaitEvidence,
    GiveUp,
    PauseAll,
    RetryAfter,
    after_error,
)
from worker.errors import AccountBlocked, OutcomeUnknown, Permanent, Throttled, Transient


def verdict(error, refusals=0, jitter=1.0, attempts=0):
    return after_error(error, attempts=attempts, refusals=refusals, max_refusals=5, jitter=jitter)


def test_an_unknown_outcome_is_never_repeated():
    assert all(verdict(OutcomeUnknown("ReadTimeout", ""), refusals=n) == AwaitEvidence() for n in range(9))


def test_an_account_s_trouble_pauses_and_never_fails_a_report():
    assert all(verdict(AccountBlocked("SendingPaused", ""), refusals=n) == PauseAll() for n in range(9))


def test_a_permanent_refusal_gives_up_at_once():
    assert verdict(Permanent("MessageRejected", "")) == GiveUp()


def test_transient_refusals_wait_longer_each_time_and_then_give_up():
    delays = [verdict(Transient("Refused", ""), refusals=n) for n in range(4)]
    assert [one.delay_s for one in delays] == [FIRST_DELAY_S * 2**n for n in range(4)]
    assert all(one.counts for one in delays)
    assert verdict(Transient("Refused", ""), refusals=4) == GiveUp()


def test_who_cannot_reach_ses_waits_longer_each_time_and_never_gives_up():
    unreachable = Transient("ConnectTimeoutError", "", counts=False)
    delays = [verdict(unreachable, attempts=n, refusals=99) for n in (0, 1, 2, 50, 5000)]
    assert [one.delay_s for one in delays] == [
        FIRST_DELAY_S, FIRST_DELAY_S * 2, FIRST_DELAY_S * 4, LONGEST_UNCOUNTED_DELAY_S, LONGEST_UNCOUNTED_DELAY_S,
    ]  # fmt: skip
    assert not any(one.counts for one in delays)


def test_throttling_costs_no_attempt():
    for daily in (False, True):
        one = verdict(Throttled("429", "", daily=daily), refusals=99)
        assert isinstance(one, RetryAfter)
        assert not one.counts


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_jitter_spreads_but_bounds(jitter):
    one = after_error(Transient("x", ""), attempts=30, refusals=30, max_refusals=99, jitter=jitter)
    assert isinstance(one, RetryAfter)
    assert LONGEST_DELAY_S / 2 <= one.delay_s <= LONGEST_DELAY_S
