"""Installations to break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.ses_server import SesServer


@pytest.fixture
def installation(ledger_url: str, redis_url: str, ses: SesServer, tmp_path: Path) -> Iterator[Installation]:
    """A whole installation; the test runs once on each kind of database."""
    installation = Installation(tmp_path, database_url=ledger_url, redis_url=redis_url, ses=ses)
    yield installation
    installation.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def usual_installation(
    request: pytest.FixtureRequest, redis_url: str, ses: SesServer, tmp_path: Path
) -> Iterator[Installation]:
    """A whole installation on SQLite; on PostgreSQL too where there is time."""
    fixture = "sqlite_ledger_url" if request.param == "sqlite" else "postgres_ledger_url"
    installation = Installation(tmp_path, database_url=request.getfixturevalue(fixture), redis_url=redis_url, ses=ses)
    yield installation
    installation.close()


@pytest.fixture
def sqlite_installation(
    sqlite_ledger_url: str, redis_url: str, ses: SesServer, tmp_path: Path
) -> Iterator[Installation]:
    """A whole installation on SQLite, for faults that no database takes part in."""
    installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=redis_url, ses=ses)
    yield installation
    installation.close()
