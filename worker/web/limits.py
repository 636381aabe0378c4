"""What one request may cost: bytes of body, and a place among the threads that talk to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.problems import Problem, answer, unavailable

Result = TypeVar("Result")

WAITING_PER_THREAD = 32  # requests that may wait for one thread; more are told to come back


class Pool:
    """Runs blocking work in at most `threads` threads; refuses what would only wait."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """The work's result. Raises Problem 503 where too many wait already."""
        if self._limiter is None:  # made in the event loop it belongs to
            self._limiter = anyio.CapacityLimiter(self._threads)
        if self._limiter.statistics().tasks_waiting >= self._threads * WAITING_PER_THREAD:
            raise unavailable("Too many requests are waiting; nothing was recorded.")
        return await to_thread.run_sync(work, limiter=self._limiter)


class BodyLimit:
    """ASGI middleware: no request, whoever reads it, brings more than `limit` bytes of body."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what the application reads, and answer 413 in its place where it is too much."""
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise _too_large(self._limit)
            return message

        async def unless_too_large(message: Message) -> None:
            nonlocal started
            if seen <= self._limit or started:
                started = True
                await send(message)

        try:
            await self._app(scope, counted, unless_too_large)
        except Exception:
            if seen <= self._limit or started:
                raise
        if seen > self._limit and not started:
            await answer(Request(scope), _too_large(self._limit))(scope, receive, send)


async def read_body(request: Request, limit: int) -> bytes:
    """The body, never more than `limit` bytes of it in memory. Raises Problem 413 (or 400 for a false length)."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit():
        raise Problem(400, "http", "Content-Length is not a number.")
    if int(announced) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def media_type(request: Request) -> str:
    """The request's media type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"The body may have at most {limit} bytes.", headers={"Connection": "close"})
