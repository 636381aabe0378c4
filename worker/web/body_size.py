"""The size of request bodies: no request brings more bytes than its endpoint accepts, or names two sizes."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.problems import Problem, answer

MAX_DISCARDED_BYTES = 1024 * 1024


class BodySizeLimit:
    """ASGI middleware: no endpoint reads more than `max_bytes` of a body; 413 is answered in its place.

    What is left of a body that was refused is read and discarded first, if it is not much: a client, such as a proxy,
    that still sends when the connection is closed sees a broken connection in place of the answer.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes that the application reads."""
        body, started = _Body(receive), False

        async def counted() -> Message:
            message = await body.receive()
            if body.seen > self._max_bytes:
                raise _too_large(self._max_bytes)
            return message

        async def unless_too_large(message: Message) -> None:
            nonlocal started
            if body.seen <= self._max_bytes or started:
                started = True
                if message.get("status") == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    await body.discard(scope)
                await send(message)

        try:
            await self._app(scope, counted, unless_too_large)
        except Exception:
            if body.seen <= self._max_bytes or started:
                raise
        if body.seen > self._max_bytes and not started:
            await body.discard(scope)
            await answer(Request(scope), _too_large(self._max_bytes))(scope, receive, send)


class OneLength:
    """ASGI middleware: 400 where both Content-Length and Transfer-Encoding say where the body ends.

    A proxy in front of us may have believed the other, and what it took for the body would be our next request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request whose end is ambiguous, and close its connection."""
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope.get("headers", ())}:
            await answer(Request(scope), _TWO_LENGTHS)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _Body:
    """The body of one request, as it comes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._more = True
        self.seen = 0

    async def receive(self) -> Message:
        """The next part, counted."""
        message = await self._receive()
        self._more = bool(message.get("more_body"))
        self.seen += len(message.get("body", b""))
        return message

    async def discard(self, scope: Scope) -> None:
        """Read what is left, unless it is, or is announced to be, more than MAX_DISCARDED_BYTES."""
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > MAX_DISCARDED_BYTES:
            return
        while self._more and self.seen <= MAX_DISCARDED_BYTES:
            await self.receive()


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body, with at most `max_bytes` of it in memory.

    Raises Problem 413 if it is larger, 400 if its Content-Length is not a number.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit():
        raise Problem(400, "http", "Content-Length is not a number.")
    if int(announced) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


def media_type(request: Request) -> str:
    """The request's media type in lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


_TWO_LENGTHS = Problem(
    400, "http", "Content-Length and Transfer-Encoding exclude each other.", headers={"Connection": "close"}
)


def _too_large(max_bytes: int) -> Problem:
    return Problem(413, "too-large", f"The body may have at most {max_bytes} bytes.", headers={"Connection": "close"})
