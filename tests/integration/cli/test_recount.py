"""`worker recount` finds a count that is wrong, and mends it on somebody's word."""

import sqlalchemy as sa

from tests.parts.reports import SENT, attempted, owe
from worker.ledger.schema import audit
from worker.ledger.store import open_ledger
from worker.ledger.tally_checks import last_check
from worker.ledger.tally_folding import fold_all
from worker.ledger.tally_schema import tally


def test_a_wrong_count_is_shown_and_mended(worker, sqlite_ledger_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", sqlite_ledger_url)
    ledger = open_ledger(sqlite_ledger_url)
    attempted(ledger, owe(ledger), SENT)
    assert "all counts are right" in worker("recount")
    fold_all(ledger)
    with ledger.write() as tx:
        tx.execute(sa.update(tally).where(tally.c.grouped_by == "all").values(state_sent=9))
    assert "by all, state_sent: 9 kept, 1 counted" in worker("recount", expect=1)
    with ledger.read() as tx:
        assert last_check(tx).wrong == 1
    assert "9 kept" in worker("status", expect=1)
    worker("recount", "--write", expect=2)
    assert "all counts are right" in worker("recount", "--write", "--reason", "a repair", "--actor", "operator:ada")
    with ledger.read() as tx:
        assert last_check(tx).wrong == 0
        row = tx.execute(sa.select(audit).where(audit.c.action == "recount")).one()
    assert (row.actor, row.reason, row.detail["wrong"]) == ("operator:ada", "a repair", 1)
    ledger.close()
