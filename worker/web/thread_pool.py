"""A bounded pool of threads for blocking work, so that waiting requests are refused before they pile up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import to_thread

from worker.web.problems import unavailable

Result = TypeVar("Result")

LONGEST_WAIT_S = 5.0  # for a thread: a frozen ledger holds them all, and each request must be answered within seconds
WAITING_PER_THREAD = 32  # requests that may wait for one thread; further requests are refused with 503


class ThreadPool:
    """Runs blocking work in at most `threads` threads of its own."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`. Raises Problem 503 if no thread is free soon: then nothing was run."""
        if self._limiter is None:  # a limiter belongs to the event loop in which it is made
            self._limiter = anyio.CapacityLimiter(self._threads)
        if self._limiter.statistics().tasks_waiting >= self._threads * WAITING_PER_THREAD:
            raise unavailable("The server is busy; nothing was recorded.")
        request = object()
        try:
            with anyio.fail_after(LONGEST_WAIT_S):
                await self._limiter.acquire_on_behalf_of(request)
        except TimeoutError:
            raise unavailable("The server is busy; nothing was recorded.") from None
        try:
            return await to_thread.run_sync(work, limiter=anyio.CapacityLimiter(1))
        finally:
            self._limiter.release_on_behalf_of(request)
