"""Resolve: what an operator may decide about an unknown send, when, and what the ledger then holds."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, claim, intend, key_of, owe, quarantine
from tests.parts.ses_events import DELAYED
from worker.ledger import attempts as ledger_attempts
from worker.ledger import feedback, reports
from worker.ledger.channels import Lane
from worker.ledger.feedback import NewEvent
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import attempt, audit
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.timeline import attempts_of, find_report_row
from worker.ledger.unknown_sends import unknown_sends
from worker.operations import resolve
from worker.operations.resolve import Decision, NotResolved, Resolved

FENCE = timedelta(seconds=SIGNING_FENCE_S)


def unknown(ledger, email="ada@example.com", *, age=FENCE):
    report_id = owe(ledger, email)
    attempt_id = attempted(ledger, report_id, UNKNOWN, signed_at=datetime.now(UTC) - age)
    with ledger.write() as tx:  # an intent made in the past
        tx.execute(sa.update(attempt).where(attempt.c.id == attempt_id).values(intent_at=datetime.now(UTC) - age))
    return report_id


def row_of(ledger, report_id):
    with ledger.read() as tx:
        return find_report_row(tx, report_id=report_id)


def attempts(ledger, report_id):
    with ledger.read() as tx:
        return [row.state for row in attempts_of(tx, report_id)]


def decide(ledger, report_id, decision, *, looked_ago=timedelta(0)):
    looked_at = datetime.now(UTC) - looked_ago
    return resolve.resolve(ledger, report_id, decision, actor="ops", reason="the reader said so", looked_at=looked_at)


def test_sent_is_final(ledger):
    report_id = unknown(ledger)
    assert decide(ledger, report_id, Decision.SENT) == Resolved(report_id, Decision.SENT, ReportState.SENT)
    row = row_of(ledger, report_id)
    assert (row.state, row.reason, attempts(ledger, report_id)) == ("sent", None, ["accepted"])
    assert datetime.now(UTC) - row.sent_at > timedelta(minutes=14)
    assert isinstance(decide(ledger, report_id, Decision.ASSUME_UNSENT), NotResolved)


def test_assumed_unsent_is_due_again(ledger):
    report_id = unknown(ledger)
    resolved = decide(ledger, report_id, Decision.ASSUME_UNSENT)
    assert resolved == Resolved(report_id, Decision.ASSUME_UNSENT, ReportState.READY)
    assert attempts(ledger, report_id) == ["voided"]
    with ledger.read() as tx:
        assert reports.due(tx, Lane.SERVER, limit=5) == [report_id]
        action = tx.execute(sa.select(audit)).one()
    assert (action.actor, action.action, action.reason) == ("ops", "resolve", "the reader said so")
    assert action.detail["decision"] == "assume_unsent"
    assert action.detail["error"] == "MessageRejected"


def test_before_the_fence_nothing_changes(ledger):
    report_id = unknown(ledger, age=timedelta(minutes=14))
    before = row_of(ledger, report_id)
    refused = decide(ledger, report_id, Decision.ASSUME_UNSENT)
    assert isinstance(refused, NotResolved)
    assert "may still reach SES until" in refused.why
    assert (row_of(ledger, report_id), attempts(ledger, report_id)) == (before, ["unknown"])
    with ledger.read() as tx:
        assert tx.execute(sa.select(audit)).all() == []


def test_a_look_before_the_fence_proves_nothing_after_it(ledger):
    report_id = unknown(ledger)
    refused = decide(ledger, report_id, Decision.ASSUME_UNSENT, looked_ago=timedelta(minutes=1))
    assert isinstance(refused, NotResolved)
    assert "look again" in refused.why
    unsaid = resolve.resolve(ledger, report_id, Decision.ASSUME_UNSENT, actor="ops", reason="r")
    assert isinstance(unsaid, NotResolved)
    assert attempts(ledger, report_id) == ["unknown"]


def test_a_late_event_overrules_the_decision(ledger):
    report_id = unknown(ledger)
    decide(ledger, report_id, Decision.ASSUME_UNSENT)
    with ledger.write() as tx:
        (only,) = attempts_of(tx, report_id)
        assert ledger_attempts.record_accepted(tx, only.id, ses_message_id="ses-9")
    assert (row_of(ledger, report_id).state, attempts(ledger, report_id)) == ("sent", ["accepted"])


def test_a_report_that_is_not_unknown_is_explained(ledger):
    emails = [f"{letter}@example.com" for letter in "abcde"]
    ready, sending, sent, failed, held = (owe(ledger, email) for email in emails)
    intend(ledger, sending)
    attempted(ledger, sent, SENT)
    attempted(ledger, failed, FAILED)
    quarantine(ledger, held)
    for report_id, word in (
        (ready, "it is ready"),
        (sending, "right now"),
        (sent, "it is sent"),
        (failed, f"worker replay --id {failed}"),
        (held, f"worker replay --id {held}"),
        (404, "no such report"),
    ):
        refused = decide(ledger, report_id, Decision.SENT)
        assert isinstance(refused, NotResolved)
        assert word in refused.why


def test_an_unknown_send_has_everything_that_is_known(ledger):
    first, second = unknown(ledger), unknown(ledger, "b@example.com", age=timedelta(0))
    claim(ledger, owe(ledger, "c@example.com"))
    with ledger.write() as tx:
        (only,) = attempts_of(tx, first)
        delayed = NewEvent("e-1", DELAYED, "MailboxFull", only.id, "ses-1", datetime.now(UTC), "{}")
        feedback.insert_event(tx, delayed)
    with ledger.read() as tx:
        found, other = unknown_sends(tx, limit=5)
        assert [unknown.report_id for unknown in unknown_sends(tx, limit=5, report_id=second)] == [second]
    assert (found.report_id, found.attempt_id, found.recipient_key) == (first, only.id, key_of("ada@example.com"))
    assert (found.address_masked, found.role, found.error, found.mailer) == (
        "a***@example.com",
        "ml-engineer",
        "MessageRejected",
        "ses",
    )
    assert [(event.kind, event.detail) for event in found.events] == [("delayed", "MailboxFull")]
    assert found.past_fence
    assert not other.past_fence
    assert other.events == ()
