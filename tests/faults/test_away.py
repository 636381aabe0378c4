"""The ledger is away in other ways than by a lost connection: read only, frozen, behind a pooler, failed over."""

from __future__ import annotations

import signal
import time

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.faults.servers import LossyProxy
from tests.faults.test_ledger import AfterReply
from tests.faults.test_processes import counted
from tests.integration.web.conftest import web_services
from tests.parts.postgres_server import postgres_server
from tests.parts.waiting import wait_for
from tests.parts.web_server import web_server
from worker.ledger.lifecycle import ReportState
from worker.ledger.migrate import migrate
from worker.ledger.store import open_ledger

pytestmark = pytest.mark.faults


@pytest.fixture
def primary():
    """A server of this test's own, with a migrated database."""
    with postgres_server() as server:
        name = server.create_database()
        ledger = open_ledger(server.url(name))
        migrate(ledger)
        ledger.close()
        yield server, name


@pytest.fixture
def failover(primary, redis_url, ses, tmp_path):
    """An installation whose address of PostgreSQL leads to the primary, until a test points it to the standby."""
    server, name = primary
    with postgres_server(standby_of=server) as standby:
        proxy = LossyProxy(server.socket)
        url = f"postgresql+psycopg://postgres@127.0.0.1:{proxy.port}/{name}?sslmode=disable"
        installation = Installation(tmp_path, database_url=url, redis_url=redis_url, ses=ses)
        yield installation, proxy, server, standby
        installation.close()
        proxy.close()


def test_a_standby_answers_until_it_is_promoted(failover, redis_url, tmp_path):
    """What SES accepted meanwhile is spooled; signups are answered with 503; after the promotion all is well."""
    installation, proxy, primary, standby = failover
    reports = installation.sign_up("reader")

    def fail_over():
        wait_until_replayed(primary, standby)
        primary.stop()
        proxy.target = standby.socket

    services = installation.boot(wrap_mailer=lambda mailer: AfterReply(mailer, fail_over))
    assert services.deliverer.deliver(reports["reader"]) == "spooled"
    web = web_services(installation.environment["DATABASE_URL"], redis_url, tmp_path)
    with web_server(web) as site:
        refused = [site.sign_up("next@example.com") for _ in range(2)]  # the second on a connection used before
        assert [answer.status_code for answer in refused] == [503, 503]
        assert {answer.headers["Retry-After"] for answer in refused} == {"5"}
        standby.promote()
        assert site.sign_up("next@example.com").json()["outcome"] == "admitted"
    web.core.ledger.close()
    services.core.ledger.close()
    with installation.worker_thread():
        installation.settle(also=lambda: services.spool.waiting() == 0)
    assert installation.states() == {"reader": ReportState.SENT, "next": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_connections_leave_a_server_that_was_demoted(failover, redis_url, tmp_path):
    """It stays alive and keeps its connections, as read-only ones; its name means the promoted standby by now."""
    installation, proxy, demoted, promoted = failover
    web = web_services(installation.environment["DATABASE_URL"], redis_url, tmp_path)
    with web_server(web) as site:
        assert site.sign_up("before@example.com").json()["outcome"] == "admitted"
        wait_until_replayed(demoted, promoted)
        promoted.promote()
        demoted.run("ALTER SYSTEM SET default_transaction_read_only = on")
        demoted.run("SELECT pg_reload_conf()")
        wait_for(lambda: site.sign_up("meanwhile@example.com").status_code == 503, "a server that only reads")
        proxy.target = promoted.socket
        wait_for(lambda: site.sign_up("next@example.com").status_code == 202, "a signup by the promoted server")
    web.core.ledger.close()
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"before": ReportState.SENT, "next": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_postgresql_frozen(primary, redis_url, tmp_path):
    """No server-side limit can fire: the client's own ends the call. A connection that was in use, and a new one."""
    server, name = primary
    services = web_services(server.url(name), redis_url, tmp_path, WORKER_LEDGER_TIMEOUT_S="2")
    with web_server(services) as site:
        wait_for(lambda: site.sign_up("before@example.com", signup_id="before").status_code == 202, "a first signup")
        server.signal_all(signal.SIGSTOP)
        try:
            began = time.monotonic()
            answers = [site.sign_up("reader@example.com", signup_id="again") for _ in range(2)]
            took_s = time.monotonic() - began
        finally:
            server.signal_all(signal.SIGCONT)
        assert [answer.status_code for answer in answers] == [503, 503]
        assert took_s < 2 * 10, "without a deadline the server's own requests would wait for ever"
        wait_for(
            lambda: site.sign_up("reader@example.com", signup_id="again").status_code == 202, "the ledger's return"
        )
        assert site.sign_up("reader@example.com", signup_id="again").json()["outcome"] == "admitted"
    services.core.ledger.close()


def test_a_defect_in_the_record_loses_no_answer_of_ses(sqlite_installation):
    """Not only a ledger that is away: any error at all after SES's yes leads to the spool."""
    installation = sqlite_installation
    reports = installation.sign_up("reader")
    ledger = installation.services.core.ledger

    def break_the_record():
        with ledger.write() as tx:
            tx.exec_driver_sql(
                "CREATE TRIGGER defect BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'a defect'); END"
            )

    before = counted("record")
    services = installation.boot(wrap_mailer=lambda mailer: AfterReply(mailer, break_the_record))
    assert services.deliverer.deliver(reports["reader"]) == "spooled"
    assert counted("record") > before
    with ledger.write() as tx:
        tx.exec_driver_sql("DROP TRIGGER defect")
    services.core.ledger.close()
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"reader": ReportState.SENT}
    assert_promise_kept(ledger, installation.ses.accepted, signups=1)


def wait_until_replayed(primary, standby):
    """Until the standby has all that the primary has committed."""
    reached = ask(primary, "SELECT pg_current_wal_flush_lsn()")
    deadline = time.monotonic() + 30
    while not ask(standby, f"SELECT pg_last_wal_replay_lsn() >= '{reached}'"):
        assert time.monotonic() < deadline, "the standby does not follow"
        time.sleep(0.05)


def ask(server, query):
    """The only value of the answer."""
    engine = sa.create_engine(server.url("postgres"), poolclass=sa.NullPool)
    with engine.connect() as session:
        return session.exec_driver_sql(query).scalar_one()
