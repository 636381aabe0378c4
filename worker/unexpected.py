"""Exceptions that nothing of this project raises on purpose, counted by place: each is a defect, and pages somebody."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.errors import WorkerError

if TYPE_CHECKING:
    from prometheus_client import Counter

PLACES = ("deliver", "feedback", "http", "intent", "log", "metrics", "receive_signup", "record", "ses", "write_back")
"""Counted from 0, so that Prometheus sees the first error as an increase."""
_COUNTED_ELSEWHERE = ("worker", "uvicorn", "dramatiq.worker.WorkerThread")  # loggers


@dataclass(frozen=True, slots=True)
class UnexpectedErrors:
    """The unexpected errors of this process: how many, and where and how long ago the latest happened."""

    count: int
    latest_place: str
    latest_ago_s: float


class _Memory:
    """The latest unexpected error of this process. Shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._place = ""
        self._at = 0.0

    def add(self, place: str) -> None:
        with self._lock:
            self._count, self._place, self._at = self._count + 1, place, time.monotonic()

    def read(self) -> UnexpectedErrors | None:
        with self._lock:
            if not self._count:
                return None
            return UnexpectedErrors(self._count, self._place, time.monotonic() - self._at)


_memory = _Memory()


@functools.cache
def unexpected_errors() -> Counter:
    """The counter of this process."""
    from prometheus_client import Counter  # noqa: PLC0415 - slow to import, and no command needs it

    counter = Counter("exposure_unexpected_errors", "Unexpected errors, by place.", ["place"], registry=None)
    for place in PLACES:
        counter.labels(place)
    return counter


def unexpected_so_far() -> UnexpectedErrors | None:
    """The unexpected errors since this process started; None where there was none."""
    return _memory.read()


def count_unexpected(place: str, error: BaseException) -> None:
    """Count an error outside the error tree; does nothing for one within it. Never raises."""
    if isinstance(error, WorkerError):
        return
    with contextlib.suppress(Exception):  # no count may stand between SES's answer and its record
        _memory.add(place)
        unexpected_errors().labels(place).inc()


def count_uncaught(*places: str) -> None:
    """Count also what ends a thread, and what a library logs and swallows, and count `places` from 0 too.

    Call it once per process, after the logs are configured and after any fork.
    """
    for place in (*places, "thread"):
        unexpected_errors().labels(place)
    report = threading.excepthook

    def count(args: threading.ExceptHookArgs) -> None:
        if isinstance(args.exc_value, Exception):
            count_unexpected("thread", args.exc_value)
        report(args)

    threading.excepthook = count
    logging.getLogger().addHandler(_Swallowed(logging.ERROR))


class _Swallowed(logging.Handler):
    """Counts the exceptions that a library logs as an error and goes on, under the library's name."""

    def emit(self, record: logging.LogRecord) -> None:
        """Count the record's exception, if it has one that nobody else counts."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not record.name.startswith(_COUNTED_ELSEWHERE) and not _is_of_the_queue(error):
            count_unexpected(record.name.partition(".")[0], error)


def _is_of_the_queue(error: BaseException) -> bool:
    """Whether Redis is away, or a message on the queue is none. By its name: not every process has loaded both."""
    return any(kind.__module__.startswith(("redis.", "dramatiq.")) for kind in type(error).__mro__)
