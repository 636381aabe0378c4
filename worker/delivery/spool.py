"""Outcomes that could not be written to the ledger: one durable file each, written back when it answers again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import structlog

from worker.delivery.outcome import AttemptOutcome, record
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)


class Spool:
    """A directory of outcomes on this machine. Safe to share between processes: recording twice changes nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, outcome: AttemptOutcome) -> None:
        """Make `outcome` durable here. Raises OSError where the disk will not have it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        draft = self._directory / f"{outcome.attempt_id}.draft"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(outcome.to_json(), file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(draft.with_suffix(".json"))
        descriptor = os.open(self._directory, os.O_RDONLY)  # the name is durable only once the directory is
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def waiting(self) -> int:
        """How many outcomes wait here."""
        return sum(1 for _ in self._directory.glob("*.json"))

    def write_back(self, ledger: Ledger) -> int:
        """Record every kept outcome and forget it; returns how many. Raises LedgerUnavailable; the rest stay kept."""
        count = 0
        for path in sorted(self._directory.glob("*.json")):
            try:
                outcome = AttemptOutcome.from_json(json.loads(path.read_text(encoding="utf-8")))
            except FileNotFoundError:  # another process wrote it back
                continue
            except (ValueError, TypeError, KeyError) as error:  # a damaged file must not hold up the others
                path.replace(path.with_suffix(".unreadable"))
                log.critical("spooled outcome unreadable, set aside", file=path.name, error=type(error).__name__)
                continue
            with ledger.write() as tx:
                changed = record(tx, outcome)
            path.unlink(missing_ok=True)
            log.info("outcome written back", attempt=outcome.attempt_id, report_id=outcome.report_id, changed=changed)
            count += 1
        return count
