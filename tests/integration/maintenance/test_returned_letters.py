"""Letters that came back: which bounces prove it, what a late delivery changes, and who may send again."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts import reports as make
from tests.parts.ses_events import event
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import attempts, suppressions
from worker.ledger.feedback_faults import ACCEPTED_BESIDE_ANOTHER
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.schema import attempt, audit, report
from worker.ledger.stopped_reports import Selection
from worker.maintenance.returned_letters import mark_returned_letters
from worker.operations import replay
from worker.operations.replay import Group

MAILBOX_FULL = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
OUT_OF_OFFICE = {"bounceType": "Transient", "bounceSubType": "General"}
UNDETERMINED = {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}


def ago(hours):
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


@pytest.fixture
def recorder(ledger):
    return FeedbackRecorder(ledger)


@pytest.fixture
def sent(ledger):
    """The ids of a report that was sent, and of its attempt."""
    report_id = make.owe(ledger)
    return report_id, make.attempted(ledger, report_id, make.SENT)


def states(ledger, report_id):
    with ledger.read() as tx:
        state = tx.execute(sa.select(report.c.state).where(report.c.id == report_id)).scalar_one()
        query = sa.select(attempt.c.state).where(attempt.c.report_id == report_id).order_by(attempt.c.number)
        return state, list(tx.execute(query).scalars())


def bounce(recorder, attempt_id, hours=25.0, **kind):
    recorder.take(event("Bounce", attempt=attempt_id, message="ses-1", timestamp=ago(hours), **kind))


def deliver(recorder, attempt_id, hours=0.0):
    recorder.take(event("Delivery", attempt=attempt_id, message="ses-1", timestamp=ago(hours)))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ({}, ReportState.RETURNED),
        ({"bounceSubType": "OnAccountSuppressionList"}, ReportState.RETURNED),
        (MAILBOX_FULL, ReportState.RETURNED),
        ({"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}, ReportState.RETURNED),
        ({"bounceType": "Transient", "bounceSubType": "ContentRejected"}, ReportState.RETURNED),
        ({"bounceType": "Transient", "bounceSubType": "AttachmentRejected"}, ReportState.RETURNED),
        (OUT_OF_OFFICE, ReportState.SENT),
        (UNDETERMINED, ReportState.SENT),
    ],
)
def test_only_a_bounce_that_names_a_failure_returns_a_letter(ledger, recorder, sent, kind, state):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **kind)
    mark_returned_letters(ledger)
    assert states(ledger, report_id)[0] == state


def test_a_letter_is_returned_a_day_after_its_bounce(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, hours=23.9)
    assert mark_returned_letters(ledger) == 0
    assert states(ledger, report_id) == ("sent", ["accepted"])


@pytest.mark.parametrize("delivered", [30.0, 24.5])
def test_a_bounce_beside_a_delivery_returns_nothing(ledger, recorder, sent, delivered):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id)
    deliver(recorder, attempt_id, hours=delivered)
    assert mark_returned_letters(ledger) == 0
    assert states(ledger, report_id)[0] == ReportState.SENT


def test_a_late_delivery_makes_a_returned_report_sent_again(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **MAILBOX_FULL)
    assert mark_returned_letters(ledger) == 1
    assert states(ledger, report_id) == ("returned", ["returned"])
    deliver(recorder, attempt_id)
    assert states(ledger, report_id) == ("sent", ["accepted"])
    assert mark_returned_letters(ledger) == 0


def test_other_late_events_leave_a_returned_report_as_it_is(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **MAILBOX_FULL)
    mark_returned_letters(ledger)
    recorder.take(event("Send", attempt=attempt_id, message="ses-1"))
    recorder.take(event("Bounce", attempt=attempt_id, message="ses-1", feedbackId="again", bounceType="Transient"))
    assert states(ledger, report_id) == ("returned", ["returned"])


def test_a_replay_offers_a_returned_report_and_a_late_delivery_closes_it(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **MAILBOX_FULL)
    mark_returned_letters(ledger)
    with ledger.read() as tx:
        assert replay.plan(tx, Selection()).safe_ids == (report_id,)
    replay.act(ledger, [report_id], actor="test", reason="mailbox emptied")
    assert states(ledger, report_id) == ("ready", ["returned"])
    deliver(recorder, attempt_id)
    assert states(ledger, report_id) == ("sent", ["accepted"])


def test_a_delivery_later_than_the_second_letter_is_recorded_and_shown(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **MAILBOX_FULL)
    mark_returned_letters(ledger)
    replay.act(ledger, [report_id], actor="test", reason="mailbox emptied")
    make.attempted(ledger, report_id, make.SENT)
    deliver(recorder, attempt_id)
    assert states(ledger, report_id) == ("sent", ["returned", "accepted"])
    with ledger.read() as tx:
        assert ACCEPTED_BESIDE_ANOTHER in tx.execute(sa.select(audit.c.action)).scalars().all()


def test_a_bounce_of_the_first_letter_does_not_return_the_second(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **MAILBOX_FULL)
    mark_returned_letters(ledger)
    replay.act(ledger, [report_id], actor="test", reason="mailbox emptied")
    make.attempted(ledger, report_id, make.SENT)
    recorder.take(event("Bounce", attempt=attempt_id, message="ses-1", feedbackId="again", timestamp=ago(25)))
    assert mark_returned_letters(ledger) == 0
    assert states(ledger, report_id) == ("sent", ["returned", "accepted"])


def test_after_a_permanent_bounce_a_replay_waits_for_a_person_to_lift_the_suppression(ledger, recorder, sent):
    _, attempt_id = sent
    bounce(recorder, attempt_id)
    mark_returned_letters(ledger)
    with ledger.read() as tx:
        assert suppressions.is_suppressed(tx, make.key_of("ada@example.com"))
        planned = replay.plan(tx, Selection())
    assert [item.group for item in planned.reports] == [Group.SUPPRESSED]


def test_an_attempt_s_own_late_result_does_not_undo_the_return(ledger, recorder, sent):
    report_id, attempt_id = sent
    bounce(recorder, attempt_id, **MAILBOX_FULL)
    mark_returned_letters(ledger)
    with ledger.write() as tx:
        assert attempts.record_accepted(tx, attempt_id, ses_message_id="ses-1") is False
    assert states(ledger, report_id) == (ReportState.RETURNED, [AttemptState.RETURNED])
