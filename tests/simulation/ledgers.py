"""Ledgers of a simulation: the product's own engines, tables and statements, under the simulation's clock.

A store is a database that is used for many simulations, one after the other. SQLite is in memory: making it empty
again, or taking it back to an earlier state as a failover does, is a copy of its bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tests.simulation.clock import Clock
from tests.simulation.world import World
from worker.errors import LedgerUnavailable
from worker.ledger.migrate import migrate
from worker.ledger.schema import metadata
from worker.ledger.sqlite_engine import open_sqlite
from worker.ledger.store import Ledger

TIMEOUT_S = 5.0
_SQLITE_TIME = "%Y-%m-%d %H:%M:%S.%f"


class Store(Protocol):
    """A migrated database. `clock` is the one of the simulation that uses it now."""

    engine: Engine
    clock: Clock

    def empty(self) -> None:
        """Forget everything."""

    def snapshot(self) -> Any:
        """The state now, for `go_back_to`."""

    def go_back_to(self, snapshot: Any) -> None:
        """Forget everything that was committed after the snapshot."""


class SqliteStore:
    """SQLite in memory, with a clock of our own in place of its function `strftime`."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.engine = open_sqlite(sa.make_url("sqlite://"), timeout_s=TIMEOUT_S)
        sa.event.listen(self.engine, "connect", self._use_our_clock)
        migrate(Ledger(self.engine, timeout_s=TIMEOUT_S))
        self._empty = self.snapshot()

    def empty(self) -> None:
        """See Store."""
        self.go_back_to(self._empty)

    def snapshot(self) -> bytes:
        """See Store."""
        with contextlib.closing(self.engine.raw_connection()) as connection:
            data: bytes = connection.driver_connection.serialize()
        return data

    def go_back_to(self, snapshot: bytes) -> None:
        """See Store."""
        with contextlib.closing(self.engine.raw_connection()) as connection:
            connection.driver_connection.deserialize(snapshot)

    def _use_our_clock(self, connection: Any, _record: Any) -> None:
        connection.create_function("strftime", 3, self._strftime)

    def _strftime(self, _form: str, _now: str, change: str) -> str:
        """The product asks in one form only: now, plus so many seconds."""
        seconds = float(change.removesuffix(" seconds"))
        return (self.clock.now() + timedelta(seconds=seconds)).strftime(_SQLITE_TIME)


class PostgresStore:
    """PostgreSQL, in which a function `statement_timestamp` of our own comes before the server's."""

    def __init__(self, url: str) -> None:
        from worker.ledger.postgresql_engine import open_postgresql

        self.clock = Clock()
        self._prepare(url)
        self.engine = open_postgresql(sa.make_url(url), pool_size=2, timeout_s=60.0)
        sa.event.listen(self.engine, "begin", self._use_our_clock)

    def empty(self) -> None:
        """See Store."""
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        with self._outside() as connection:
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")

    def snapshot(self) -> dict[sa.Table, list[dict[str, Any]]]:
        """See Store."""
        with self._outside() as connection:
            return {
                table: [dict(row._mapping) for row in connection.execute(sa.select(table))]
                for table in metadata.sorted_tables
            }

    def go_back_to(self, snapshot: dict[sa.Table, list[dict[str, Any]]]) -> None:
        """See Store. The numbers of rows go on, as they may after a failover."""
        with self._outside() as connection:
            connection.exec_driver_sql(
                "SET LOCAL session_replication_role = replica"
            )  # no triggers: counts go back too
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
            for table, rows in snapshot.items():
                if rows:
                    connection.execute(sa.insert(table), rows)

    @contextlib.contextmanager
    def _outside(self) -> Iterator[Connection]:
        with Ledger(self.engine, timeout_s=60.0).write() as connection:
            yield connection

    def _prepare(self, url: str) -> None:
        ledger = Ledger(sa.create_engine(url), timeout_s=60.0)
        migrate(ledger)
        with ledger.write() as tx:
            tx.exec_driver_sql("CREATE SCHEMA simulated")
            tx.exec_driver_sql(
                "CREATE FUNCTION simulated.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE "
                "AS $$ SELECT current_setting('simulated.now')::timestamptz $$"
            )
            name = tx.exec_driver_sql("SELECT current_database()").scalar_one()
            tx.exec_driver_sql(f'ALTER DATABASE "{name}" SET search_path = simulated, pg_catalog, public')
        ledger.close()

    def _use_our_clock(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL simulated.now = '{self.clock.now().isoformat()}'")


class SimulatedLedger(Ledger):
    """The product's ledger, for one process: it hands over around each transaction, any of which may fail."""

    def __init__(self, store: Store, world: World) -> None:
        super().__init__(store.engine, timeout_s=TIMEOUT_S)
        self._world = world

    @contextlib.contextmanager
    def write(self, *, wait_s: float | None = None) -> Iterator[Connection]:
        """See Ledger."""
        world = self._world
        world.schedule.hand_over("before a transaction")
        fate = world.trouble("ledger", {"answers": 200.0, "away": 1.0, "rolls back": 1.0, "commits unheard": 2.0})
        if fate == "away":
            raise LedgerUnavailable("simulated: away")
        with self._held(), super().write(wait_s=wait_s) as tx:
            yield tx
            if fate == "rolls back":
                raise LedgerUnavailable("simulated: rolled back")
        if fate == "commits unheard":
            raise LedgerUnavailable("simulated: the answer to COMMIT was lost")
        world.schedule.hand_over("after a commit")

    @contextlib.contextmanager
    def read(self, *, wait_s: float | None = None) -> Iterator[Connection]:
        """See Ledger."""
        world = self._world
        world.schedule.hand_over("before a look at the ledger")
        if world.trouble("ledger", {"answers": 200.0, "away": 1.0}) == "away":
            raise LedgerUnavailable("simulated: away")
        with self._held(), super().read(wait_s=wait_s) as tx:
            yield tx

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        schedule = self._world.schedule
        self._world.clock.tick()
        schedule.held += 1
        try:
            yield
        finally:
            schedule.held -= 1
