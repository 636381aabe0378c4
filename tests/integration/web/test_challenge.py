"""WORKER_CHALLENGE_URL: a service at the other end of a real connection says whether a visitor's answer is right."""

import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.ledger.schema import signup
from worker.web.challenge import Challenge


class Service(ThreadingHTTPServer):
    """Answers as the test has set, and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.answer = b'{"success": true}'
        self.delay_s = 0

    def handle_error(self, request, client_address):
        """A client that has stopped waiting is no error."""


class Answer(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append({name: values[0] for name, values in parse_qs(asked).items()})
        time.sleep(self.server.delay_s)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    server = Service()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def challenge(service):
    return Challenge(f"http://127.0.0.1:{service.server_port}/verify", "s3cret", timeout_s=0.5)


@pytest.mark.parametrize("field", ["challenge", "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response"])
def test_the_service_is_asked_with_answer_address_and_secret(challenge, service, field):
    assert challenge.passed({field: "an answer", "email": "ada@example.com"}, "203.0.113.7") is True
    assert service.asked == [{"response": "an answer", "remoteip": "203.0.113.7", "secret": "s3cret"}]


def test_a_wrong_answer_is_refused_and_none_is_not_asked_about(challenge, service):
    service.answer = b'{"success": false}'
    assert challenge.passed({"challenge": "wrong"}, None) is False
    assert service.asked == [{"response": "wrong", "secret": "s3cret"}]
    assert [challenge.passed(form, None) for form in ({}, {"challenge": ""}, {"challenge": "x" * 5000})] == [False] * 3
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("status", "answer", "delay_s"),
    [
        (500, b"{}", 0),
        (200, b"<html>", 0),
        (200, b"[]", 0),
        (200, b'{"success": "yes"}', 0),
        (302, b"", 0),
        (200, b"{}", 1),
    ],
)
def test_a_service_without_a_verdict_refuses_nobody(challenge, service, status, answer, delay_s):
    service.status, service.answer, service.delay_s = status, answer, delay_s
    assert challenge.passed({"challenge": "answer"}, None) is None


def test_a_service_that_is_away_refuses_nobody():
    assert Challenge("http://127.0.0.1:1/", None, timeout_s=0.5).passed({"challenge": "answer"}, None) is None


def test_signups_of_browsers_need_the_answer(sqlite_ledger_url, redis_url, tmp_path, service):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path)
    here = replace(services.core.settings, challenge_url=f"http://127.0.0.1:{service.server_port}/")
    services = replace(services, core=replace(services.core, settings=here))
    with web_server(services) as site:
        without = site.browse_up()
        assert (without.status_code, without.json()["type"].rpartition(":")[2]) == (422, "challenge")
        assert site.browse_up(challenge="right").status_code == 202
        service.status = 503
        assert site.browse_up("bob@example.com", challenge="right").status_code == 202
        assert site.sign_up("server@example.com").status_code == 202
        with services.core.ledger.read() as tx:
            noted = tx.execute(sa.select(signup.c.detail).order_by(signup.c.id)).scalars().all()
    assert [detail.get("checks_skipped") for detail in noted] == [None, ["challenge"], None]
    services.core.ledger.close()
