"""When the breaker pauses sending, and for how long."""

import pytest

from worker.delivery.breaker import (
    SHORTEST_HOLD_S,
    UNKNOWN_HOLD_S,
    Thresholds,
    hold_s,
    judge_reputation,
    judge_run,
)
from worker.delivery.breaker_pauses import LONGEST_REST_S, Cause, rest_s
from worker.ledger.reputation import Reputation
from worker.mailers.account import Account
from worker.maintenance.account import HEADROOM, LEAST_RATE_PER_S, pace_per_s, quota_left, stopped_by_ses

LIMITS = Thresholds()


def account(**changes):
    usual = {
        "production_access": True,
        "sending_enabled": True,
        "enforcement": "HEALTHY",
        "max_send_rate": 14.0,
        "max_24_hour_send": 50_000.0,
        "sent_last_24_hours": 0.0,
    }
    return Account(**{**usual, **changes})


@pytest.mark.parametrize(
    ("sent", "bounced", "complained", "cause"),
    [
        (0, 0, 0, None),
        (99, 99, 0, None),  # too few to mean anything
        (100, 5, 0, None),  # 5 % is the limit, not beyond it
        (100, 6, 0, Cause.BOUNCES),
        (10_000, 500, 10, None),
        (10_000, 501, 0, Cause.BOUNCES),
        (999, 0, 999, None),
        (1000, 0, 1, None),
        (1000, 0, 2, Cause.COMPLAINTS),
        (10_000, 501, 11, Cause.BOUNCES),
    ],
)
def test_bounce_and_complaint_rates_above_their_limits_pause_sending(sent, bounced, complained, cause):
    trip = judge_reputation(Reputation(sent, bounced, complained), LIMITS)
    assert (trip and trip.cause) == cause


def test_the_reason_contains_the_figures():
    trip = judge_reputation(Reputation(200, 30, 0), LIMITS)
    assert trip is not None
    assert trip.reason == "bounces: 30 of 200 letters, 15.00%; the limit is 5.00%"


def test_a_run_of_stopped_reports_pauses_sending():
    assert judge_run(list(range(LIMITS.stopped_in_a_row - 1)), LIMITS) is None
    trip = judge_run(list(range(LIMITS.stopped_in_a_row)), LIMITS)
    assert trip is not None
    assert "worker replay" in trip.reason
    assert trip.detail["reports"] == list(range(LIMITS.stopped_in_a_row))


def test_each_recent_pause_doubles_the_rest_up_to_an_hour():
    assert [rest_s(recent, 60.0) for recent in range(4)] == [60.0, 60.0, 120.0, 240.0]
    assert rest_s(10_000, 60.0) == LONGEST_REST_S


def test_a_hold_has_a_lower_and_an_upper_limit():
    assert hold_s(None) == UNKNOWN_HOLD_S
    assert hold_s(0.5) == SHORTEST_HOLD_S
    assert hold_s(7200.0) == 7200.0


def test_the_send_rate_keeps_headroom():
    assert pace_per_s(account()) == pytest.approx(14 * HEADROOM)
    assert pace_per_s(account(max_send_rate=0.0)) == pytest.approx(LEAST_RATE_PER_S * HEADROOM)


def test_the_quota_left():
    assert quota_left(account(sent_last_24_hours=49_999.0)) == 1
    assert quota_left(account(sent_last_24_hours=60_000.0)) == 0
    assert quota_left(account(max_24_hour_send=-1.0)) is None


@pytest.mark.parametrize(
    ("changes", "stops"),
    [
        ({}, False),
        ({"enforcement": "PROBATION"}, False),
        ({"enforcement": "SHUTDOWN"}, True),
        ({"sending_enabled": False}, True),
    ],
)
def test_an_account_that_ses_stopped_trips_the_breaker(changes, stops):
    assert (stopped_by_ses(account(**changes)) is not None) is stops
