"""What every answer carries."""

import asyncio

import pytest
import urllib3

from worker.web.security import SecurityHeaders


@pytest.mark.parametrize(
    "path", ["/", "/received", "/healthz", "/v1/roles", "/nothing", "/unsubscribe/x", "/log/login", "/static/form.js"]
)
def test_every_answer_is_narrow(one_site, path):
    headers = one_site.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_no_page_needs_what_the_policy_forbids(one_site):
    for path in ("/", "/received", "/log/login", "/unsubscribe/x", "/nothing"):
        page = one_site.get(path, headers={"Accept": "text/html"}).text
        assert "<script>" not in page
        assert " style=" not in page
        assert " on" + "click=" not in page


def test_files_outside_the_folder_stay_there(one_site):
    for path in (
        "/static/../form.html",
        "/static/%2e%2e/form.html",
        "/static/..%2fform.html",
        "/log/static/..%2f..%2fbase.py",
    ):
        with urllib3.PoolManager() as pool:
            assert pool.request("GET", one_site.url + path, redirect=False).status in {303, 404}


def test_https_asks_for_https_from_now_on():
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
