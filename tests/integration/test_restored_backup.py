"""A backup is made, sending goes on, and the backup is restored: no letter is sent twice because of it."""

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
import redis
import sqlalchemy as sa

from tests.parts.reports import FAILED, REFUSED, SENT, UNKNOWN, attempted, claim, intend, key_of, owe, quarantine
from worker.boot.worker import boot_worker
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import pauses, reports
from worker.ledger.channels import Lane
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.restored_backup import PLACEHOLDER
from worker.ledger.schema import attempt, audit
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.status import conservation
from worker.ledger.steering_schema import restore as restore_table
from worker.ledger.stopped_reports import Selection
from worker.ledger.store import open_ledger
from worker.ledger.timeline import attempts_of, find_report_row
from worker.ledger.unknown_sends import unknown_sends
from worker.maintenance.waiting_events import match_waiting_events
from worker.operations import replay, resolve
from worker.operations.pause import NotResumed, Resumed, resume
from worker.operations.replay import Group
from worker.operations.resolve import Decision, NotResolved, Resolved
from worker.operations.restore import HighWaterMark, RestoreWatch, declare, survey
from worker.settings import load_settings


def key_or_none(address):
    return key_of(address) if "@" in address else None


@pytest.fixture
def watch(ledger, redis_url):
    return RestoreWatch(ledger, HighWaterMark(redis.Redis.from_url(redis_url)), key_or_none)


def state_of(ledger, report_id):
    with ledger.read() as tx:
        row = find_report_row(tx, report_id=report_id)
    assert row is not None
    return row.state


def attempts(ledger, report_id):
    with ledger.read() as tx:
        return [(row.number, row.state) for row in attempts_of(tx, report_id)]


def pause_of(ledger):
    with ledger.read() as tx:
        return pauses.current_pause(tx)


def test_a_ledger_that_was_not_restored_is_not_suspected(ledger, watch, redis_url):
    other = RestoreWatch(ledger, HighWaterMark(redis.Redis.from_url(redis_url)), key_or_none)
    assert [each.notice_restore() for each in (watch, other, watch, watch, other)] == [False] * 5
    assert pause_of(ledger) is None


def test_a_restored_backup_is_noticed_once_and_pauses_sending(ledger, watch, backup):
    watch.notice_restore()
    backup.make()
    watch.notice_restore()
    backup.restore()
    assert watch.notice_restore() is True
    assert "restore-check" in pause_of(ledger).reason
    assert isinstance(resume(ledger, actor="ops"), NotResumed)
    assert survey(ledger).suspected
    assert watch.notice_restore() is False  # it is paused already: no second alarm
    assert survey(ledger).suspected
    declare(ledger, actor="ops", reason="disk lost")
    assert not survey(ledger).suspected
    assert isinstance(resume(ledger, actor="ops"), Resumed)
    assert watch.notice_restore() is False


def test_a_pause_inside_the_backup_does_not_hide_it(ledger, watch, backup):
    with ledger.write() as tx:
        pauses.pause(tx, holder="breaker", reason="quota")
    watch.notice_restore()
    backup.make()
    watch.notice_restore()
    backup.restore()
    assert watch.notice_restore() is True
    assert survey(ledger).suspected


def test_another_ledger_is_no_restored_backup(ledger, watch, redis_url, postgres_ledger_url, sqlite_ledger_url):
    for _ in range(3):
        watch.notice_restore()
    other_url = sqlite_ledger_url if ledger.engine.dialect.name == "postgresql" else postgres_ledger_url
    other = open_ledger(other_url)
    assert RestoreWatch(other, HighWaterMark(redis.Redis.from_url(redis_url)), key_or_none).notice_restore() is False
    other.close()


def test_without_redis_no_restore_is_noticed_and_nothing_fails(ledger):
    nowhere = HighWaterMark(redis.Redis(host="127.0.0.1", port=1))
    assert RestoreWatch(ledger, nowhere, key_or_none).notice_restore() is False


def test_everything_unfinished_becomes_unknown_and_the_sums_hold(ledger):
    emails = [f"{letter}@example.com" for letter in "abcdefg"]
    ready, claimed, sending, unknown, sent, failed, held = (owe(ledger, email) for email in emails)
    claim(ledger, claimed)
    intend(ledger, sending)
    attempted(ledger, unknown, UNKNOWN)
    attempted(ledger, sent, SENT)
    attempted(ledger, failed, FAILED)
    quarantine(ledger, held)
    assert survey(ledger).unfinished == {ReportState.READY: 1, ReportState.CLAIMED: 1, ReportState.SENDING: 1}
    assert survey(ledger).stopped == 2
    assert declare(ledger, actor="ops", reason="disk lost") == 3
    states = [state_of(ledger, report_id) for report_id in (ready, claimed, sending, unknown, sent, failed, held)]
    assert states == ["unknown"] * 4 + ["sent", "failed", "quarantined"]
    for report_id in (ready, claimed, sending, unknown):
        assert attempts(ledger, report_id) == [(1, AttemptState.UNKNOWN)]
    with ledger.read() as tx:
        assert conservation(tx).holds
        unknown_now = unknown_sends(tx, limit=9)
        assert sorted(send.report_id for send in unknown_now) == [ready, claimed, sending, unknown]
        assert {send.restored_at for send in unknown_now} == {survey(ledger).declared_at}
        assert [reports.due(tx, lane, limit=9) for lane in Lane] == [[], [], []]
        action = tx.execute(sa.select(audit)).one()
    assert (action.action, action.actor, action.reason, action.detail) == (
        "restore",
        "ops",
        "disk lost",
        {"marked_unknown": 3},
    )


def test_a_report_that_stopped_before_the_restore_may_have_been_replayed_since(ledger):
    before = owe(ledger)
    attempted(ledger, before, FAILED)
    declare(ledger, actor="ops", reason="disk lost")
    resume(ledger, actor="ops")
    after = owe(ledger, "b@example.com")
    attempted(ledger, after, FAILED)
    with ledger.read() as tx:
        plan = replay.plan(tx, Selection())
    assert [(planned.report.id, planned.group) for planned in plan.reports] == [
        (before, Group.MAY_DUPLICATE),
        (after, Group.SAFE),
    ]
    assert replay.act(ledger, [before], actor="ops", reason="r").put_back == ()


def assume_unsent(ledger, report_id):
    looked = datetime.now(UTC)
    return resolve.resolve(ledger, report_id, Decision.ASSUME_UNSENT, actor="o", reason="r", looked_at=looked)


def test_a_refused_attempt_before_the_backup_leaves_room_for_the_placeholder(ledger):
    report_id = owe(ledger)
    attempted(ledger, report_id, REFUSED)
    declare(ledger, actor="ops", reason="disk lost")
    assert attempts(ledger, report_id) == [(1, AttemptState.REFUSED), (2, AttemptState.UNKNOWN)]
    assert isinstance(assume_unsent(ledger, report_id), NotResolved)
    with ledger.write() as tx:  # the fence has passed
        long_ago = datetime.now(UTC) - timedelta(seconds=SIGNING_FENCE_S)
        tx.execute(sa.update(attempt).values(intent_at=long_ago, signed_at=long_ago))
    assert isinstance(assume_unsent(ledger, report_id), NotResolved)
    with ledger.write() as tx:  # and the fence of any process that was still sending when the backup was restored
        tx.execute(sa.update(restore_table).values(declared_at=long_ago))
    assert isinstance(assume_unsent(ledger, report_id), Resolved)
    with ledger.write() as tx:
        pauses.resume(tx)
    attempted(ledger, report_id, SENT)
    assert attempts(ledger, report_id)[2] == (3, AttemptState.ACCEPTED)


def delivery_event(attempt_id: str, *addresses: str) -> str:
    mail = {
        "messageId": f"m-{attempt_id}", "timestamp": "2026-11-24T10:00:00.000Z", "destination": list(addresses),
        "tags": {"attempt": [attempt_id]},
    }  # fmt: skip
    return json.dumps({"eventType": "Delivery", "mail": mail, "delivery": {"timestamp": "2026-11-24T10:00:01.000Z"}})


def test_an_event_of_a_lost_attempt_heals_its_report(ledger, watch, backup):
    ada, bob = owe(ledger), owe(ledger, "b@example.com")
    watch.notice_restore()
    backup.make()
    lost = attempted(ledger, ada, SENT)
    watch.notice_restore()
    backup.restore()
    assert state_of(ledger, ada) == "ready"  # this would be the second letter
    watch.notice_restore()
    recorder = FeedbackRecorder(ledger)
    recorder.take(delivery_event(lost, "Ada@example.com"))
    assert survey(ledger).orphan_events == 1
    assert watch.find_lost_attempts() == 0  # not before the restore is declared
    declare(ledger, actor="ops", reason="disk lost")
    assert watch.find_lost_attempts() == 1
    assert match_waiting_events(ledger) == 1
    assert (state_of(ledger, ada), attempts(ledger, ada)) == ("sent", [(1, AttemptState.ACCEPTED)])
    assert state_of(ledger, bob) == "unknown"
    recorder.take(delivery_event(secrets.token_hex(16), "b@example.com"))
    assert (watch.find_lost_attempts(), match_waiting_events(ledger)) == (1, 1)
    assert state_of(ledger, bob) == "sent"


def test_events_without_exactly_one_recipient_heal_no_report(ledger, watch):
    report_id = owe(ledger)
    declare(ledger, actor="ops", reason="disk lost")
    recorder = FeedbackRecorder(ledger)
    for addresses in ((), ("c@example.com",), ("ada@example.com", "c@example.com"), ("no address",)):
        recorder.take(delivery_event(secrets.token_hex(16), *addresses))
    assert watch.find_lost_attempts() == 0
    assert state_of(ledger, report_id) == "unknown"
    with ledger.read() as tx:
        (only,) = attempts_of(tx, report_id)
    assert only.error == PLACEHOLDER


def test_a_worker_watches_from_its_start(ledger_url, ledger, redis_url, backup, tmp_path):
    settings = load_settings({"DATABASE_URL": ledger_url, "WORKER_STATE_DIR": str(tmp_path)})
    services = boot_worker(settings, redis_url)
    tasks = {task.name: task.run for task in services.periodic_tasks}
    tasks["restore"]()
    services.core.ledger.close()
    backup.make()
    tasks["restore"]()
    services.core.ledger.close()
    backup.restore()
    tasks["restore"]()
    assert survey(ledger).suspected
    services.core.ledger.close()
    services.core.redis.close()
