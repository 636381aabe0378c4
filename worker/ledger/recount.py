"""A full count of the ledger, held against the counts that are kept with its writes.

A day of signups at a time, each in a snapshot of its own, so that nothing waits for it. What was purged is not there
to be counted: its part of the counts is left as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import tally, tally_cells
from worker.ledger.patience import UPKEEP_S
from worker.ledger.schema import signup
from worker.ledger.store import Ledger
from worker.ledger.tally import KEY, UNDATED, GroupedBy
from worker.ledger.tally_checks import record_check
from worker.ledger.tally_schema import COUNTERS, tally_change
from worker.ledger.tally_schema import tally as tally_table

_DATED = tuple(grouped_by for grouped_by in GroupedBy if grouped_by not in UNDATED)
_SUMMED = ("members", *COUNTERS)
_KEPT_UNDATED = {"purged", "channel", "mailer", *(column for column, _ in COUNTERS.values())}
"""The columns that a grouping without days looks at: with these alone, all rows are a few different lines."""
Line = tuple[int, ...]
MOST = 1000  # differences that a check looks at


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that is not what it should be. `day` is when its signups were received, None for sums without days."""

    day: str | None
    grouped_by: str
    counter: str
    kept: int
    counted: int

    @property
    def words(self) -> str:
        """`2026-11-29, by page, state_sent: 7 kept, 6 counted`."""
        day = f"{self.day}, " if self.day else ""
        return f"{day}by {self.grouped_by}, {self.counter}: {self.kept:,} kept, {self.counted:,} counted"


def differences(ledger: Ledger) -> Iterator[Difference]:
    """Count everything; yields what differs. Raises LedgerUnavailable."""
    with ledger.read(wait_s=UPKEEP_S) as tx:
        days = _days(tx)
        yield from _undated(tx)
    for day in days:
        with ledger.read(wait_s=UPKEEP_S) as tx:
            yield from _compared(day, _kept(tx, _DATED, day), _counted(tx, _DATED, _cells_of(day)))


def check(ledger: Ledger) -> list[Difference]:
    """Count everything and record what differs for the verdict; returns it, up to MOST. Raises LedgerUnavailable."""
    found = list(itertools.islice(differences(ledger), MOST))
    with ledger.write() as tx:
        record_check(tx, wrong=len(found), example=found[0].words if found else None)
    return found


def recount(ledger: Ledger) -> int:
    """Write what a full count finds in place of the counts that are kept; returns how many days were wrong.

    Raises LedgerUnavailable: then the days before it are right.
    """
    with ledger.read(wait_s=UPKEEP_S) as tx:
        days = _days(tx)
    wrong = sum(_rewrite_day(ledger, day) for day in days)
    with ledger.write(wait_s=UPKEEP_S) as tx:
        _fold(tx)
        _clear(tx, UNDATED)
        tally.add(tx, _undated_cells(), UNDATED)
    return wrong


def _rewrite_day(ledger: Ledger, day: str) -> bool:
    with ledger.write(wait_s=UPKEEP_S) as tx:
        _fold(tx)
        if _kept(tx, _DATED, day) == _counted(tx, _DATED, _cells_of(day)):
            return False
        _clear(tx, _DATED, tally_table.c.received_on == day)
        tally.add(tx, _cells_of(day), _DATED)
    return True


def _fold(tx: Connection) -> None:
    """Add all changes, so that the counts of this snapshot are in one place."""
    tally.alone(tx)
    while tally.fold(tx, most=1_000_000):
        pass


def _clear(tx: Connection, groupings: Iterable[GroupedBy], *where: sa.ColumnElement[bool]) -> None:
    which = tally_table.c.grouped_by.in_([str(each) for each in groupings])
    tx.execute(sa.delete(tally_table).where(which, ~tally_table.c.purged, *where))


def _days(tx: Connection) -> list[str]:
    """Every day on which a signup was received, or that has counts."""
    first, last = tx.execute(sa.select(sa.func.min(signup.c.received_at), sa.func.max(signup.c.received_at))).one()
    found: set[str] = set()
    if first is not None:
        days = (last.date() - first.date()).days + 1
        found = {(first.date() + timedelta(days=number)).isoformat() for number in range(days)}
    for table in (tally_table, tally_change):
        found |= set(tx.execute(sa.select(table.c.received_on).distinct()).scalars())
    return sorted(found - {""})


def _cells_of(day: str) -> sa.Subquery:
    since = datetime.combine(date.fromisoformat(day), time.min, UTC)
    within = (signup.c.received_at >= since, signup.c.received_at < since + timedelta(days=1))
    return sa.union_all(tally_cells.signups(*within), tally_cells.reports(*within)).subquery("cells")


def _undated_cells() -> sa.Subquery:
    """All cells: those of signups and reports count in the sums over all, those of attempts by mailer."""
    every = (tally_cells.signups(), tally_cells.reports(), tally_cells.attempts(), tally_cells.suppressions())
    return sa.union_all(*map(_without_days, every)).subquery("cells")


def _without_days(cells: sa.Select[Any]) -> sa.Select[Any]:
    """Cells that are alike without days as one. Of a single table, the server knows how few these are."""
    every = cells.subquery()
    kept = [each for each in every.c if each.name in _KEPT_UNDATED]
    columns: dict[str, sa.ColumnElement[Any]] = {each.name: sa.cast(sa.null(), each.type) for each in every.c}
    columns |= {each.name: each for each in kept} | {"n": sa.func.sum(every.c.n)}
    return sa.select(*(column.label(name) for name, column in columns.items())).group_by(*kept)


def _undated(tx: Connection) -> Iterator[Difference]:
    yield from _compared(None, _kept(tx, UNDATED, ""), _counted(tx, UNDATED, _undated_cells()))


def _kept(tx: Connection, groupings: Iterable[GroupedBy], day: str) -> dict[tuple[Any, ...], Line]:
    lines = [
        sa.select(*(tally_table.c[name] for name in (*KEY, *_SUMMED))).where(
            tally_table.c.grouped_by == str(each), tally_table.c.received_on == day
        )
        for each in groupings
    ]
    changes = sa.select(tally_change)
    if day:
        changes = changes.where(tally_change.c.received_on == day)
    source = changes.subquery("changes")
    return _summed(tx, [*lines, *(tally.lines_of(source, each) for each in groupings)])


def _counted(tx: Connection, groupings: Iterable[GroupedBy], cells: sa.FromClause) -> dict[tuple[Any, ...], Line]:
    alike = tally.added_up(cells)
    return _summed(tx, [tally.lines_of(alike, each) for each in groupings])


def _summed(tx: Connection, lines: list[sa.Select[Any]]) -> dict[tuple[Any, ...], Line]:
    """The sums of lines of what was not purged, by their key; those that are all zero are left out."""
    every = sa.union_all(*lines).subquery("every")
    key = [every.c[name] for name in KEY[:-1]]
    sums = (sa.cast(sa.func.sum(every.c[name]), sa.BigInteger) for name in _SUMMED)
    query = sa.select(*key, *sums).where(~every.c.purged).group_by(*key)
    found = {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in tx.execute(query)}
    return {name: line for name, line in found.items() if any(line)}


def _compared(
    day: str | None, kept: Mapping[tuple[Any, ...], Line], counted: Mapping[tuple[Any, ...], Line]
) -> Iterator[Difference]:
    nothing = (0,) * len(_SUMMED)
    for key in sorted(kept.keys() | counted.keys()):
        lines = zip(_SUMMED, kept.get(key, nothing), counted.get(key, nothing), strict=True)
        for counter, in_counts, in_rows in lines:
            if in_counts != in_rows:
                yield Difference(day, key[0], counter, in_counts, in_rows)
