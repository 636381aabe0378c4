"""AWS's metadata services of the tests: of an instance (version 2 alone) and of a container, on one port."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ROLE = "/latest/meta-data/iam/security-credentials/"


def _given(key: str) -> dict[str, str]:
    until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": until,
        "AccessKeyId": key, "SecretAccessKey": "no-secret", "Token": "token", "Expiration": until,
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self._answer(200, "a session")

    def do_GET(self) -> None:
        if self.path == "/container":
            allowed = self.headers.get("Authorization") == "a container's token"
            self._answer(200 if allowed else 403, json.dumps(_given("AKIDCONTAINER")))
        elif self.headers.get("x-aws-ec2-metadata-token") != "a session":
            self._answer(401, "")
        elif self.path == _ROLE:
            self._answer(200, "sender")
        else:
            self._answer(200, json.dumps(_given("AKIDINSTANCE")))

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nowhere."""


@contextlib.contextmanager
def credential_server() -> Iterator[str]:
    """The address of a running one, gone at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
