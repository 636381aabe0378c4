"""The ledger behind PgBouncer in transaction mode: no statement may depend on a session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.parts.pgbouncer import pgbouncer
from tests.parts.waiting import wait_for
from worker.ledger.lifecycle import ReportState
from worker.ledger.migrate import migrate
from worker.ledger.schema import report
from worker.ledger.store import open_ledger

pytestmark = pytest.mark.faults


@pytest.fixture
def pooled(postgres, migrated_postgres):
    """A migrated, empty database, and its URL through PgBouncer. No COMMIT of it waits for the disk by itself."""
    name = postgres.create_database(template=migrated_postgres)
    postgres.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pgbouncer(postgres, name) as url:
        yield name, url
    postgres.drop_database(name)


def test_through_a_pooler_in_transaction_mode(pooled, redis_url, ses, tmp_path):
    installation = Installation(tmp_path, database_url=pooled[1], redis_url=redis_url, ses=ses)
    names = [f"reader-{number}" for number in range(30)]
    migrate(installation.services.core.ledger)  # changes nothing, under the pooler too
    installation.sign_up(*names)
    with installation.worker_thread(threads=8):
        installation.settle()
    assert installation.states() == dict.fromkeys(names, ReportState.SENT)
    assert installation.ses.posts == len(names)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=len(names))
    installation.close()


def test_no_statement_is_prepared_in_a_session_that_a_pooler_gives_away(pooled):
    """Each statement is repeated often enough for a driver to prepare it, on more threads than there are sessions."""
    ledger = open_ledger(pooled[1])

    def count_often(_thread: int) -> set[int]:
        counts = set()
        for _ in range(30):
            with ledger.write() as tx:
                counts.add(tx.execute(sa.select(sa.func.count()).where(report.c.state == "ready")).scalar_one())
        return counts

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(count_often, range(8))) == [{0}] * 8
    ledger.close()


def test_a_transaction_brings_its_own_settings_through_a_pooler(pooled):
    """A pooler drops what a session was started with; a COMMIT must wait for the disk all the same."""
    ledger = open_ledger(pooled[1], timeout_s=7)
    with ledger.write() as tx:
        kept = [
            tx.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("synchronous_commit", "statement_timeout", "idle_in_transaction_session_timeout")
        ]
    assert kept == ["on", "7s", "1min"]
    ledger.close()


def test_sessions_end_behind_the_pooler_under_load(pooled, postgres, redis_url, ses, tmp_path):
    """The pooler ends its clients' transactions and finds other sessions: at most unknown, never two, nobody lost."""
    name, url = pooled
    names = [f"reader-{number}" for number in range(20)]
    installation = Installation(tmp_path, database_url=url, redis_url=redis_url, ses=ses)
    installation.sign_up(*names)
    with installation.worker_thread():
        wait_for(lambda: len(installation.ses.accepted) >= 5, "load")
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        installation.settle()
    assert set(installation.states().values()) <= {ReportState.SENT, ReportState.UNKNOWN}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=len(names))
    installation.close()
