"""A website of somebody else: pages of its own on an origin of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ForeignSite(ThreadingHTTPServer):
    """Serves the pages that a test has put up; any other path is answered with 404."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}

    @property
    def origin(self) -> str:
        """What its pages send as Origin."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, path: str, body: str, *, head: str = "", **headers: str) -> str:
        """Put up a page with a heading and a body; returns its URL. `headers` have `_` for `-`."""
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Will AI replace you?</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
            f"<body><main><h1>Will AI replace you?</h1>{body}</main></body></html>"
        )
        self.pages[path] = html, {name.replace("_", "-"): value for name, value in headers.items()}
        return self.origin + path


class _Pages(BaseHTTPRequestHandler):
    server: ForeignSite

    def do_GET(self) -> None:
        body, headers = self.server.pages.get(self.path.partition("?")[0], ("", {}))
        self.send_response(200 if body else 204 if self.path == "/favicon.ico" else 404)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def foreign_site() -> Iterator[ForeignSite]:
    """The website, until the block ends."""
    site = ForeignSite()
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        thread.join()
        site.server_close()
