"""Every alarm of docs/operations.md happens; `worker status` names it with its remedy, and exits as the page says."""

import contextlib
import json
import re
import shutil
import signal
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import dramatiq
import pytest
import redis
import sqlalchemy as sa

from tests.integration.cli.incidents import Installation
from tests.parts.postgres_server import postgres_server
from tests.parts.reports import FAILED, IDENTITY_KEY, SENT, UNKNOWN
from tests.parts.ses_behaviour import DROP_UNREAD, account, error
from tests.parts.ses_events import event
from worker.assets import templates_dir
from worker.boot import core
from worker.broker import RECEIVE_ACTOR, open_broker
from worker.delivery.disposition import AttemptResult
from worker.delivery.spool import Spool
from worker.errors import WorkerError
from worker.feedback.recorder import FeedbackRecorder
from worker.findings import SEVERITIES, Alarm, Severity
from worker.ledger.audit import record_action
from worker.ledger.canaries import CanaryResult, record_canary
from worker.ledger.feedback_faults import ACCEPTED_BESIDE_ANOTHER
from worker.ledger.heartbeats import ProcessKind, processes, record_refusal
from worker.ledger.installation import current_epoch, pin_mailer
from worker.ledger.limited_signups import save_hour
from worker.ledger.migrate import migrate
from worker.ledger.schema import report, signup
from worker.ledger.store import open_ledger
from worker.ledger.tally_schema import COUNTERS, tally
from worker.maintenance.tally_check import TallyChecker
from worker.operations.restore import HighWaterMark, RestoreWatch
from worker.privacy.retention import Retention
from worker.redis_queues import DELIVER_QUEUE, SIGNUPS_QUEUE
from worker.unexpected import count_unexpected, unexpected_so_far

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r'^\| <a id="\w+"></a>`(\w+)` \| ([^|]+) \|', PAGE, re.MULTILINE))
SETTINGS = {
    "WORKER_MAILER": "ses",
    "WORKER_FROM": "AI Exposure Report <reports@outlook.example.com>",
    "WORKER_PUBLIC_URL": "https://outlook.example.com",
    "WORKER_POSTAL_ADDRESS": "1 Example Street",
    "WORKER_SECRET_KEY": "s" * 32,
    "WORKER_IDENTITY_KEY": IDENTITY_KEY,
    "WORKER_LEDGER_TIMEOUT_S": "1",
    "WORKER_SES_CONFIGURATION_SET": "reports",
}


@pytest.fixture
def installation(sqlite_ledger_url, worker, ses, redis_url, tmp_path, monkeypatch):
    for name, value in {**SETTINGS, **ses.environment, "DATABASE_URL": sqlite_ledger_url}.items():
        monkeypatch.setenv(name, value)
    ledger = open_ledger(sqlite_ledger_url)
    with redis.Redis.from_url(redis_url) as client:
        yield Installation(ledger, worker, ses, client, tmp_path)
    ledger.close()


# Each plays one alarm, and yields the exit code that `worker status` must have at that moment.


def signup_missing(it):
    (report_id,) = it.owe()
    with it.ledger.write() as tx:
        tx.execute(sa.delete(report).where(report.c.id == report_id))
    yield 1


def second_letters(it):
    (report_id,) = it.owe()
    with it.ledger.write() as tx:
        record_action(tx, actor="ses", action=ACCEPTED_BESIDE_ANOTHER, report_id=report_id)
    yield 1


def ledger_away(it):
    file = it.ledger.engine.url.database
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as frozen:
        it.heartbeat.give()
        it.beats = False
        frozen.execute("BEGIN IMMEDIATE")
        yield 1
        frozen.execute("ROLLBACK")
    it.environment["DATABASE_URL"] = "postgresql://worker@127.0.0.1:1/away"
    yield 1


def ledger_restored(it):
    mark = HighWaterMark(it.redis)
    with it.ledger.write() as tx:
        mark.advance_to(current_epoch(tx).ledger_id, 10**6)
    assert RestoreWatch(it.ledger, mark, lambda _: None).notice_restore()
    yield 1


def redis_away(it):
    it.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"
    yield 1


def wrong_installation(it):
    it.worker("pause", "--reason", "x", "--actor", "ops")
    it.worker("resume", "--actor", "ops")
    it.worker("suppress", "eva@example.com", "--reason", "x", "--actor", "ops")  # pins the key
    it.environment["WORKER_IDENTITY_KEY"] = "another key of thirty-two or more"
    yield 1


def no_worker(it):
    it.heartbeat.give()
    it.heartbeat.stop()
    it.beats = False
    yield 1
    it.environment["WORKER_MAILER"] = "outbox"
    yield 0
    it.owe()
    it.time_passes(120)
    yield 1


def start_refused(it):
    it.clock.at += 60  # the one that runs started before
    it.worker("run", expect=2, WORKER_METRICS_LISTEN="", AWS_REGION="not a region")
    yield 1


def broken_template(it):
    it.clock.at += 60  # the one that runs started before
    copy = it.home / "templates"
    shutil.copytree(templates_dir(), copy)
    body = copy / "email" / "report" / "body.html"
    body.write_text(body.read_text(encoding="utf-8") + "{{ nothing_of_ours }}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(core, "templates_dir", lambda: copy)
        core._checked_templates.cache_clear()
        it.worker("run", expect=2)
    core._checked_templates.cache_clear()
    yield 1


def account_paused(it):
    it.ses.script.account = account(SendingEnabled=False, EnforcementStatus="SHUTDOWN")
    it.read_account()
    yield 1


def credentials_refused(it):
    it.ses.script.operations["GetAccount"] = error("ExpiredTokenException", "The security token is expired.")
    it.read_account()
    yield 1


def account_unreadable(it):
    it.ses.script.operations["GetAccount"] = error("AccessDeniedException", "not authorized: ses:GetAccount")
    it.read_account()
    yield 1
    it.worker("resume", "--actor", "ops")
    yield 1


def ses_out_of_reach(it):
    it.ses.script.operations["GetAccount"] = DROP_UNREAD
    it.read_account()
    yield 0
    it.time_passes(14 * 60)
    it.read_account()
    yield 0
    it.time_passes(2 * 60)
    yield 1


def stopped_in_a_row(it):
    it.attempt(it.owe(10), FAILED)
    it.breaker.report_stopped()
    yield 1


def bounces(it):
    _feedback(it, "Bounce")
    yield 1


def complaints(it):
    _feedback(it, "Complaint")
    yield 1


def paused_by_operator(it):
    it.worker("pause", "--reason", "a look", "--actor", "ops")
    yield 0
    it.time_passes(3601)
    yield 1


def quota_spent(it):
    it.ses.script.account = account(SentLast24Hours=50_000.0)
    it.read_account()
    yield 0


def quota_nearly_spent(it):
    it.ses.script.account = account(SentLast24Hours=46_000.0)
    it.read_account()
    yield 0


def event_silence(it):
    it.attempt(it.owe(), SENT)
    it.time_passes(1000)
    yield 1


def reports_wait(it):
    first, second = it.owe(2)
    it.time_passes(1000)
    yield 1
    (attempt,) = it.attempt([second], SENT)
    FeedbackRecorder(it.ledger).take(event("Send", attempt=attempt, message="ses-1"))
    yield 0
    assert first


def signups_wait(it):
    broker = open_broker(it.redis)
    broker.declare_queue(SIGNUPS_QUEUE)
    for waited_s in (1000, 200):
        it.redis.flushall()
        at = int((time.time() - waited_s) * 1000)
        message: dramatiq.Message[None] = dramatiq.Message(
            SIGNUPS_QUEUE, RECEIVE_ACTOR, ({},), {}, {}, message_timestamp=at
        )
        broker.enqueue(message)
        yield 1 if waited_s == 1000 else 0


def unknown_sends(it):
    it.attempt(it.owe(), UNKNOWN)
    it.time_passes(3601)
    yield 0


def reports_stopped(it):
    it.attempt(it.owe(), FAILED)
    yield 0


def worker_gone(it):
    it.heartbeat_of("there:7").give()
    it.time_passes(61)
    yield 0


def result_spooled(it):
    it.spool.keep(AttemptResult("a" * 32, 1, SENT))
    yield 0
    it.beats = False
    it.time_passes(61)
    it.heartbeat_of("there:1", spool=Spool(it.home / "elsewhere")).give()  # or nobody would send
    yield 0


def result_lost(it):
    (it.home / "var").mkdir(exist_ok=True)
    (it.home / "var" / "spool").write_text("no folder")
    with pytest.raises(OSError, match="spool"):
        it.spool.keep(AttemptResult("a" * 32, 1, SENT))
    (it.home / "var" / "spool").unlink()
    yield 0


def disk_nearly_full(it):
    it.disk = (400 * 10**6, 100 * 10**9)
    yield 0
    it.disk = (100 * 10**6, 100 * 10**9)
    yield 1


def unexpected_errors(it):
    count_unexpected("deliver", ValueError("nobody foresaw it"))
    it.errors = unexpected_so_far()
    yield 1


def retention_late(it):
    Retention(it.ledger, days=90).forget()
    it.time_passes(2 * 86_400 + 1)
    yield 0


def sent_late(it):
    owed = it.owe(21)
    it.time_passes(120)
    it.attempt(owed, SENT)
    with it.ledger.write() as tx:
        tx.execute(sa.update(signup).values(channel="browser"))
    yield 0


def counts_wrong(it):
    key = {"received_on": "2026-11-29", "sent_on": "", "name": "/outlook/x", "detail": "", "purged": False}
    counts = {**dict.fromkeys(COUNTERS, 0), "outcome_invalid": 7}
    with it.ledger.write() as tx:
        tx.execute(sa.insert(tally).values(grouped_by="page", members=7, **key, **counts))
    TallyChecker(it.ledger).check()
    yield 0


def limits_bite(it):
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with it.ledger.write() as tx:
        save_hour(tx, hour, {("domain", "delayed"): 101})
    yield 0


def canary_missing(it):
    it.environment["WORKER_CANARY_SILENCE_S"] = "3600"
    yield 0
    with it.ledger.write() as tx:
        record_canary(tx, CanaryResult.DELIVERED, "sent", took_s=1.0)
    assert json.loads(it.status("--json", expect=0))["findings"] == []
    with it.ledger.write() as tx:
        record_canary(tx, CanaryResult.NOT_SENT, "admitted, but not sent within 60 s", took_s=60.0)
    yield 1
    it.time_passes(86_400 + 1)
    yield 0
    it.environment.clear()
    assert json.loads(it.status("--json", expect=0))["findings"] == []
    it.environment["WORKER_CANARY_SILENCE_S"] = "3600"


def _feedback(it, kind):
    attempts = it.attempt(it.owe(5), SENT)
    with it.ledger.write() as tx:
        tx.execute(sa.text("UPDATE signup SET source_hash = 'h' || id"))
    for number, attempt in enumerate(attempts):
        FeedbackRecorder(it.ledger).take(event(kind, attempt=attempt, message="ses-1", feedbackId=f"f-{number}"))
    it.breaker.check_reputation()


@pytest.mark.parametrize("name", Alarm)
def test_each_alarm_is_named_with_its_remedy_and_its_exit_code(installation, name):
    play = globals()[name]
    exits = set()
    for exit_code in play(installation):
        shown = json.loads(installation.status("--json", expect=exit_code))
        (finding,) = [each for each in shown["findings"] if each["finding"] == name]
        severity = Severity(finding["severity"])
        assert (severity is Severity.ACT) == (exit_code == 1), shown["findings"]
        assert severity in SEVERITIES[Alarm(name)]
        acts = [each["finding"] for each in shown["findings"] if each["severity"] == Severity.ACT]
        assert acts == [name] * (exit_code == 1), "nothing else makes it exit 1"
        assert finding["why"]
        assert finding["command"] or (severity is Severity.WAIT and finding["ends_by_itself"])
        exits.add(exit_code)
        _assert_printed(installation.status(expect=exit_code), finding, exit_code)
    assert exits == {int(code) for code in re.findall(r"\b[01]\b", ROWS[name])}, ROWS[name]


def _assert_printed(printed, finding, exit_code):
    first = printed.splitlines()[0]
    assert first.startswith("Act now: 1 finding" if exit_code else "Nobody has to act"), first
    assert finding["what"] in printed
    assert f"do     {finding['command']}" in printed or finding["command"] is None
    assert finding["why"] in printed
    assert finding["since"] is None or f"since  {finding['since'][:10]}" in printed
    assert f"ends   by itself {finding['ends_by_itself']}" in printed or finding["ends_by_itself"] is None
    assert finding["finding"] in printed


@pytest.fixture
def postgresql(installation):
    """The installation on a PostgreSQL of its own, which no worker has used yet."""
    with postgres_server() as server:
        database = server.create_database()
        with contextlib.closing(open_ledger(server.url(database))) as ledger:
            migrate(ledger)
        installation.environment["DATABASE_URL"] = server.url(database)
        installation.beats = False
        yield server, database


def test_a_frozen_postgresql_and_a_read_only_server_are_named(installation, postgresql):
    server, database = postgresql
    installation.status(expect=0)
    server.signal_all(signal.SIGSTOP)
    try:
        _assert_ledger_away(installation, "does not answer")
    finally:
        server.signal_all(signal.SIGCONT)
    installation.status(expect=0)
    server.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")  # as where its disk is full
    _assert_ledger_away(installation, "takes no writes")
    server.run(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    installation.status(expect=0)


def _assert_ledger_away(installation, does):
    (finding,) = json.loads(installation.status("--json", expect=1))["findings"]
    assert (finding["finding"], finding["severity"]) == (Alarm.LEDGER_AWAY, Severity.ACT)
    assert finding["what"].startswith(f"The ledger {does}")
    assert finding["command"] == "bring the database back; `worker doctor` asks it"
    _assert_printed(installation.status(expect=1), finding, 1)


def test_the_page_and_the_code_have_the_same_alarms():
    assert list(ROWS) == [str(alarm) for alarm in Alarm]
    assert SEVERITIES.keys() == set(Alarm)
    for name, exits in ROWS.items():
        pages = Severity.ACT in SEVERITIES[Alarm(name)]
        assert pages == ("1" in re.findall(r"\b[01]\b", exits)), name


def test_when_it_ends_is_said_where_that_is_known(installation):
    installation.ses.script.account = account(SentLast24Hours=50_000.0)
    installation.read_account()
    (finding,) = json.loads(installation.status("--json", expect=0))["findings"]
    assert datetime.fromisoformat(finding["ends_at"]) > datetime.now(UTC)
    assert f"at {datetime.fromisoformat(finding['ends_at']):%Y-%m-%d %H:%M:%S} UTC" in installation.status(expect=0)


def test_all_is_well(installation):
    installation.read_account()
    assert installation.status(expect=0).startswith("All is well.\n")


def test_a_later_start_forgets_a_refused_one(installation):
    installation.clock.at += 60  # this one has been up for a minute
    with installation.ledger.write() as tx:
        record_refusal(tx, "there:1", ProcessKind.RUN, WorkerError("a setting"))
    installation.status(expect=1)
    later = installation.heartbeat_of("here:2")
    later.give()
    assert "refuses to start" not in installation.worker("status")


def test_a_process_that_takes_nothing_from_the_queue_gives_no_heartbeat(installation):
    broker = open_broker(installation.redis)
    heartbeat = installation.heartbeat_of("here:3", consumes=lambda: broker.consumes(within_s=60))
    heartbeat.give()
    for queue in (DELIVER_QUEUE, SIGNUPS_QUEUE):
        with installation.ledger.read() as tx:
            assert processes(tx) == ()
        broker.note_consuming(queue)
        heartbeat.give()
    with installation.ledger.read() as tx:
        assert [process.name for process in processes(tx)] == ["here:3"]
    heartbeat.stop()
    heartbeat.give()
    with installation.ledger.read() as tx:
        (process,) = processes(tx)
    assert process.stopped_at is not None, "a heartbeat that comes late does not bring it back"


def test_without_events_of_ours_those_of_another_application_do_not_end_the_silence(installation):
    installation.attempt(installation.owe(), SENT)
    installation.time_passes(1000)
    FeedbackRecorder(installation.ledger).take(event("Send", attempt="f" * 32))
    assert "no event of SES has come" in installation.status(expect=1)


def test_a_ledger_that_sends_by_ses_misses_a_worker_of_which_nothing_is_left(installation):
    installation.beats = False
    installation.status(expect=0)  # nobody has used it yet
    with installation.ledger.write() as tx:
        pin_mailer(tx, "ses")
    assert "No worker lives" in installation.status(expect=1)
