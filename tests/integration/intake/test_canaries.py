"""Canaries: a report each time, for nobody but SES's simulator, and in none of marketing's figures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import redis
import sqlalchemy as sa

from tests.parts.reports import SENT, claim, intend
from worker.assets import data_dir
from worker.delivery.disposition import AttemptResult
from worker.delivery.recording import ResultRecorder
from worker.delivery.spool import Spool
from worker.intake.canaries import CANARY_ADDRESS
from worker.intake.identity import Identity, read_address
from worker.intake.limits import LimitCounter
from worker.intake.receive import Receiver
from worker.intake.signup_limits import Limits, SignupLimits
from worker.ledger import counting, reports
from worker.ledger.channels import Channel
from worker.ledger.counting import Grouping, Period
from worker.ledger.filter_choices import filter_choices
from worker.ledger.log_filter import DatedBy, LogFilter
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import report, signup
from worker.ledger.send_log import count_up_to, entries
from worker.ledger.send_times import lane_times
from worker.ledger.status import conservation
from worker.reader_links import new_link_token
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher

IDENTITY = Identity(b"k" * 32)
MATCHER = Matcher(load_catalogue(data_dir()))
KEY = IDENTITY.recipient_key(read_address(CANARY_ADDRESS))


@pytest.fixture
def receiver(ledger, redis_url):
    limits = SignupLimits(LimitCounter(redis.Redis.from_url(redis_url)), Limits(1, 1, 1, 1))
    return Receiver(ledger, IDENTITY, limits, MATCHER, lambda *_: None, new_link_token)


def sign_up(receiver, number, email=CANARY_ADDRESS, channel=Channel.CANARY):
    fields = {"version": 1, "signup_id": f"s-{number}", "email": email, "role": "ml-engineer"}
    return receiver.receive(fields, channel=channel)


def send(ledger, report_id, spool):
    """Let SES accept the report's letter."""
    claimed = claim(ledger, report_id)
    with ledger.write() as tx:
        assert reports.release(tx, claimed)
    attempt_id = intend(ledger, report_id)
    ResultRecorder(ledger, spool).record(AttemptResult(attempt_id, report_id, SENT), claimed)


def test_each_canary_gets_a_report_once_the_one_before_has_left(receiver, ledger, tmp_path):
    receipts = []
    for number in range(3):
        receipts.append(sign_up(receiver, number))
        again = sign_up(receiver, f"{number}-again")
        assert (again.outcome, again.report_id) == (Outcome.DUPLICATE, receipts[-1].report_id)
        send(ledger, receipts[-1].report_id, Spool(tmp_path))
    assert [receipt.outcome for receipt in receipts] == [Outcome.ADMITTED] * 3
    assert not any(receipt.limited or receipt.delayed for receipt in receipts)
    with ledger.read() as tx:
        found = tx.execute(sa.select(report.c.generation).order_by(report.c.id)).scalars()
        assert list(found) == [1, 2, 3]
        sums = conservation(tx)
    assert sums.holds
    assert (sums.signups, sums.outcomes[Outcome.ADMITTED]) == (6, 3)


def test_the_same_signup_again_is_the_same_canary(receiver, ledger, tmp_path):
    first = sign_up(receiver, 1)
    send(ledger, first.report_id, Spool(tmp_path))
    again = sign_up(receiver, 1)
    assert (again.outcome, again.repeated, again.report_id) == (Outcome.ADMITTED, True, first.report_id)


@pytest.mark.parametrize("email", ["ada@example.com", "bounce@simulator.amazonses.com", "success@example.com"])
def test_a_canarys_token_signs_up_nobody_else(receiver, ledger, email):
    receipt = sign_up(receiver, 1, email)
    assert (receipt.outcome, receipt.report_id) == (Outcome.INVALID, None)
    assert "use another token for people" in receipt.problems[0][1]
    with ledger.read() as tx:  # somebody took the wrong token, so the log must show it
        assert [entry.cells["outcome"] for entry in entries(tx, LogFilter(), limit=9)] == ["invalid"]


@pytest.mark.parametrize("channel", [Channel.SERVER, Channel.QUEUE, Channel.FILE, Channel.BROWSER])
def test_without_that_token_the_simulator_gets_one_report_like_anybody(receiver, ledger, tmp_path, channel):
    first = sign_up(receiver, 1, channel=channel)
    send(ledger, first.report_id, Spool(tmp_path))
    second = sign_up(receiver, 2, channel=channel)
    assert (first.outcome, second.outcome) == (Outcome.ADMITTED, Outcome.DUPLICATE)


def test_canaries_at_once_lead_to_one_report(receiver, ledger):
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda number: sign_up(receiver, number), range(8)))
    assert sorted(receipt.outcome for receipt in receipts) == [Outcome.ADMITTED] + [Outcome.DUPLICATE] * 7
    with ledger.read() as tx:
        assert conservation(tx).holds


def test_marketing_sees_no_canary(receiver, ledger, tmp_path):
    send(ledger, sign_up(receiver, 1).report_id, Spool(tmp_path))
    today = datetime.now(UTC).date()
    with ledger.read() as tx:
        assert entries(tx, LogFilter(), limit=9) == []
        assert entries(tx, LogFilter(state="sent", dated_by=DatedBy.SENT), limit=9) == []
        assert count_up_to(tx, LogFilter(), most=None) == 0
        assert len(entries(tx, LogFilter(recipient_key=KEY), limit=9)) == 1
        for dated_by in DatedBy:
            for grouping in Grouping:
                assert counting.count(tx, Period(today, today), grouping, dated_by) == []
        assert lane_times(tx, within_s=3600.0) == ()
        assert not counting.any_signup(tx)
        assert filter_choices(tx).campaigns == ()
        assert tx.execute(sa.select(sa.func.count()).select_from(signup)).scalar_one() == 1
