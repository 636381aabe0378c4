"""/embed.js: what a website loads, under which names, and for how long."""

import base64
import hashlib
import re

import pytest

from tests.integration.web.conftest import ORIGIN, web_services
from tests.parts.web_server import web_server
from worker.web import embedded_script
from worker.web.embedded_script import current_script
from worker.web.templates import open_templates


def test_the_newest_script_is_kept_for_minutes_and_a_named_one_for_ever(one_site):
    newest, version = one_site.get("/embed.js"), one_site.get("/embed/v1.js")
    named = one_site.get(f"/embed/{current_script(open_templates()).name}")
    assert newest.content == version.content == named.content
    assert newest.headers["content-type"].startswith("text/javascript")
    assert newest.headers["cache-control"] == version.headers["cache-control"] == "public, max-age=300"
    assert named.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert one_site.get("/embed.js", headers={"If-None-Match": newest.headers["etag"]}).status_code == 304
    assert one_site.get("/embed/v1-0123456789abcdef.js").status_code == 404


def test_pages_of_allowed_origins_may_check_its_bytes_and_read_the_settings(one_site):
    for path in ("/embed.js", "/v1/form", "/v1/form-token", "/v1/roles"):
        headers = one_site.get(path, headers={"Origin": ORIGIN}).headers
        assert headers["access-control-allow-origin"] == ORIGIN
        assert (
            "access-control-allow-origin" not in one_site.get(path, headers={"Origin": "https://evil.example"}).headers
        )
    for path in ("/embed.js", "/v1/form", "/v1/roles"):
        assert "Origin" in one_site.get(path).headers["vary"], "a browser keeps our own page's answer apart"
    assert one_site.get("/embed.js").headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_page_to_copy_from_names_this_service_and_the_hash_of_what_it_serves(
    sqlite_ledger_url, redis_url, tmp_path
):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SERVICE_URL="https://worker.example.org")
    with web_server(services) as site:
        page = site.get("/embed").text
        named = re.search(r'src="https://worker\.example\.org(/embed/v1-\w+\.js)"\s+integrity="([^"]+)"', page)
        digest = hashlib.sha384(site.get(named[1]).content).digest()
    services.core.ledger.close()
    assert named[2] == f"sha384-{base64.b64encode(digest).decode()}"
    assert '<script src="https://worker.example.org/embed.js" async>' in page.replace("&lt;", "<").replace("&gt;", ">")


def test_a_theme_changes_the_settings_and_not_the_script(sqlite_ledger_url, redis_url, tmp_path):
    (tmp_path / "theme.toml").write_text(
        'name = "Acorn"\n[colours]\nbrand = "#7a1f3d"\naccent = "#2f7d4f"\n'
        '[links]\nprivacy = "/privacy"\ncontact = "mailto:help@acorn.example"\n'
    )
    theme = {"WORKER_THEME": str(tmp_path), "WORKER_FROM": "Acorn <acorn@example.com>", "WORKER_RETENTION_DAYS": "30"}
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, **theme)
    with web_server(services) as site:
        settings, script = site.get("/v1/form").json(), site.get("/embed.js").content
    services.core.ledger.close()
    assert script == current_script(open_templates()).body
    assert "--brand: var(--ai-exposure-brand, light-dark(#7a1f3d," in settings.pop("style")
    assert settings == {
        "sender": "Acorn", "days": 30, "privacy": "https://exposure.example.com/privacy",
        "contact": "mailto:help@acorn.example",
    }  # fmt: skip


def test_the_scripts_of_earlier_releases_are_still_served(sqlite_ledger_url, redis_url, tmp_path, monkeypatch):
    body = b"/* an earlier release */"
    name = f"v1-{hashlib.sha256(body).hexdigest()[:16]}.js"
    (tmp_path / name).write_bytes(body)
    monkeypatch.setattr(embedded_script, "earlier_scripts_dir", lambda: tmp_path)
    services = web_services(sqlite_ledger_url, redis_url, tmp_path)
    with web_server(services) as site:
        assert site.get(f"/embed/{name}").content == body
    services.core.ledger.close()


@pytest.mark.parametrize("path", ["/embed", "/embed.js"])
def test_a_browser_needs_no_rights_that_the_policy_withholds(one_site, path):
    headers = one_site.get(path).headers
    assert "unsafe" not in headers["content-security-policy"]
