"""What one request may cost."""

import asyncio
import threading

import pytest

from worker.web.limits import WAITING_PER_THREAD, BodyLimit, Pool
from worker.web.problems import Problem


async def no_body():
    return {"type": "http.request"}


async def nobody_listens(message):
    raise AssertionError(message)


def test_a_body_is_read_no_further_than_its_limit():
    read, answered = [], []

    async def app(scope, receive, send):
        while True:
            read.append(len((await receive())["body"]))

    async def receive():
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    async def send(message):
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b"", "scheme": "http"}
    asyncio.run(BodyLimit(app, 35)(scope, receive, send))
    assert sum(read) <= 35
    assert answered[0]["status"] == 413


def test_an_error_of_the_application_is_its_own():
    async def app(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(BodyLimit(app, 35)({"type": "http"}, no_body, nobody_listens))


def test_more_work_than_may_wait_is_refused_at_once():
    free = threading.Event()

    async def crowd():
        pool = Pool(1)
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
