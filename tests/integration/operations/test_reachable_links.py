"""Doctor opens a reader's link: `worker serve` is told apart from a website, and from nothing at all."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.operations.reachable_links import check_links


def test_worker_serve_is_recognised(sqlite_ledger_url, redis_url, tmp_path):
    with web_server(web_services(sqlite_ledger_url, redis_url, tmp_path)) as site:
        found = check_links(site.url)
        below = check_links(f"{site.url}/elsewhere")
    assert found.ok is True
    assert below.ok is False
    assert "answers 404" in below.text


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_website_without_the_paths_is_wrong(status):
    class Website(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Website) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found = check_links(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    assert found.ok is False
    assert f"answers {status}" in found.text


def test_what_this_machine_cannot_reach_deserves_a_look():
    found = check_links("http://127.0.0.1:1")
    assert found.ok is None
    assert "does not answer" in found.text
