"""Backups of a ledger: made and put back while the ledger is in use by this process alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from tests.parts.postgres_server import PostgresServer
from worker.ledger.store import Ledger


class Backup(Protocol):
    """One backup."""

    def make(self) -> None:
        """Copy the ledger."""

    def restore(self) -> None:
        """Put the copy in its place."""


class SqliteBackup:
    """Copies the file; with every connection closed, it is all there is."""

    def __init__(self, ledger: Ledger, directory: Path) -> None:
        self._ledger, self._copy = ledger, directory / "backup.db"

    def make(self) -> None:
        """See Backup."""
        self._ledger.close()
        shutil.copy(str(self._ledger.engine.url.database), self._copy)

    def restore(self) -> None:
        """See Backup."""
        self._ledger.close()
        shutil.copy(self._copy, str(self._ledger.engine.url.database))


class PostgresBackup:
    """Copies the database."""

    def __init__(self, ledger: Ledger, server: PostgresServer) -> None:
        self._ledger, self._server = ledger, server

    def make(self) -> None:
        """See Backup."""
        self._ledger.close()
        self._copy = self._server.create_database(template=str(self._ledger.engine.url.database))

    def restore(self) -> None:
        """See Backup."""
        self._ledger.close()
        name = str(self._ledger.engine.url.database)
        self._server.drop_database(name)
        self._server.run(f"ALTER DATABASE {self._copy} RENAME TO {name}")
