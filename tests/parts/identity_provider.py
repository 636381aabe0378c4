"""An STS of the tests: it gives credentials for a web identity token, or says that the identity provider is away."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_AWAY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>"
    "<Message>Couldn't retrieve verification key from your identity provider</Message></Error></ErrorResponse>"
)
_GIVEN = (
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIDEXAMPLE"
    "</AccessKeyId><SecretAccessKey>no-secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{until}"
    "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)


class IdentityProvider:
    """`away`: no token can be verified. `asked` counts the requests; `lives_s` is how long credentials are good."""

    def __init__(self, lives_s: float) -> None:
        self.lives_s = lives_s
        self.away = False
        self.asked = 0
        self.url = ""

    def answer(self) -> tuple[int, str]:
        """Status and body."""
        self.asked += 1
        until = (datetime.now(UTC) + timedelta(seconds=self.lives_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (400, _AWAY) if self.away else (200, _GIVEN.format(until=until))


@contextlib.contextmanager
def identity_provider(*, lives_s: float = 3600.0) -> Iterator[IdentityProvider]:
    """A running one, gone at the end."""
    provider = IdentityProvider(lives_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = provider.answer()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nowhere."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
