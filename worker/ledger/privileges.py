"""What the user of a PostgreSQL ledger may do there."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from worker.ledger.schema import metadata
from worker.ledger.store import Ledger

_NEEDED = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Access:
    """How a PostgreSQL ledger was reached. `missing` names the tables that the user may not read and write."""

    user: str
    encrypted: bool
    read_only: bool
    missing: tuple[str, ...]


def read_access(ledger: Ledger) -> Access | None:
    """Ask PostgreSQL; None for SQLite, which has no users. Raises LedgerUnavailable."""
    if ledger.engine.dialect.name != "postgresql":
        return None
    with ledger.read() as tx:
        may = sa.text("SELECT has_table_privilege(current_user, :name, :privilege)")
        missing = tuple(
            name
            for name in sorted(metadata.tables)
            if not all(tx.execute(may, {"name": name, "privilege": each}).scalar_one() for each in _NEEDED)
        )
        user, standby, read_only = tx.execute(
            sa.text("SELECT current_user, pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on'")
        ).one()
        driver = tx.connection.dbapi_connection
        encrypted = bool(driver is not None and driver.pgconn.ssl_in_use)
    return Access(str(user), encrypted, bool(standby or read_only), missing)
