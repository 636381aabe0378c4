"""No request brings more bytes than its endpoint accepts."""

import asyncio

import pytest

from worker.web.body_size import MAX_DISCARDED_BYTES, BodySizeLimit


async def no_body():
    return {"type": "http.request"}


async def nobody_listens(message):
    raise AssertionError(message)


def test_a_body_is_read_no_further_than_its_limit():
    read = []

    async def app(scope, receive, send):
        while True:
            read.append(len((await receive())["body"]))

    assert refused(app, parts=10**9) == 413
    assert sum(read) <= 35


def refused(app, *, parts, announced=None):
    """The status that a body of `parts` times ten bytes gets; `announced` is its Content-Length."""
    left, answered = [parts], []

    async def receive():
        assert left[0], "the body was at its end"
        left[0] -= 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": left[0] > 0}

    async def send(message):
        answered.append((message, left[0]))

    headers = [] if announced is None else [(b"content-length", str(announced).encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"", "scheme": "http"}
    asyncio.run(BodySizeLimit(app, 35)(scope, receive, send))
    [(start, unread), *_] = answered
    small = parts * 10 <= MAX_DISCARDED_BYTES and announced is None
    assert (unread == 0) is small
    return start["status"]


async def reads_all(scope, receive, send):
    while (await receive()).get("more_body"):
        pass


async def refuses_at_once(scope, receive, send):
    await send({"type": "http.response.start", "status": 413, "headers": []})


@pytest.mark.parametrize("app", [reads_all, refuses_at_once])
def test_the_rest_of_a_refused_body_is_read_before_the_answer(app):
    assert refused(app, parts=5) == 413
    assert refused(app, parts=20_000) == 413


def test_what_is_announced_to_be_too_much_is_not_read():
    assert refused(refuses_at_once, parts=5, announced=MAX_DISCARDED_BYTES + 1) == 413


def test_an_error_of_the_application_is_its_own():
    async def app(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(BodySizeLimit(app, 35)({"type": "http"}, no_body, nobody_listens))
