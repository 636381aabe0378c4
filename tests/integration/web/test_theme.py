"""The pages take their look from the theme that the settings name."""

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server

ACORN = """
name = "Acorn Careers"
[mark]
image = "/mark.png"
alt = "Acorn"
width = 120
height = 32
[colours]
brand = "#7a1f3d"
accent = "#2f7d4f"
[links]
privacy = "/privacy"
"""


def test_every_page_has_the_theme(sqlite_ledger_url, redis_url, tmp_path):
    (tmp_path / "theme.toml").write_text(ACORN)
    public = "https://www.acorn.example"
    services = web_services(
        sqlite_ledger_url, redis_url, tmp_path, WORKER_THEME=str(tmp_path), WORKER_PUBLIC_URL=public
    )
    with web_server(services) as site:
        css = site.get("/static/theme.css")
        assert css.headers["content-type"].startswith("text/css")
        assert "--brand: #7a1f3d;" in css.text
        for path in ("/", "/received", "/unsubscribe/" + "t" * 22):
            page = site.get(path)
            assert 'href="/static/theme.css"' in page.text, path
            assert f'<img src="{public}/mark.png" alt="Acorn" width="120" height="32">' in page.text, path
            assert f'<a href="{public}/privacy">Privacy</a>' in page.text, path
            assert f"img-src 'self' data: {public};" in page.headers["content-security-policy"], path
    services.core.ledger.close()


def test_the_built_in_theme_names_itself(one_site):
    assert '<p class="mark">AI Exposure Report</p>' in one_site.get("/").text
    assert "img-src 'self' data:;" in one_site.get("/").headers["content-security-policy"]
