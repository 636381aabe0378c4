"""A dramatiq worker in the test's own process, wholly gone at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import dramatiq

from worker.actors import PeriodicTasks


@contextlib.contextmanager
def running_worker(broker: dramatiq.Broker, *, threads: int) -> Iterator[None]:
    """A running worker. No periodic task of it goes on afterwards, in the middle of the next test."""
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=100)
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        for middleware in broker.middleware:
            if isinstance(middleware, PeriodicTasks):
                middleware.join(but="feedback")  # its long poll lasts 20 s, and touches no Redis
