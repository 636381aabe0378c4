"""The headers of every answer."""

import asyncio

import pytest
import requests
import urllib3
from starlette.requests import Request

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.web.security import SecurityHeaders, _without_host


@pytest.mark.parametrize(
    "path", ["/", "/received", "/healthz", "/v1/roles", "/nothing", "/unsubscribe/x", "/log/login", "/static/form.css"]
)
def test_every_answer_has_the_security_headers(one_site, path):
    headers = one_site.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == ("no-referrer" if path.startswith("/unsubscribe/") else "same-origin")
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/report/" + "t" * 22, "/report/x", "/unsubscribe/" + "t" * 22, "/unsubscribe/x"])
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_what_a_link_opens_goes_to_no_cache_no_search_engine_and_no_other_site(one_site, path, method):
    headers = requests.request(method, one_site.url + path, timeout=10).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


def test_no_page_uses_what_the_policy_forbids(one_site):
    for path in ("/", "/received", "/log/login", "/unsubscribe/x", "/report/x", "/nothing"):
        page = one_site.get(path, headers={"Accept": "text/html"}).text
        assert "<script>" not in page
        assert " style=" not in page
        assert " on" + "click=" not in page


def test_files_outside_the_folder_are_not_served(one_site):
    for path in (
        "/static/../form.html",
        "/static/%2e%2e/form.html",
        "/static/..%2fform.html",
        "/log/static/..%2f..%2fbase.py",
    ):
        with urllib3.PoolManager() as pool:
            assert pool.request("GET", one_site.url + path, redirect=False).status in {303, 404}


def test_https_answers_ask_for_https():
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(dict(message["headers"]))

    async def receive():
        return {"type": "http.request"}

    for scheme in ("http", "https"):
        asyncio.run(SecurityHeaders(app)({"type": "http", "scheme": scheme}, receive, send))
    assert [b"strict-transport-security" in headers for headers in sent] == [False, True]


@pytest.mark.parametrize("host", ["evil.example", "exposure.example.com.evil.example", "10.0.0.1", "", "[", "a b"])
def test_another_host_name_gets_nothing(one_site, host):
    for path in ("/", "/v1/roles", "/log/login", "/unsubscribe/x"):
        answer = one_site.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["type"][-12:]) == (421, "unknown-host")
    assert one_site.post("/v1/signups", json={}, headers={"Host": host}).status_code == 421


def test_our_host_names_are_answered_with_any_port(sqlite_ledger_url, redis_url, tmp_path):
    names = {"WORKER_SERVICE_URL": "https://report.example.org", "WORKER_ALLOWED_HOSTS": "serve"}
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, **names)
    with web_server(services) as site:
        for host in (
            "report.example.org", "Report.example.org:1", "exposure.example.com", "serve:80", "localhost:1", "[::1]:80",
        ):  # fmt: skip
            assert site.get("/", headers={"Host": host}).status_code == 200, host
        assert site.get("/", headers={"Host": "report.example.com"}).status_code == 421
    services.core.ledger.close()


def test_probes_and_sns_may_use_any_host_name(one_site):
    for path in ("/healthz", "/readyz", "/metrics", "/v1/events/ses"):
        assert one_site.get(path, headers={"Host": "10.1.2.3:8000"}).status_code in {200, 401, 405}


def test_every_cookie_is_for_https_and_for_us_alone(one_site):
    cookies = [
        value
        for path in ("/", "/log/login", "/log/", "/v1/form-token", "/report/x", "/received", "/v1/roles")
        for value in one_site.get(path).raw.headers.getlist("set-cookie")
    ]
    assert cookies
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax"} <= attributes, cookie


@pytest.mark.parametrize("path", ["/log", "/log/", "/log//evil.example/"])
def test_a_redirect_names_no_host(one_site, path):
    answer = one_site.get(path, headers={"Host": "exposure.example.com"})
    assert answer.headers["location"].startswith("/log/")


def test_a_redirect_to_a_path_of_two_slashes_stays_on_this_host():
    request = Request({"type": "http", "scheme": "https", "path": "/", "headers": [(b"host", b"ours.example")]})
    assert _without_host("https://ours.example//evil.example/", request) == "/evil.example/"
    assert _without_host("https://ours.example/\\evil.example/", request) == "/evil.example/"
    assert _without_host("https://ours.example.evil.example/", request) == "https://ours.example.evil.example/"
    assert _without_host("/received", request) == "/received"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/v1/roles", "/static/form.css"])
def test_head_answers_as_get_without_the_body(one_site, path):
    get, head = one_site.get(path), requests.head(one_site.url + path, timeout=10)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
