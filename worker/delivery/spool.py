"""Results that could not be written to the ledger: one durable file each, kept until it answers again."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import structlog

from worker.delivery.disposition import AttemptResult
from worker.delivery.spool_folder import spooled

log = structlog.get_logger(__name__)

_LOST = ".lost"  # suffix of the file of a result whose attempt the ledger does not know


class Spool:
    """A directory of results on this machine. Processes may share it, because recording twice changes nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.refused = 0
        """Results that the disk refused; nothing is left of them but a line of the log."""

    def keep(self, result: AttemptResult) -> None:
        """Write a result durably. Raises OSError where the disk refuses it."""
        try:
            self._write(result)
        except Exception:
            self.refused += 1
            raise

    def _write(self, result: AttemptResult) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        draft = self._path(result.attempt_id).with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(result.to_json(), file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._path(result.attempt_id))
        descriptor = os.open(self._directory, os.O_RDONLY)  # the name is durable only once the directory is
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def waiting(self) -> int:
        """Return how many results are kept."""
        return spooled(self._directory)

    def results(self) -> Iterator[AttemptResult]:
        """Yield the kept results. A file that cannot be read is renamed to `.unreadable`, so that others can be."""
        return self._read("*.json")

    def lost(self) -> Iterator[AttemptResult]:
        """Yield the results that were set aside because the ledger did not know their attempts."""
        return self._read(f"*{_LOST}")

    def set_aside(self, result: AttemptResult) -> None:
        """Keep a result whose attempt the ledger does not know, as proof, apart from those that wait for it."""
        with contextlib.suppress(FileNotFoundError):  # another process has done it
            self._path(result.attempt_id).replace(self._path(result.attempt_id).with_suffix(_LOST))

    def _read(self, names: str) -> Iterator[AttemptResult]:
        for path in sorted(self._directory.glob(names)):
            try:
                yield AttemptResult.from_json(json.loads(path.read_text(encoding="utf-8")))
            except FileNotFoundError:  # another process wrote it back
                continue
            except (ValueError, TypeError, KeyError) as error:
                path.replace(path.with_suffix(".unreadable"))
                log.critical("spooled result unreadable, set aside", file=path.name, error=type(error).__name__)

    def forget(self, result: AttemptResult) -> None:
        """Delete a result that the ledger has now."""
        for path in (self._path(result.attempt_id), self._path(result.attempt_id).with_suffix(_LOST)):
            path.unlink(missing_ok=True)

    def _path(self, attempt_id: str) -> Path:
        return self._directory / f"{attempt_id}.json"
