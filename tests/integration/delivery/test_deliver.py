"""One call of deliver on both databases, with mailers that behave as SES may."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.parts.reports import UNKNOWN, owe
from worker.boot.worker import boot_worker
from worker.delivery.disposition import AttemptResult, Unchanged
from worker.errors import AccountBlocked, OutcomeUnknown, Permanent, Throttled, Transient
from worker.ledger import pauses, suppressions
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import attempt, report
from worker.ledger.status import conservation
from worker.ledger.store import Ledger
from worker.ledger.timeline import attempts_of, find_report_row
from worker.mailers.mailer import Accepted
from worker.settings import load_settings


class Scripted:
    """A mailer that ends every call the same way, before or after the intent is committed."""

    def __init__(self, ending, *, before_intent=False):
        self.name = "scripted"
        self.ending = ending
        self.before_intent = before_intent
        self.calls = 0

    def send(self, outgoing, before_post):
        self.calls += 1
        if not self.before_intent:
            before_post(datetime.now(UTC))
        if isinstance(self.ending, Exception):
            raise self.ending
        return self.ending


@pytest.fixture
def delivering(ledger_url, redis_url, tmp_path):
    opened: list[Ledger] = []

    def services(ending, **how):
        environment = {"DATABASE_URL": ledger_url, "WORKER_STATE_DIR": str(tmp_path), "WORKER_MAX_ATTEMPTS": "2"}
        made = boot_worker(load_settings(environment), redis_url, wrap_mailer=lambda _mailer: Scripted(ending, **how))
        opened.append(made.core.ledger)
        return made

    yield services
    for ledger in opened:
        ledger.close()


def state(services, report_id):
    with services.core.ledger.read() as tx:
        row = find_report_row(tx, report_id=report_id)
        attempts = [attempt.state for attempt in attempts_of(tx, report_id)]
    return row.state, row.reason, attempts


@pytest.mark.parametrize(
    ("ending", "result", "after"),
    [
        (Accepted("ses-1"), ReportState.SENT, ("sent", None, ["accepted"])),
        (Accepted(None), ReportState.SENT, ("sent", None, ["accepted"])),
        (Permanent("MessageRejected", "no"), ReportState.FAILED, ("failed", "MessageRejected", ["refused"])),
        (Transient("Refused", "later"), ReportState.READY, ("ready", "Refused", ["refused"])),
        (Throttled("TooMany", "slow"), ReportState.READY, ("ready", "TooMany", ["refused"])),
        (AccountBlocked("SendingPaused", "x"), ReportState.READY, ("ready", "SendingPaused", ["refused"])),
        (OutcomeUnknown("ReadTimeout", "?"), ReportState.UNKNOWN, ("unknown", "ReadTimeout", ["unknown"])),
    ],
)
def test_each_result_leads_to_its_state(delivering, ending, result, after):
    services = delivering(ending)
    report_id = owe(services.core.ledger)
    assert services.deliverer.deliver(report_id) is result
    assert state(services, report_id) == after
    with services.core.ledger.read() as tx:
        assert conservation(tx).holds
        assert (pauses.current_pause(tx) is not None) is isinstance(ending, AccountBlocked)


def test_only_a_ready_report_is_delivered(delivering):
    services = delivering(Accepted("ses-1"))
    report_id = owe(services.core.ledger)
    assert [services.deliverer.deliver(report_id) for _ in range(3)] == [ReportState.SENT] + [Unchanged.NOT_DUE] * 2
    assert services.deliverer.deliver(10_000) is Unchanged.NOT_DUE


def test_a_report_that_the_ledger_loses_while_it_is_composed_is_not_posted(delivering):
    services = delivering(Accepted("ses-1"))
    report_id = owe(services.core.ledger)

    def lose(_lane):
        with services.core.ledger.write() as tx:
            tx.execute(sa.delete(report))

    services.deliverer._pacer.wait_for_slot = lose
    assert services.deliverer.deliver(report_id) is Unchanged.LOST_CLAIM


def test_an_unknown_report_is_never_sent_again(delivering):
    services = delivering(OutcomeUnknown("ReadTimeout", "?"))
    report_id = owe(services.core.ledger)
    services.deliverer.deliver(report_id)
    services.sweeper.sweep()
    assert services.deliverer.deliver(report_id) is Unchanged.NOT_DUE
    assert state(services, report_id)[2] == ["unknown"]


def test_a_report_fails_after_too_many_counted_refusals(delivering):
    services = delivering(Transient("Refused", "later"))
    report_id = owe(services.core.ledger)
    for expected in (ReportState.READY, ReportState.FAILED):
        with services.core.ledger.write() as tx:
            tx.execute(sa.update(report).values(not_before=report.c.created_at))
        assert services.deliverer.deliver(report_id) is expected


def test_a_report_refused_before_the_intent_is_released_without_an_attempt(delivering):
    services = delivering(AccountBlocked("NoCredentialsError", "none"), before_intent=True)
    report_id = owe(services.core.ledger)
    services.deliverer.deliver(report_id)
    assert state(services, report_id) == ("ready", "NoCredentialsError", [])


def test_a_report_for_which_no_request_can_be_made_is_quarantined(delivering):
    services = delivering(Permanent("ParamValidationError", "no"), before_intent=True)
    report_id = owe(services.core.ledger)
    services.deliverer.deliver(report_id)
    assert state(services, report_id) == ("quarantined", "ParamValidationError", [])


def test_a_pause_leaves_every_report_in_its_state(delivering):
    services = delivering(Accepted("ses-1"))
    report_id = owe(services.core.ledger)
    with services.core.ledger.write() as tx:
        pauses.pause(tx, holder="operator:eve", reason="looking")
    assert services.deliverer.deliver(report_id) is Unchanged.PAUSED
    assert services.sweeper.sweep().counts["reports_woken"] == 0
    assert state(services, report_id) == ("ready", None, [])


def test_another_reader_s_suppression_does_not_stop_a_letter(delivering):
    services = delivering(Accepted("ses-1"))
    report_id = owe(services.core.ledger)
    with services.core.ledger.write() as tx:
        suppressions.suppress(tx, "another reader's key", reason="unsubscribed", actor="reader")
    assert services.deliverer.deliver(report_id) is ReportState.SENT


def test_a_reader_suppressed_since_the_signup_gets_no_letter(delivering):
    services = delivering(Accepted("ses-1"))
    report_id = owe(services.core.ledger)
    with services.core.ledger.write() as tx:
        key = tx.execute(sa.select(report.c.recipient_key)).scalar_one()
        suppressions.suppress(tx, key, reason="unsubscribed", actor="reader")
    assert services.deliverer.deliver(report_id) is ReportState.CANCELLED


def test_a_poison_report_is_quarantined_after_its_claims(delivering):
    services = delivering(RuntimeError("a bug"))
    report_id = owe(services.core.ledger)
    with services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(claims=services.core.settings.max_claims))
    assert services.deliverer.deliver(report_id) is ReportState.QUARANTINED
    with services.core.ledger.read() as tx:
        assert tx.execute(sa.select(attempt.c.id)).all() == []


def test_a_result_written_back_twice_changes_nothing(delivering):
    services = delivering(Accepted("ses-1"))
    report_id = owe(services.core.ledger)
    services.deliverer.deliver(report_id)
    with services.core.ledger.read() as tx:
        (attempt,) = attempts_of(tx, report_id)
    services.spool.keep(AttemptResult(attempt.id, report_id, UNKNOWN))
    assert services.spool.waiting() == 1
    assert services.sweeper.sweep().counts["results_written_back"] == 1
    assert services.spool.waiting() == 0
    assert state(services, report_id) == ("sent", None, ["accepted"])
