"""The cookie of a session of the send log, signed with keys that may change."""

from __future__ import annotations

from itsdangerous import TimestampSigner
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from worker.signing_keys import SigningKeys


class KeyedSessions(SessionMiddleware):
    """ASGI middleware: starlette's sessions, which know one key only, with an older key's still open."""

    def __init__(self, app: ASGIApp, keys: SigningKeys, *, session_cookie: str, max_age: int, path: str) -> None:
        super().__init__(
            app, keys.newest, session_cookie=session_cookie, max_age=max_age, path=path, same_site="lax",
            https_only=True,  # browsers make an exception for localhost
        )  # fmt: skip
        self.signer = TimestampSigner(keys.oldest_first)
