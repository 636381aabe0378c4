"""A full count of the ledger: shown, recorded for the verdict, and written in place of the counts when asked."""

from __future__ import annotations

from collections.abc import Sequence

from worker.ledger import recount
from worker.ledger.audit import record_action
from worker.ledger.recount import Difference
from worker.ledger.store import Ledger
from worker.ledger.tally_checks import record_check

ACTION = "recount"
MOST = 1000  # differences that are looked at


def check(ledger: Ledger) -> list[Difference]:
    """Count everything and record what differs; returns it, up to MOST. Raises LedgerUnavailable."""
    found: list[Difference] = []
    for difference in recount.differences(ledger):
        found.append(difference)
        if len(found) == MOST:
            break
    with ledger.write() as tx:
        record_check(tx, wrong=len(found), example=words(found[0]) if found else None)
    return found


def mend(ledger: Ledger, found: Sequence[Difference], *, actor: str, reason: str) -> list[Difference]:
    """Write what a full count finds in place of the counts; returns what differs after that, which is nothing.

    Raises LedgerUnavailable: then some days may be right already.
    """
    recount.recount(ledger)
    with ledger.write() as tx:
        detail = {"wrong": len(found), "first": [words(difference) for difference in found[:20]]}
        record_action(tx, actor=actor, action=ACTION, reason=reason, detail=detail)
    return check(ledger)


def words(difference: Difference) -> str:
    """`2026-11-29, by page, state_sent: 7 kept, 6 counted`."""
    day = f"{difference.day}, " if difference.day else ""
    return (
        f"{day}by {difference.grouped_by}, {difference.counter}: "
        f"{difference.kept:,} kept, {difference.counted:,} counted"
    )
