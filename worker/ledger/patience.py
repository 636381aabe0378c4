"""How long one transaction may wait for the database in all, counted on this side.

A server's own time limits cannot fire while it is frozen, or while the network loses every packet.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

COUNTING_S = 60.0  # for counts of whole tables
UPKEEP_S = 600.0  # for retention, exports and restored backups
MIGRATION_S = 6 * 3600.0  # an index over a hundred million rows


class Patience:
    """The time left for waiting. Only time spent waiting for the database counts, not the time between two calls."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left_s = seconds

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time that the block takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.left_s -= time.monotonic() - began


_current: ContextVar[Patience] = ContextVar("patience")


@contextlib.contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Let the transaction in the block wait for the database for `seconds` in all."""
    token = _current.set(Patience(seconds))
    try:
        yield
    finally:
        _current.reset(token)


def current_patience() -> Patience | None:
    """The patience of the transaction under way in this thread; None outside one."""
    return _current.get(None)
