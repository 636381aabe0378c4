"""The counts of the ledger, written anew from its rows when a person asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from worker.ledger import recount
from worker.ledger.audit import record_action
from worker.ledger.recount import Difference
from worker.ledger.store import Ledger

ACTION = "recount"


def write_recount(ledger: Ledger, found: Sequence[Difference], *, actor: str, reason: str) -> list[Difference]:
    """Write what a full count finds in place of the counts; returns what differs after that, which is nothing.

    Raises LedgerUnavailable: then some days may be right already.
    """
    recount.recount(ledger)
    with ledger.write() as tx:
        detail = {"wrong": len(found), "first": [difference.words for difference in found[:20]]}
        record_action(tx, actor=actor, action=ACTION, reason=reason, detail=detail)
    return recount.check(ledger)
