"""Real parts for every test: redis-server, SQLite, PostgreSQL, and an SES whose answers a test decides.

Servers live as long as the session (one of each per xdist worker); what is in them as long as one test.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from hypothesis import settings

from tests.parts.backups import Backup, PostgresBackup, SqliteBackup
from tests.parts.postgres_server import PostgresServer, postgres_server
from tests.parts.redis_server import redis_server
from tests.parts.watchdog import start_watchdog
from tests.ses_server import SesServer
from worker import unexpected
from worker.ledger.migrate import migrate
from worker.ledger.store import Ledger, open_ledger

settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long too")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once a run, not in each of xdist's workers
        config.add_cleanup(start_watchdog())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="long: run it with --long"))


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A test that configures the logs, as every command does, must not decide where the next one's lines go."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _no_errors_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of the tests runs many of them, and its heartbeat would report what an earlier one provoked."""
    monkeypatch.setattr(unexpected, "_memory", unexpected._Memory())


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def redis_url(_redis_server: str) -> str:
    """URL of a real, empty redis-server."""
    with redis.Redis.from_url(_redis_server) as client:
        client.flushall()
    return _redis_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """A migrated, empty database to make copies of."""
    name = postgres.create_database()
    _migrate(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to make copies of."""
    path = tmp_path_factory.mktemp("migrated") / "ledger.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    ledger = open_ledger(url)
    migrate(ledger)
    ledger.close()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """URL of an empty PostgreSQL database of this test's own."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of an SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database; the test runs once on each kind."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def sqlite_ledger_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """URL of a migrated, empty ledger on SQLite."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'ledger.db')}"


@pytest.fixture
def postgres_ledger_url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    """URL of a migrated, empty ledger on PostgreSQL."""
    name = postgres.create_database(template=migrated_postgres)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty ledger; the test runs once on each kind of database."""
    return str(request.getfixturevalue("sqlite_ledger_url" if request.param == "sqlite" else "postgres_ledger_url"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A migrated, empty ledger; the test runs once on each kind of database."""
    ledger = open_ledger(ledger_url)
    yield ledger
    ledger.close()


@pytest.fixture
def backup(ledger: Ledger, request: pytest.FixtureRequest, tmp_path: Path) -> Backup:
    """A backup of this test's ledger."""
    if ledger.engine.dialect.name == "sqlite":
        return SqliteBackup(ledger, tmp_path)
    return PostgresBackup(ledger, request.getfixturevalue("postgres"))


@pytest.fixture
def ses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SesServer]:
    """An SES whose answers the test decides, in this process; boto3 finds it through the environment."""
    with SesServer(log=tmp_path / "ses.jsonl") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server
