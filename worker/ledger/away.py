"""Whether a database error says that the ledger is away now, or that a statement is wrong: a table, not a class.

Drivers raise the same situation under many classes: a server that became read-only is an InternalError of psycopg, a
pooler's missing prepared statement a ProgrammingError. Its code says which situation it is.
https://www.postgresql.org/docs/current/errcodes-appendix.html and https://sqlite.org/rescode.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import exc

from worker.errors import LedgerUnavailable

# SQLSTATEs, or the two characters of a whole class. What may be asked again later, or of another server.
_AWAY_CLASSES = frozenset({
    "08",  # connection lost or refused; PgBouncer's own errors
    "28",  # the server does not let us in: a password being rotated
    "40",  # rolled back: deadlock, serialization failure, COMMIT without an answer
    "53",  # out of disk, memory or connections
    "57",  # the server ends, starts, or cancelled the statement at its time limit
    "58",  # input and output of the server's machine
    "72",  # snapshot too old
    "F0",  # the server's configuration file
    "XX",  # a fault of the server itself, a damaged file among them
})  # fmt: skip
_AWAY_STATES = frozenset({
    "0A000",  # "cannot set transaction read-write mode during recovery": no statement of ours uses what is missing
    "25006",  # read only: a hot standby, a server that was demoted, a managed database while it fails over
    "25P03", "25P04",  # the session was idle in its transaction, or the transaction took, longer than is allowed
    "26000", "42P05",  # a prepared statement that a pooler left on another connection
    "3D000", "3F000", "42P01",  # the database, the schema or a table is not there: not migrated yet
    "42501",  # a privilege was revoked, or not granted yet
    "55000", "55006", "55P03", "55P04",  # not in the state needed: starting, locked, in use
})  # fmt: skip
# The server answers, but only another one can write; connections to it must not be kept.
_WRITES_ELSEWHERE = frozenset({"25006", "0A000"})

_SQLITE_AWAY = frozenset({
    3,  # PERM
    5,  # BUSY
    6,  # LOCKED
    7,  # NOMEM
    8,  # READONLY
    9,  # INTERRUPT
    10,  # IOERR
    11,  # CORRUPT
    13,  # FULL
    14,  # CANTOPEN
    15,  # PROTOCOL
    22,  # NOLFS
    26,  # NOTADB
})  # fmt: skip
_SQLITE_NOT_MIGRATED = "no such table"  # its code is that of every wrong statement


@contextlib.contextmanager
def away_mapped() -> Iterator[None]:
    """Raise LedgerUnavailable in place of every error that says "not now"; a defect passes as it is."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        if is_away(error):
            raise LedgerUnavailable(_in_short(error)) from error
        raise


def is_away(error: exc.SQLAlchemyError) -> bool:
    """Whether what was asked may be asked again later; False where it would fail again, being wrong."""
    if isinstance(error, (exc.TimeoutError, exc.PendingRollbackError)):
        return True  # no connection of the pool is free; the connection was lost earlier in this transaction
    if not isinstance(error, exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = _code(error.orig)
    if isinstance(code, str):
        return code in _AWAY_STATES or code[:2] in _AWAY_CLASSES
    if isinstance(code, int):
        return code in _SQLITE_AWAY or _SQLITE_NOT_MIGRATED in str(error.orig)
    return isinstance(error, (exc.OperationalError, exc.InterfaceError))  # no code: the driver lost the server


def writes_elsewhere(error: BaseException | None) -> bool:
    """Whether this error of the driver says that the server answers and may not write."""
    return _code(error) in _WRITES_ELSEWHERE


def _code(error: BaseException | None) -> str | int | None:
    """PostgreSQL's SQLSTATE, or SQLite's primary result code; None where the error did not come from the server."""
    sqlstate: str | None = getattr(error, "sqlstate", None)
    if sqlstate is not None:
        return sqlstate
    sqlite_code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if sqlite_code is None else sqlite_code & 0xFF


def _in_short(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else 'no detail'}"
