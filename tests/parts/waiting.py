"""Waiting for a condition, never for a guessed time."""

from __future__ import annotations

import time
from collections.abc import Callable

TIMEOUT_S = 60.0


def wait_for(
    condition: Callable[[], bool], what: str, *, timeout_s: float = TIMEOUT_S, describe: Callable[[], str] = str
) -> None:
    """Wait until `condition` holds; fails with `what` and `describe()` where it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"timed out: {what}\n{describe()}"
        time.sleep(0.05)
