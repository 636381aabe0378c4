"""What a transaction on the ledger may count on."""

import psycopg
import pytest
import sqlalchemy as sa

from tests.parts.reports import owe
from worker.errors import LedgerUnavailable
from worker.ledger import postgresql_engine
from worker.ledger.status import conservation
from worker.ledger.store import open_ledger


def test_a_transaction_reads_one_snapshot(ledger):
    owe(ledger, "ada@example.com")
    with ledger.read() as tx:
        before = conservation(tx)
        owe(ledger, "bob@example.com")
        assert conservation(tx) == before
    with ledger.read() as tx:
        assert conservation(tx).signups == 2


def test_a_commit_waits_for_the_disk(ledger):
    """What the worker has committed outlives a power cut: PostgreSQL by `synchronous_commit`, SQLite by FULL."""
    with ledger.write() as tx:
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql("SET synchronous_commit = off")  # as an administrator might for the whole server
    with ledger.write() as tx:
        if tx.dialect.name == "postgresql":
            assert tx.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        else:
            assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


@pytest.mark.parametrize("fresh_s", [0.0, 3600.0], ids=["idle", "just used"])
def test_a_connection_that_was_lost_is_asked_for_life_only_after_it_was_idle(postgres_ledger_url, monkeypatch, fresh_s):
    monkeypatch.setattr(postgresql_engine, "FRESH_S", fresh_s)
    ledger = open_ledger(postgres_ledger_url, pool_size=1)
    with ledger.write() as tx:
        session = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with psycopg.connect(
        sa.make_url(postgres_ledger_url).set(drivername="postgresql").render_as_string(False)
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [session])
    if fresh_s:
        with pytest.raises(LedgerUnavailable), ledger.write():
            pass
    with ledger.write() as tx:
        assert tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != session
    ledger.close()
