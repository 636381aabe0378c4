"""Periodic tasks: the sweep, retention, the SES account and the feedback queue, each at its own interval."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from worker.errors import WorkerError
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)

AFTER_FAILURE_S = 5.0  # the shortest pause after a run that failed


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A task that runs again and again, `interval_s` seconds after its last run ended.

    Each process runs it; `run` itself finds out, by a lease in the ledger, whether it is this process's turn.
    """

    name: str
    interval_s: float
    run: Callable[[], object]


def run_periodically(task: PeriodicTask, stop: threading.Event, *, after_failure_s: float = AFTER_FAILURE_S) -> None:
    """Run `task` now and then periodically until `stop` is set. No error ends it."""
    while not stop.is_set():
        pause_s = task.interval_s
        try:
            task.run()
        except WorkerError as error:
            pause_s = max(pause_s, after_failure_s)
            log.error("periodic task postponed", name=task.name, error=type(error).__name__, text=str(error))
        except Exception as error:  # a bug in one run must not end all later runs
            count_unexpected(task.name, error)
            pause_s = max(pause_s, after_failure_s)
            log.exception("periodic task failed", name=task.name)
        stop.wait(pause_s)
