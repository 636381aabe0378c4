"""Somebody outside who is told how an installation is: an HTTP server that keeps what is posted to it."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 60


@dataclass
class PingServer:
    """`url` is where pings go; `status` is what they are answered. While `answers` is not set none is answered."""

    url: str
    status: int = 200
    answers: threading.Event = field(default_factory=threading.Event)
    pings: queue.Queue[tuple[str, dict[str, Any]]] = field(default_factory=queue.Queue)

    def next(self) -> tuple[str, dict[str, Any]]:
        """Wait for the next ping; its path and what it said."""
        return self.pings.get(timeout=PATIENCE_S)


@contextlib.contextmanager
def ping_server() -> Iterator[PingServer]:
    """Run it on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.pings.put((self.path, json.loads(body)))
            server.answers.wait(PATIENCE_S)
            with contextlib.suppress(OSError):  # the client has given up
                self.send_response(server.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = PingServer(f"http://127.0.0.1:{http.server_port}/ping/abc")
    server.answers.set()
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.answers.set()
        http.shutdown()
        http.server_close()
        thread.join()
