"""Which errors of the database say "not now", and which say that a statement is wrong."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import exc

from worker.ledger.away import is_away, writes_elsewhere

AWAY = (
    "08006 08P01 0A000 25006 25P03 25P04 26000 28P01 3D000 40001 40003 40P01 42501 42P01 42P05 53100 53300 55P03 57014 "
    "57P01 57P02 57P03 58030 72000 F0000 XX001"
)
DEFECT = "21000 22001 22P02 23502 23505 25001 25P02 42601 42703 42804 42883 P0001"


def wrapped(error):
    """As SQLAlchemy raises it."""
    return exc.DBAPIError.instance("statement", {}, error, psycopg.Error, dialect=None)


@pytest.mark.parametrize(
    ("state", "away"), [(state, True) for state in AWAY.split()] + [(state, False) for state in DEFECT.split()]
)
def test_the_sqlstate_decides_whatever_the_class(state, away):
    for kind in (psycopg.OperationalError, psycopg.InternalError, psycopg.ProgrammingError, psycopg.NotSupportedError):
        error = kind("text")
        error.sqlstate = state
        assert is_away(wrapped(error)) is away


@pytest.mark.parametrize(
    ("code", "text", "away"),
    [
        (sqlite3.SQLITE_BUSY, "database is locked", True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "database is locked", True),
        (sqlite3.SQLITE_READONLY_DBMOVED, "attempt to write a readonly database", True),
        (sqlite3.SQLITE_FULL, "database or disk is full", True),
        (sqlite3.SQLITE_IOERR_WRITE, "disk I/O error", True),
        (sqlite3.SQLITE_NOTADB, "file is not a database", True),
        (sqlite3.SQLITE_CORRUPT, "database disk image is malformed", True),
        (sqlite3.SQLITE_ERROR, "no such table: report", True),
        (sqlite3.SQLITE_ERROR, 'near "SELEC": syntax error', False),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed", False),
    ],
)
def test_sqlite_s_result_code_decides(code, text, away):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    assert is_away(exc.DBAPIError.instance("statement", {}, error, sqlite3.Error, dialect=None)) is away


def test_an_error_without_a_code_is_the_driver_s_and_means_that_it_lost_the_server():
    assert is_away(wrapped(psycopg.OperationalError("the connection is lost")))
    assert not is_away(wrapped(psycopg.ProgrammingError("the query has 0 placeholders but 1 parameters were passed")))


def test_no_free_connection_is_away_and_another_mistake_is_not():
    assert is_away(exc.TimeoutError())
    assert not is_away(exc.NoResultFound())


def test_connections_to_a_server_that_may_not_write_are_not_kept():
    assert writes_elsewhere(psycopg.errors.ReadOnlySqlTransaction())
    assert writes_elsewhere(psycopg.errors.FeatureNotSupported())
    assert not writes_elsewhere(psycopg.errors.AdminShutdown())
