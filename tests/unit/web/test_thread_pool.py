"""The thread pool refuses work that would only wait."""

import asyncio
import threading

import anyio
import pytest

from worker.web import thread_pool
from worker.web.problems import Problem
from worker.web.thread_pool import WAITING_PER_THREAD, ThreadPool


def test_work_beyond_the_waiting_room_is_refused_at_once():
    free = threading.Event()

    async def crowd():
        pool = ThreadPool(1)
        waiting = [asyncio.create_task(pool.run(free.wait)) for _ in range(WAITING_PER_THREAD + 1)]
        while pool._limiter is None or pool._limiter.statistics().tasks_waiting < WAITING_PER_THREAD:  # noqa: ASYNC110 - it offers no event
            await asyncio.sleep(0)
        try:
            with pytest.raises(Problem) as refused:
                await pool.run(lambda: None)
        finally:
            free.set()
        await asyncio.gather(*waiting)
        return refused.value

    problem = asyncio.run(crowd())
    assert problem.status == 503
    assert "Retry-After" in problem.headers


def test_a_request_that_finds_no_free_thread_is_refused_soon(monkeypatch):
    """As while the ledger is frozen and every thread waits for it; afterwards the pool works again."""
    monkeypatch.setattr(thread_pool, "LONGEST_WAIT_S", 0.1)
    frozen = threading.Event()

    async def ask():
        pool = ThreadPool(2)
        async with anyio.create_task_group() as held:
            for _ in range(2):
                held.start_soon(pool.run, lambda: frozen.wait(30))
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Problem) as refused:
                await pool.run(lambda: "run")
            assert refused.value.status == 503
            frozen.set()
        assert await pool.run(lambda: "run") == "run"

    anyio.run(ask)
