"""Doctor opens readers' links: `worker serve` is told apart from a website, a proxy in the way, and nothing at all."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.operations.reachable_links import check_service


@pytest.fixture
def serve(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path)
    with web_server(services) as site:
        yield site
    services.core.ledger.close()


@contextlib.contextmanager
def proxy(answer):
    """A server in front: `answer(method, path)` is its own status, or the URL that it passes the request on to."""

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            decided = answer(self.command, self.path)
            if isinstance(decided, int):
                self.send_response(decided)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                return
            found = requests.request(self.command, decided + self.path, data=body, timeout=30)
            self.send_response(found.status_code)
            self.send_header("Referrer-Policy", found.headers["referrer-policy"])
            self.end_headers()
            self.wfile.write(found.content)

        do_GET = do_POST = pass_on  # noqa: N815 - the names that the standard library calls

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def verdicts(url):
    return [(finding.ok, finding.text) for finding in check_service(url)]


def test_worker_serve_is_recognised(serve):
    assert [ok for ok, _ in verdicts(serve.url)] == [True, True]
    [(ok, text)] = verdicts(f"{serve.url}/elsewhere")
    assert ok is False
    assert "answers 404" in text


@pytest.mark.parametrize("status", [200, 301, 404, 502])
def test_a_website_without_the_paths_is_wrong(status):
    with proxy(lambda *_: status) as url:
        [(ok, text)] = verdicts(url)
    assert ok is False
    assert f"answers {status}" in text


@pytest.mark.parametrize(
    ("refused", "named"),
    [
        (lambda method, path: method == "GET" and "/unsubscribe/" in path, "opening an unsubscribe link"),
        (lambda method, path: method == "POST", "one-click"),
        (lambda method, path: "/report/" in path, "report link"),
    ],
)
@pytest.mark.parametrize("status", [301, 403, 404])
def test_a_proxy_that_refuses_a_link_is_wrong(serve, refused, named, status):
    with proxy(lambda method, path: status if refused(method, path) else serve.url) as url:
        first, (ok, text) = verdicts(url)
    assert first[0] is True
    assert ok is False
    assert named in text
    assert f"with {status}" in text


def test_what_this_machine_cannot_reach_deserves_a_look():
    [(ok, text)] = verdicts("http://127.0.0.1:1")
    assert ok is None
    assert "does not answer" in text


def test_what_does_not_speak_http_deserves_a_look():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak():
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example.com ESMTP\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        [(ok, text)] = verdicts(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert ok is None
    assert "does not answer" in text
