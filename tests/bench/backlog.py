"""A dramatiq worker that empties a backlog, for the programs that are measured from within."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq

from tests.bench.child import cpu_s

THREADS = 8  # as many as the worker has


def cpu_of_emptying(worker: dramatiq.Worker, enqueue: Callable[[], None]) -> float:
    """CPU seconds of the messages that `enqueue` puts on the default queue while the worker pauses."""
    worker.pause()
    enqueue()
    before = cpu_s()
    worker.resume()
    worker.broker.join("default")
    worker.join()
    return cpu_s() - before
