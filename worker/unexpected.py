"""Exceptions that nothing of this project raises on purpose, counted by place: each is a defect, and pages somebody."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from worker.errors import WorkerError

if TYPE_CHECKING:
    from prometheus_client import Counter


@functools.cache
def unexpected_errors() -> Counter:
    """The counter of this process."""
    from prometheus_client import Counter  # noqa: PLC0415 - slow to import, and no command needs it

    return Counter("exposure_unexpected_errors", "Unexpected errors, by place.", ["place"], registry=None)


def count_unexpected(place: str, error: BaseException) -> None:
    """Count an error outside the error tree; does nothing for one within it. Never raises."""
    if not isinstance(error, WorkerError):
        try:
            unexpected_errors().labels(place).inc()
        except OSError:  # the file of the counters: no count may stand between SES's answer and its record
            return
