"""The engine of a PostgreSQL ledger, directly or through PgBouncer in transaction mode.

Such a pooler gives each transaction another session, so nothing is prepared in one, and nothing is set at its start:
each transaction sets what it needs in the round trip that begins it.
"""

from __future__ import annotations

import math
import time
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from worker.ledger.away import writes_elsewhere
from worker.ledger.patience import COUNTING_S, Patience, current_patience
from worker.ledger.schema import complete_for_postgresql
from worker.ledger.sqlite_engine import READ_ONLY

IDLE_IN_TRANSACTION_S = 60  # what a frozen process holds locked, the others get back after this
LEAST_CONNECT_S = 2  # psycopg waits no shorter
MAX_OVERFLOW = 2  # connections beyond the pool's size
FRESH_S = 1.0  # a connection that answered within this time is not asked again whether it lives

Result = TypeVar("Result")


def open_postgresql(url: sa.URL, *, pool_size: int, timeout_s: float) -> Engine:
    """An engine whose connections give up once their transaction's patience is spent."""
    complete_for_postgresql()
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # an error message must not carry an address
        pool_size=pool_size,
        max_overflow=MAX_OVERFLOW,
        pool_timeout=timeout_s,
        use_native_hstore=False,  # or each engine asks for the type's number
        connect_args={
            "autocommit": True,  # `begin` below begins the transactions
            "prepare_threshold": None,  # a prepared statement belongs to a session
            "tcp_user_timeout": math.ceil(timeout_s * 1000),
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    sa.event.listen(engine, "do_connect", _connect)
    sa.event.listen(engine, "begin", _begin)
    sa.event.listen(engine, "handle_error", _leave_read_only_servers)
    sa.event.listen(engine, "checkin", _note_use)
    sa.event.listen(engine, "checkout", _refuse_dead)
    return engine


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose every call ends: with its result, or with the patience of its transaction."""

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """See psycopg. Raises OperationalError once the patience is spent, and closes this connection."""
        patience = current_patience() or Patience(COUNTING_S)
        try:
            with patience.waiting():
                return super().wait(gen, interval, timeout=max(0.0, min(patience.left_s, timeout or patience.left_s)))
        except psycopg.OperationalError as error:
            if patience.left_s > 0:
                raise
            self.close()
            raise psycopg.OperationalError(f"no answer within {patience.seconds:g} s") from error


def _connect(_dialect: Any, _record: Any, arguments: list[Any], parameters: dict[str, Any]) -> PatientConnection:
    patience = current_patience() or Patience(COUNTING_S)
    if patience.left_s <= 0:
        raise psycopg.OperationalError(f"no connection within {patience.seconds:g} s")
    parameters["connect_timeout"] = max(LEAST_CONNECT_S, math.ceil(patience.left_s))
    with patience.waiting():
        return PatientConnection.connect(*arguments, **parameters)


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _refuse_dead(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
    """Have the pool replace its connections where one was lost while it was idle.

    Not its `pool_pre_ping`, which asks before every transaction: a round trip for each step of each letter.
    """
    if time.monotonic() - record.info.get("used_at", -math.inf) < FRESH_S:
        return
    try:
        connection.execute("")
    except psycopg.Error as error:
        raise sa.exc.InvalidatePoolError(str(error)) from error


def _begin(connection: Connection) -> None:
    """Begin the transaction, with its own time limits on the server and a COMMIT that waits for the disk."""
    patience = current_patience() or Patience(COUNTING_S)
    limits = (
        f"SET LOCAL statement_timeout = {math.ceil(patience.seconds * 1000)}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_S * 1000}"
    )
    if connection.get_execution_options().get(READ_ONLY):
        # Sums over several statements hold only within one snapshot. SQLite's WAL gives it anyway.
        connection.exec_driver_sql(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {limits}")
    else:
        connection.exec_driver_sql(f"BEGIN; SET LOCAL synchronous_commit = on; {limits}")


def _leave_read_only_servers(context: ExceptionContext) -> None:
    """Drop the pool's connections to a server that may not write, so that the next ones find the one that may."""
    if writes_elsewhere(context.original_exception):
        context.is_disconnect = True
