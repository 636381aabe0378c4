"""The purge deletes old rows, keeps their counts, and keeps the promise."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tests.parts.clock import let_time_pass
from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, key_of, owe, refuse
from tests.parts.ses_events import event
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import counting, signups
from worker.ledger.channels import Channel, Lane
from worker.ledger.counting import Grouping, Period, total
from worker.ledger.log_filter import DatedBy
from worker.ledger.outcomes import Outcome
from worker.ledger.recount import differences, recount
from worker.ledger.schema import attempt, feedback_event, report, signup
from worker.ledger.signups import NewReport
from worker.ledger.status import count_ledger
from worker.ledger.steering_schema import lease
from worker.ledger.tally_folding import fold_all
from worker.ledger.timeline import timeline
from worker.operations import replay
from worker.privacy import erasure
from worker.privacy.purge import Purge, Purged
from worker.privacy.retention import Retention

DAYS = 400


@pytest.fixture
def old(ledger):
    """One of each kind, 401 days old, and cleared by retention where that clears them."""
    attempt_id = attempted(ledger, owe(ledger, "sent@example.com"), SENT)
    FeedbackRecorder(ledger).take(event("Delivery", attempt=attempt_id))
    attempted(ledger, owe(ledger, "unknown@example.com"), UNKNOWN)
    attempted(ledger, owe(ledger, "failed@example.com"), FAILED)
    refuse(ledger, "refused@example.com")
    let_time_pass(ledger, (DAYS + 1) * 86_400)
    Retention(ledger, days=90, sleep=lambda _: None).forget()
    return ledger


def purge(ledger, **options):
    with ledger.write() as tx:
        tx.execute(sa.delete(lease).where(lease.c.name == "purge"))
    return Purge(ledger, days=DAYS, sleep=lambda _: None, **options).run()


def rows(ledger, *tables):
    with ledger.read() as tx:
        return [tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]


def counts(ledger):
    today = datetime.now(UTC).date()
    with ledger.read() as tx:
        now = count_ledger(tx)
        board = total(counting.count(tx, Period(date(2020, 1, 1), today), Grouping.PAGE, DatedBy.SIGNED_UP))
    assert now.conservation.holds
    return now.conservation, now.attempts, now.sent_by_mailer, now.feedback, board


@pytest.mark.parametrize("batch", [1, 500])
def test_rows_go_and_counts_stay(old, batch):
    before = counts(old)
    assert rows(old, signup, report, attempt, feedback_event) == [4, 3, 3, 1]
    assert purge(old, batch=batch) == Purged(signups=2)
    assert rows(old, signup, report, attempt, feedback_event) == [2, 3, 2, 0]
    assert counts(old) == before
    fold_all(old)
    assert counts(old) == before
    assert list(differences(old)) == []
    recount(old)
    assert counts(old) == before
    assert purge(old) == Purged()


def test_it_runs_once_an_hour(old):
    assert purge(old) is not None
    assert Purge(old, days=DAYS).run() is None


def test_what_is_not_cleared_or_not_old_stays(ledger):
    attempted(ledger, owe(ledger, "sent@example.com"), SENT)
    let_time_pass(ledger, (DAYS + 1) * 86_400)
    assert purge(ledger) == Purged()
    Retention(ledger, days=90, sleep=lambda _: None).forget()
    let_time_pass(ledger, -2 * 86_400)
    assert purge(ledger) == Purged()
    let_time_pass(ledger, 2 * 86_400)
    assert purge(ledger) == Purged(signups=1)


def test_the_same_person_gets_no_second_report(old):
    purge(old)
    with old.write() as tx:
        key = key_of("sent@example.com")
        owed = signups.find_report(tx, key)
        assert owed is not None
        assert owed.state == "sent"
        new = NewReport(key, "t" * 22, "sent@example.com", "x", None, {}, None, lane=Lane.BROWSER)
        row = signups.insert_signup(
            tx, signups.NewSignup(channel=Channel.SERVER, outcome=Outcome.DUPLICATE, signup_key="k")
        )
        assert row is not None
        assert signups.insert_report(tx, new, signup_row=row) is None


def test_operators_and_late_events_meet_a_purged_report(old):
    with old.read() as tx:
        report_id = tx.execute(sa.select(report.c.id).where(report.c.state == "sent")).scalar_one()
        attempt_id = tx.execute(sa.select(attempt.c.id).where(attempt.c.report_id == report_id)).scalar_one()
    purge(old)
    before = counts(old)
    FeedbackRecorder(old).take(event("Complaint", attempt=attempt_id))
    replay.act(old, [report_id], actor="operator:ada", reason="again")
    key = key_of("sent@example.com")
    assert erasure.erase(old, key, addresses=["sent@example.com"], actor="reader", reason="asked").known
    with old.read() as tx:
        story = [step.what for step in timeline(tx, key)]
    assert story[-1] == "erase"
    assert not any(word in step for step in story for word in ("signup", "intended", "delivered"))
    assert counts(old) == before
    assert list(differences(old)) == []


def test_events_of_nobody_are_deleted(ledger):
    FeedbackRecorder(ledger).take(event("Delivery", attempt="0" * 32))
    assert purge(ledger) == Purged()
    let_time_pass(ledger, (DAYS + 1) * 86_400)
    assert purge(ledger) == Purged(events=1)
