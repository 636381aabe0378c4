"""Erases one person everywhere: on the queue, in the ledger, in the outbox, and in the files behind them.

`docs/privacy.md` lists every place; a test compares the list with the schema.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from worker.errors import QueueUnavailable
from worker.ledger.erasure import forget_write_ahead
from worker.ledger.store import Ledger
from worker.ledger.tally_folding import fold_all
from worker.mailers.outbox import forget_letters
from worker.privacy import erasure
from worker.privacy.erasure import Erased
from worker.privacy.queued_signups import QueuedSignups, Withdrawn
from worker.privacy.redis_files import RedisFiles

QUEUE_WAIT_S = 10.0  # a signup that a worker has is received within moments, while the ledger answers
REWRITE_WAIT_S = 20.0
_POLL_S = 0.2

TAKEN = "the queue: a signup that a worker is receiving at this moment; run this again when it has been received"
WRITE_AHEAD = "the ledger's write-ahead file, until the reader that keeps it open has ended"
NO_REDIS = "Redis does not answer: the queue and its files hold what was queued until it does"


@dataclass(frozen=True, slots=True)
class ErasedEverywhere:
    """What was erased. `left` names each place that may still hold the person, and until when."""

    ledger: Erased
    queued: int
    letters: int
    left: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anything of this person was there."""
        return self.ledger.known or self.queued > 0

    @property
    def may_leave_until(self) -> datetime | None:
        """Until when SES may accept a letter that was begun; None where none can leave any more."""
        return self.ledger.may_leave_until

    @property
    def confirmed(self) -> bool:
        """Whether no letter can leave any more and no place holds the person."""
        return self.may_leave_until is None and not self.left


class Eraser:
    """Erases people. Shared by the command and the report page."""

    def __init__(
        self, ledger: Ledger, queued: QueuedSignups, files: RedisFiles, outbox_dir: Path,
        *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._queued = queued
        self._files = files
        self._outbox_dir = outbox_dir
        self._clock = clock
        self._sleep = sleep

    def erase(
        self, recipient_key: str, *, addresses: Iterable[str], actor: str, reason: str, wait_s: float = 0.0
    ) -> ErasedEverywhere:
        """Erase one person. Safe to repeat; the repeat shows what is left by now.

        Waits for up to `wait_s` seconds for a send, a receipt and a rewrite under way to end. The queue comes first:
        what a worker receives after that finds the ledger erased. Raises LedgerUnavailable: then the ledger was not
        erased.
        """
        deadline = self._clock() + wait_s
        withdrawn, left = self._withdraw(recipient_key, self._clock() + min(wait_s, QUEUE_WAIT_S))
        erased = erasure.erase(self._ledger, recipient_key, addresses=addresses, actor=actor, reason=reason)
        while erased.may_leave_until is not None and self._clock() < deadline:
            if not erasure.is_sending(self._ledger, recipient_key):
                break
            self._sleep(_POLL_S)
        if erased.may_leave_until is not None:
            erased = erasure.confirm(self._ledger, recipient_key, erased)
        letters = forget_letters(self._outbox_dir, erased.attempts)
        done = ErasedEverywhere(erased, withdrawn, letters, left)
        return replace(done, left=(*left, *self._rewrite(done, min(wait_s, REWRITE_WAIT_S))))

    def _withdraw(self, recipient_key: str, deadline: float) -> tuple[int, tuple[str, ...]]:
        """Withdraw what waits on the queue, and wait for the end of what is being received."""
        count = 0
        try:
            while True:
                found: Withdrawn = self._queued.withdraw(recipient_key)
                count += found.count
                if not found.taken:
                    return count, ()
                if self._clock() >= deadline:
                    return count, (TAKEN,)
                self._sleep(_POLL_S)
        except QueueUnavailable:
            return count, (NO_REDIS,)

    def _rewrite(self, done: ErasedEverywhere, wait_s: float) -> tuple[str, ...]:
        """Have the files behind ledger and queue written anew; returns what may still hold the person."""
        if not done.known:
            return ()
        fold_all(self._ledger)  # what was counted of them is then in no change, and no empty group has their words
        left = () if forget_write_ahead(self._ledger) else (WRITE_AHEAD,)
        return left if NO_REDIS in done.left else (*left, *self._files.rewrite(wait_s=wait_s))
