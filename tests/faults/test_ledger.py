"""What the database can do to us: answers lost, connections cut, locks, full disks, a clock that jumps."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.faults.servers import LossyProxy
from tests.parts.clock import let_time_pass
from tests.parts.postgres_server import postgres_server
from tests.parts.ses_behaviour import slow
from tests.parts.waiting import wait_for
from worker.errors import LedgerUnavailable
from worker.ledger.lifecycle import ReportState
from worker.ledger.migrate import migrate

pytestmark = pytest.mark.faults


@pytest.fixture
def proxied(postgres_ledger_url, redis_url, ses, tmp_path):
    """An installation whose PostgreSQL answers through a proxy that can lose an answer."""
    url = sa.make_url(postgres_ledger_url)
    proxy = LossyProxy(Path(str(url.query["host"]), ".s.PGSQL.5432"))
    through = url.set(host="127.0.0.1", port=proxy.port, query={"sslmode": "disable"})
    installation = Installation(
        tmp_path, database_url=through.render_as_string(hide_password=False), redis_url=redis_url, ses=ses
    )
    yield installation, proxy
    installation.close()
    proxy.close()


def test_the_answer_to_a_signup_s_commit_is_lost(proxied):
    """The website is asked to try again, and does: one signup, one letter."""
    installation, proxy = proxied
    installation.sign_up("before")
    proxy.lose_answer_to(b"COMMIT")
    with pytest.raises(LedgerUnavailable):
        installation.sign_up("reader")
    installation.sign_up("reader")
    with installation.worker_thread():
        installation.settle()
    assert proxy.lost == 1
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)
    assert len(installation.ses.accepted) == 2


def test_the_answer_to_an_intent_s_commit_is_lost(proxied):
    """An intent that may be committed is never posted: no other process would know that it was."""
    installation, proxy = proxied
    reports = installation.sign_up("reader")
    services = installation.boot(
        wrap_mailer=lambda mailer: BeforeIntent(mailer, lambda: proxy.lose_answer_to(b"COMMIT"))
    )
    assert services.deliverer.deliver(reports["reader"]) == "ready"
    assert proxy.lost == 1
    assert installation.ses.posts == 0
    assert installation.states() == {"reader": ReportState.READY}
    (attempt,) = installation.attempts("reader")
    assert (attempt.state, attempt.error) == ("refused", "IntentUnconfirmed")
    assert installation.report("reader").refusals == 0, "the ledger's fault is not the letter's"
    services.core.ledger.close()


def test_the_answer_to_an_outcome_s_commit_is_lost(proxied):
    """It is recorded again, which changes nothing."""
    installation, proxy = proxied
    reports = installation.sign_up("reader")
    services = installation.boot(wrap_mailer=lambda mailer: AfterReply(mailer, lambda: proxy.lose_answer_to(b"COMMIT")))
    assert services.deliverer.deliver(reports["reader"]) == "sent"
    assert proxy.lost == 1
    assert services.spool.waiting() == 0
    assert installation.states() == {"reader": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)
    services.core.ledger.close()


@pytest.mark.long
def test_sessions_terminated_under_load(postgres_ledger_url, redis_url, ses, tmp_path):
    installation = Installation(tmp_path, database_url=postgres_ledger_url, redis_url=redis_url, ses=ses)
    names = [f"reader-{number}" for number in range(40)]
    installation.sign_up(*names)
    url = sa.make_url(postgres_ledger_url)
    everybody = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
    administrator = psycopg.connect(f"user=postgres dbname=postgres host={url.query['host']}", autocommit=True)
    with administrator, installation.worker_thread():
        for accepted in (5, 20):
            wait_for(lambda: len(installation.ses.accepted) >= accepted, "load")  # noqa: B023
            administrator.execute(everybody.encode())
        installation.settle()
    states = installation.states()
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=40)
    assert set(states.values()) <= {ReportState.SENT, ReportState.UNKNOWN}
    installation.close()


@pytest.mark.long
def test_postgresql_ends_at_once_under_load_and_recovers(redis_url, ses, tmp_path):
    """As `pg_ctl stop -m immediate`: what was not committed is lost, and no lost signup was answered as received."""
    with postgres_server() as server:
        installation = Installation(
            tmp_path, database_url=server.url(server.create_database()), redis_url=redis_url, ses=ses
        )
        migrate(installation.services.core.ledger)
        installation.sign_up(*[f"reader-{number}" for number in range(30)])
        with installation.worker_thread():
            for accepted in (3, 15):
                wait_for(lambda: len(installation.ses.accepted) >= accepted, "load")  # noqa: B023
                server.stop_immediately()
                with pytest.raises(LedgerUnavailable):
                    installation.sign_up(f"late-{accepted}")
                server.start()
                installation.sign_up(f"late-{accepted}")
            installation.settle()
        assert set(installation.states().values()) <= {ReportState.SENT, ReportState.UNKNOWN}
        assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=32)
        installation.close()


def test_the_ledger_is_away_when_ses_has_accepted(sqlite_installation):
    """The outcome goes to the spool, and from there to the ledger when it is back."""
    installation = sqlite_installation
    reports = installation.sign_up("reader")
    blocker = one_who_locks(installation)
    services = installation.boot(
        wrap_mailer=lambda mailer: AfterReply(mailer, lambda: blocker.execute("BEGIN EXCLUSIVE"))
    )
    make_impatient(services.core.ledger)

    assert services.deliverer.deliver(reports["reader"]) == "spooled"
    assert services.spool.waiting() == 1
    blocker.rollback()
    blocker.close()
    assert installation.states() == {"reader": ReportState.SENDING}
    assert installation.services.sweeper.sweep().counts["results_written_back"] == 1
    assert installation.states() == {"reader": ReportState.SENT}
    assert services.spool.waiting() == 0
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)
    services.core.ledger.close()


def test_neither_ledger_nor_spool_takes_the_outcome(sqlite_installation):
    """The outcome is unknown and the send is not repeated: the report becomes unknown, with one letter."""
    installation = sqlite_installation
    reports = installation.sign_up("reader")
    blocker = one_who_locks(installation)
    services = installation.boot(
        wrap_mailer=lambda mailer: AfterReply(mailer, lambda: blocker.execute("BEGIN EXCLUSIVE"))
    )
    make_impatient(services.core.ledger)
    (installation.home / "state" / "spool").parent.mkdir(exist_ok=True)
    (installation.home / "state" / "spool").write_text(
        "a file where the directory should be: a disk that takes nothing"
    )

    assert services.deliverer.deliver(reports["reader"]) == "unrecorded"
    blocker.rollback()
    blocker.close()
    (installation.home / "state" / "spool").unlink()
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"reader": ReportState.UNKNOWN}
    assert installation.ses.posts == 1
    services.core.ledger.close()


def test_a_damaged_file_in_the_spool_delays_no_other(sqlite_installation):
    installation = sqlite_installation
    spool = installation.home / "state" / "spool"
    spool.mkdir(parents=True)
    for number, text in enumerate(["", "{", "[]", '{"attempt_id": "x"}', json.dumps({"ending": "?"})]):
        (spool / f"{number}.json").write_text(text)
    installation.sign_up("reader")
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"reader": ReportState.SENT}
    assert installation.services.spool.waiting() == 0
    assert len(list(spool.glob("*.unreadable"))) == 5


@pytest.mark.long
def test_a_ledger_that_is_locked_for_a_while(sqlite_installation):
    installation = sqlite_installation
    installation.sign_up("reader", "next")
    blocker = one_who_locks(installation)
    with installation.worker_thread():
        blocker.execute("BEGIN IMMEDIATE")
        time.sleep(1.0)
        blocker.rollback()
        installation.settle()
    blocker.close()
    assert set(installation.states().values()) == {ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_a_full_disk(sqlite_installation):
    """Nothing is received that cannot be kept; what was received before is sent once there is room."""
    installation = sqlite_installation
    installation.sign_up("before")
    engine = installation.services.core.ledger.engine
    engine.dispose()
    full = {"pages": 1}

    @sa.event.listens_for(engine, "connect")
    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {full['pages']}")

    with pytest.raises(LedgerUnavailable, match="full"):
        installation.sign_up(*[f"reader-{number}" for number in range(200)])
    full["pages"] = 1_000_000
    engine.dispose()
    with installation.worker_thread():
        installation.settle()
    assert installation.states()["before"] == ReportState.SENT
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB, and how to give it more."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small file system")
    yield disk, lambda: subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_the_spool_s_disk_is_full(sqlite_installation, small_disk):
    """The outcome of the send is unknown; one letter. What finds room again is kept."""
    installation, (disk, grow) = sqlite_installation, small_disk
    installation.environment["WORKER_STATE_DIR"] = str(disk)
    reports = installation.sign_up("lost", "kept")
    blocker = one_who_locks(installation)
    services = installation.boot(
        wrap_mailer=lambda mailer: AfterReply(mailer, lambda: blocker.execute("BEGIN EXCLUSIVE"))
    )
    make_impatient(services.core.ledger)
    fill(disk)
    for name, result, waiting in (("lost", "unrecorded", 0), ("kept", "spooled", 1)):
        assert services.deliverer.deliver(reports[name]) == result
        assert services.spool.waiting() == waiting
        blocker.rollback()
        grow()
    blocker.close()
    services.core.ledger.close()
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"lost": ReportState.UNKNOWN, "kept": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_the_ledger_s_disk_is_full(redis_url, ses, tmp_path, small_disk):
    """No signup that could not be stored is answered as received; with room, everything received is sent."""
    disk, grow = small_disk
    installation = Installation(tmp_path, database_url=f"sqlite:///{disk / 'ledger.db'}", redis_url=redis_url, ses=ses)
    with pytest.raises(LedgerUnavailable, match=r"full|disk I/O"):
        migrate(installation.services.core.ledger)
    grow()
    migrate(installation.services.core.ledger)
    installation.sign_up("before")
    fill(disk)
    received = ["before"]

    def receive_many():
        for number in range(500):
            installation.sign_up(f"reader-{number}")
            received.append(f"reader-{number}")

    with pytest.raises(LedgerUnavailable, match="full"):
        receive_many()
    (disk / "ballast").unlink()
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == dict.fromkeys(received, ReportState.SENT)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=len(received))
    installation.close()


@pytest.mark.parametrize("seconds", [61, -61, 8 * 86_400, -8 * 86_400])
def test_the_ledger_s_clock_jumps_during_a_post(usual_installation, seconds):
    """Forward, every lease ends at once; back, they all last longer. Neither makes a second letter or loses one."""
    installation = usual_installation
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = (
        "20"  # only the jump is to end the lease, never a busy machine
    )
    installation.ses.script.recipients["posting"] = slow(1.0)
    installation.sign_up("posting")
    with installation.worker_thread():
        wait_for(lambda: installation.ses.posts == 1, "a POST under way")
        installation.sign_up("waiting")
        let_time_pass(installation.services.core.ledger, seconds)
        if seconds < 0:
            let_time_pass(installation.services.core.ledger, -seconds)  # somebody sets it right again
        installation.settle()
    assert installation.states() == {"posting": ReportState.SENT, "waiting": ReportState.SENT}
    assert installation.ses.posts == 2
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def fill(disk):
    """Until nothing more can be written."""
    with (disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


def one_who_locks(installation):
    """Another connection to the ledger's file."""
    return sqlite3.connect(str(sa.make_url(installation.environment["DATABASE_URL"]).database), isolation_level=None)


def make_impatient(ledger):
    """A locked SQLite says so soon, so that a test need not wait as long as a worker would."""

    @sa.event.listens_for(ledger.engine, "connect")
    def impatient(connection, _record):
        connection.execute("PRAGMA busy_timeout = 50")


class BeforeIntent:
    """A mailer that does something just before the intent."""

    def __init__(self, mailer, action):
        self.name, self._mailer, self._action = mailer.name, mailer, action

    def send(self, outgoing, before_post):
        self._action()
        return self._mailer.send(outgoing, before_post)


class AfterReply(BeforeIntent):
    """A mailer that does something just after SES's reply."""

    def send(self, outgoing, before_post):
        accepted = self._mailer.send(outgoing, before_post)
        self._action()
        return accepted
