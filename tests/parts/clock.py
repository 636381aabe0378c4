"""Time passes: a test cannot move a database's clock, but it can make every stored time older."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.errors import LedgerUnavailable
from worker.ledger.column_types import UtcDateTime
from worker.ledger.schema import metadata
from worker.ledger.store import Ledger


def let_time_pass(ledger: Ledger, seconds: float) -> None:
    """Make every time in the ledger `seconds` older; negative seconds set the clock back.

    Once more where that and a worker wait for each other. Raises LedgerUnavailable: then no time has passed.
    """
    while True:
        try:
            with ledger.write() as tx:
                _make_older(tx, seconds)
        except LedgerUnavailable as error:
            if "DeadlockDetected" not in str(error):
                raise
        else:
            return


def _make_older(tx: Connection, seconds: float) -> None:
    if tx.dialect.name == "postgresql":
        # No signup changes its day in life, so what is counted by day is right only if nobody else writes meanwhile.
        names = ", ".join(tx.dialect.identifier_preparer.format_table(table) for table in metadata.sorted_tables)
        tx.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
    for table in metadata.tables.values():
        older = {column: _older(column, seconds, tx.dialect.name) for column in _times(table)}
        if older:
            tx.execute(sa.update(table).values(older))


def _times(table: sa.Table) -> list[sa.Column[object]]:
    return [column for column in table.columns if isinstance(column.type, UtcDateTime)]


def _older(column: sa.Column[object], seconds: float, dialect: str) -> sa.ColumnElement[object]:
    if dialect == "sqlite":
        return sa.func.strftime("%Y-%m-%d %H:%M:%f000", column, sa.literal(f"{-seconds} seconds"))
    return column - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
