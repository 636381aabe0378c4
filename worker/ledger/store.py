"""The ledger itself: one engine, short transactions, the database's own clock, and one error for "not now"."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from worker.errors import ConfigurationError
from worker.ledger.away import away_mapped
from worker.ledger.column_types import UtcDateTime
from worker.ledger.patience import patient
from worker.ledger.sqlite_engine import READ_ONLY, open_sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

DEFAULT_TIMEOUT_S = 30.0  # for tools and tests; processes and commands pass their setting


class after(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock now, plus `seconds`, a number or a parameter. Leases never use this process's clock."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float | sa.BindParameter[float] = 0.0) -> None:
        given = seconds if isinstance(seconds, sa.BindParameter) else sa.literal(float(seconds), sa.Float)
        super().__init__(given)


@compiles(after, "sqlite")
def _sqlite_after(element: after, compiler: SQLCompiler, **options: Any) -> str:
    # The trailing zeros give SQLAlchemy's six-digit form, so that stored and computed times compare as text.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', ({compiler.process(element.clauses, **options)}) || ' seconds')"


@compiles(after, "postgresql")
def _postgresql_after(element: after, compiler: SQLCompiler, **options: Any) -> str:
    # clock_timestamp() is evaluated for each row, so a comparison with it could not use an index.
    return f"(statement_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


def now() -> after:
    """The database's clock."""
    return after(0.0)


def database_now(tx: Connection) -> datetime:
    """The database's clock, as a value."""
    moment: datetime = tx.execute(sa.select(now())).scalar_one()
    return moment


def insert(tx: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of this transaction's database.

    Imports that dialect alone: PostgreSQL's is slow to import.
    """
    if tx.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415

        return postgresql_insert(table)
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415

    return sqlite_insert(table)


class Ledger:
    """Opens transactions on the SQL database. Safe to share between threads; make it after a fork, not before.

    A transaction waits for the database for `timeout_s` in all, or for `wait_s` where it says so itself.
    """

    def __init__(self, engine: Engine, *, timeout_s: float) -> None:
        self.engine = engine
        self.timeout_s = timeout_s

    @contextlib.contextmanager
    def write(self, *, wait_s: float | None = None) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or rolls back. Raises LedgerUnavailable."""
        with away_mapped(), patient(wait_s or self.timeout_s), self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def read(self, *, wait_s: float | None = None) -> Iterator[Connection]:
        """A transaction that only reads, all of it one snapshot; it waits for no writer. Raises LedgerUnavailable."""
        with away_mapped(), patient(wait_s or self.timeout_s), self.engine.connect() as connection:
            yield connection.execution_options(**{READ_ONLY: True})

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_ledger(url: str, *, pool_size: int = 10, timeout_s: float = DEFAULT_TIMEOUT_S) -> Ledger:
    """Open the ledger at `url` (sqlite:///path or postgresql+psycopg://...). Connects on first use, not here.

    Raises ConfigurationError where the URL cannot be read, or its directory cannot be made.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return Ledger(open_sqlite(parsed, timeout_s=timeout_s), timeout_s=timeout_s)
    from worker.ledger.postgresql_engine import open_postgresql  # noqa: PLC0415 - psycopg is slow to import

    return Ledger(open_postgresql(parsed, pool_size=pool_size, timeout_s=timeout_s), timeout_s=timeout_s)


def _parsed(url: str) -> sa.URL:
    """No message repeats a part of the URL, which may be one of its password."""
    problem = ConfigurationError("DATABASE_URL", "cannot be read; in its password, @ : / and % must be percent-encoded")
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise problem from None
    if "@" in (parsed.host or ""):  # what follows the first @ of a password, which every error would name as the host
        raise problem
    return parsed
