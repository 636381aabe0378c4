"""Finds commits that the ledger has lost: marks of the second witness whose attempts it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import redis
import structlog

from worker.delivery.witness import Witness
from worker.errors import QueueUnavailable
from worker.ledger import lost_commits
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

OVERLAP_S = 300.0  # looked at again each time: what a failover loses is younger than this


class LostCommits:
    """Looks at all marks first, then at recent marks, and trims those that are old."""

    def __init__(self, ledger: Ledger, witness: Witness) -> None:
        self._ledger = ledger
        self._witness = witness
        self._looked_until = 0.0

    def find(self) -> int:
        """Take up the attempts that the ledger has lost; returns how many.

        Raises QueueUnavailable or LedgerUnavailable: then the next look begins where this one did.
        """
        try:
            found = sum(self._take_up(marks) for marks in self._recent())
            self._witness.trim()
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        return found

    def _recent(self) -> Iterator[Mapping[str, str]]:
        latest = self._looked_until
        for last, marks in self._witness.recent(since=max(0.0, self._looked_until - OVERLAP_S)):
            yield marks
            latest = last
        self._looked_until = latest

    def _take_up(self, marks: Mapping[str, str]) -> int:
        lost = self._witness.unknown_to_ledger(marks)
        for recipient_key, attempt_id in lost.items():
            with self._ledger.write() as tx:
                taken_up = lost_commits.take_up(tx, recipient_key, attempt_id)
            if not taken_up:
                self._witness.keep(recipient_key)
            log.critical("the ledger has lost an attempt", attempt=attempt_id, taken_up=taken_up)
        return len(lost)
