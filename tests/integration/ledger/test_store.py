"""What a transaction on the ledger may count on."""

from tests.parts.reports import owe
from worker.ledger.status import conservation


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
