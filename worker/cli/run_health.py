"""The health port of `worker run`: /healthz says whether its worker processes live and take messages from the queue.

It asks neither the ledger nor Redis nor SES: starting this process again would bring none of them back.
`worker status` names those.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from worker.errors import ConfigurationError

Check = Callable[[], str | None]
"""Why this process is not healthy; None where it is."""


@contextlib.contextmanager
def health_shown(listen: str | None, check: Check) -> Iterator[None]:
    """Answer at WORKER_RUN_HEALTH_LISTEN, where that is set. Raises ConfigurationError where it is taken."""
    if listen is None:
        yield
        return
    host, _, port = listen.rpartition(":")
    try:
        server = _Server((host.strip("[]"), int(port)), _handler(check))
    except OSError as error:
        raise ConfigurationError("WORKER_RUN_HEALTH_LISTEN", f"{listen}: {error.strerror}") from None
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def _handler(check: Check) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # seconds for a request, so that no client holds a thread

        def do_GET(self) -> None:
            """Answer /healthz; 404 for all else."""
            if self.path != "/healthz":
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            problem = check()
            body = json.dumps({"status": "ok"} if problem is None else {"status": "wrong", "why": problem}).encode()
            self.send_response(HTTPStatus.OK if problem is None else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Log nothing: a probe comes every few seconds."""

    return Handler
