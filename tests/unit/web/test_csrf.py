"""Tokens that bind a form of the send log to its session."""

import asyncio
import re
import time
from urllib.parse import urlencode

import pytest
import time_machine
from starlette.requests import Request

from worker.signing_keys import SigningKeys
from worker.web.log.csrf import CsrfTokens, FormExpired

MAX_AGE_S = 600
TOKENS = CsrfTokens(SigningKeys(("s" * 32,)), MAX_AGE_S)


def request(session, *, method="POST", **fields):
    async def receive():
        return {"type": "http.request", "body": urlencode(fields).encode()}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    return Request({"type": "http", "method": method, "headers": headers, "session": session}, receive)


def token(session, tokens=TOKENS):
    return re.search(r'value="([^"]+)"', tokens.hidden_input(request(session, method="GET"))).group(1)


def check(session, **fields):
    asyncio.run(TOKENS.check(request(session, **fields)))


def test_a_token_of_this_session_is_good_until_it_is_too_old():
    session: dict[str, str] = {}
    made = token(session)
    check(session, csrftoken=made)
    check(session, csrftoken=token(session))
    with time_machine.travel(time.time() + MAX_AGE_S + 2), pytest.raises(FormExpired):
        check(session, csrftoken=made)


def test_a_token_of_another_session_or_secret_is_refused():
    session: dict[str, str] = {}
    token(session)
    for foreign in (token({}), token(session, CsrfTokens(SigningKeys(("t" * 32,)), MAX_AGE_S)), "made-up", ""):
        with pytest.raises(FormExpired):
            check(session, csrftoken=foreign)
    with pytest.raises(FormExpired):
        check({}, csrftoken=token(session))
    with pytest.raises(FormExpired):
        check(session)


def test_looking_needs_no_token():
    check({}, method="GET")


def test_a_form_opened_under_an_older_key_can_still_be_sent():
    old, both, new = (
        CsrfTokens(SigningKeys(keys), MAX_AGE_S) for keys in (("o" * 32,), ("n" * 32, "o" * 32), ("n" * 32,))
    )
    session: dict[str, str] = {}
    opened = token(session, old)
    asyncio.run(both.check(request(session, csrftoken=opened)))
    asyncio.run(new.check(request(session, csrftoken=token(session, both))))
    with pytest.raises(FormExpired):
        asyncio.run(new.check(request(session, csrftoken=opened)))
