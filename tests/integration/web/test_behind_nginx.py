"""`worker serve` behind a real nginx with `deploy/nginx.conf`: every link that a letter or a website may hold."""

import contextlib
import re
import socket

import pytest
import requests
import sqlalchemy as sa
from requests.adapters import HTTPAdapter

from tests.integration.web.conftest import web_services
from tests.parts.nginx import nginx
from tests.parts.waiting import wait_for
from tests.parts.web_server import Site, web_server
from worker.ledger.schema import report, signup, suppression
from worker.ledger.users import UserRole
from worker.operations.reachable_links import check_service

VISITOR, ANOTHER = "127.0.0.2", "127.0.0.3"  # addresses of this machine that are no trusted proxy
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class FromAddress(HTTPAdapter):
    """Connects from an address of this machine."""

    def __init__(self, source):
        self.source = source
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.source, 0), **options)


@pytest.fixture
def proxied(sqlite_ledger_url, redis_url, tmp_path, monkeypatch):
    """A function that serves through nginx, with settings of its own."""
    with contextlib.ExitStack() as stack:

        def start(**settings):
            front = stack.enter_context(nginx())
            for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):  # for the tests, and for `worker doctor`
                monkeypatch.setenv(name, str(front.authority))
            services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SERVICE_URL=front.url, **settings)
            stack.callback(services.core.ledger.close)
            site = stack.enter_context(web_server(services))
            stack.enter_context(front.running(site.url))
            return Site(front.url, services), front

        yield start


@pytest.fixture
def site(proxied):
    return proxied()[0]


def links(site, email="ada@example.com"):
    assert site.sign_up(email).status_code == 202
    with site.services.core.ledger.read() as tx:
        token = tx.execute(sa.select(report.c.link_token).order_by(report.c.id.desc()).limit(1)).scalar_one()
    made = site.services.core.links
    return made.unsubscribe(token), made.report(token)


def count(site, table):
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def get(url, **options):
    return requests.get(url, allow_redirects=False, timeout=30, **options)


def post(url, **options):
    return requests.post(url, allow_redirects=False, timeout=30, **options)


def visit(site, source):
    """A session that connects from `source`."""
    session = requests.Session()
    session.mount("https://", FromAddress(source))
    return session


def test_the_links_of_a_letter_open(site):
    unsubscribe, page = links(site)
    assert get(unsubscribe).status_code == 200
    assert count(site, suppression) == 0
    assert get(page).status_code == 200
    assert post(unsubscribe, data=ONE_CLICK).status_code == 200
    assert count(site, suppression) == 1
    assert post(f"{unsubscribe}/undo").status_code == 200
    assert post(page, data={"role": "nurse"}).status_code == 200
    assert count(site, suppression) == 0


def test_no_link_of_a_letter_is_a_hidden_file(site):
    for number in range(20):
        assert get(links(site, f"reader-{number}@example.com")[0]).status_code == 200


def test_hidden_files_are_refused(site):
    hidden = ["/.env", "/.git/config", "/static/.htpasswd", "/log/.svn"]
    assert [site.get(path).status_code for path in hidden] == [403] * len(hidden)


def test_what_every_page_loads_arrives(site):
    page = site.get("/?role=ml-engineer&campaign=autumn&page=/outlook/ml-engineer")
    assert page.status_code == 200
    parts = set(re.findall(r'(?:src|href)="(/[^"#?]+)', page.text))
    assert "/embed.js" in parts
    for path in [*parts, "/v1/roles?q=ml", "/v1/form-token", "/v1/openapi.json", "/healthz", "/readyz"]:
        assert site.get(path).status_code == 200, path
    assert site.get("/metrics").status_code == 404


def test_the_form_signs_up_with_and_without_a_script(site):
    assert site.browse_up("ada@example.com").status_code == 202
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', site.get("/").text))
    form = {**fields, "email": "bob@example.com", "role": "nurse"}
    sent = site.post("/", data=form, headers={"Origin": site.url})
    assert sent.status_code == 303, sent.text
    assert count(site, signup) == 2


def test_the_log_is_reached_and_its_session_kept(site):
    visitor = site.logged_in(UserRole.OPERATOR)
    assert visitor.get("/log/").status_code == 200
    assert visitor.post("/log/status/pause", page="/log/status", reason="to see").status_code == 303
    assert all(cookie.secure for cookie in visitor.session.cookies)


def test_each_visitor_has_a_limit_of_its_own_and_chooses_no_address(proxied):
    site, _ = proxied(WORKER_SOURCE_LIMIT_PER_HOUR="2")
    assert [sign_up(site, VISITOR, number) for number in range(3)] == [202, 202, 429]
    assert sign_up(site, VISITOR, 3, claimed="203.0.113.7") == 429
    assert sign_up(site, ANOTHER, 4) == 202
    with site.services.core.ledger.read() as tx:
        sources = set(tx.execute(sa.select(signup.c.source_hash)).scalars())
    identity = site.services.core.identity
    assert sources == {identity.source_hash(VISITOR), identity.source_hash(ANOTHER)}


def test_a_proxy_that_is_not_trusted_makes_all_visitors_one(proxied):
    site, _ = proxied(WORKER_SOURCE_LIMIT_PER_HOUR="2", WORKER_TRUSTED_PROXIES="192.0.2.1")
    statuses = [sign_up(site, source, number) for number, source in enumerate((VISITOR, ANOTHER, VISITOR, ANOTHER))]
    assert statuses[2:] == [429, 429]


def sign_up(site, source, number, *, claimed=None):
    """The status of a browser's signup from `source`, which may claim to be another."""
    session = visit(site, source)
    headers = {"Origin": site.url, **({"X-Forwarded-For": claimed} if claimed else {})}
    token = session.get(f"{site.url}/v1/form-token", headers=headers, timeout=30).json()["form_token"]
    form = {"email": f"reader-{number}@example.com", "role": "nurse", "form_token": token, "website": ""}
    return session.post(f"{site.url}/v1/signups", json=form, headers=headers, timeout=30).status_code


def test_a_body_that_is_too_large_is_refused_in_our_words_up_to_what_nginx_passes_on(site):
    refusals = [site.sign_up(source={"page": "x" * size}) for size in [40_000, 300_000] * 5 + [600_000]]
    assert [refusal.status_code for refusal in refusals] == [413] * 11
    kinds = [refusal.headers["content-type"] for refusal in refusals]
    assert kinds == ["application/problem+json"] * 10 + ["text/html"]


def test_errors_come_through_as_they_are(site):
    wrong = site.sign_up("no address")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "email")
    assert site.sign_up(token="a-wrong-token-of-length").status_code == 401
    assert site.get("/report/" + "0" * 22).status_code == 404


def test_without_worker_serve_a_program_learns_to_try_again(site):
    site.services.core.ledger.close()
    with socket.create_server(("127.0.0.1", 0)) as taken, nginx() as front:
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        taken.close()
        with front.running(nowhere):
            answer = post(f"{front.url}/v1/signups", json={}, verify=str(front.authority))
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json()["status"] == 503


def test_without_tls_a_visitor_is_sent_to_where_it_is(proxied):
    site, front = proxied()
    moved = get(f"{front.plain_url}/report/{'0' * 22}")
    assert (moved.status_code, moved.headers["location"]) == (308, f"https://127.0.0.1/report/{'0' * 22}")
    assert site.get("/").headers["strict-transport-security"]


def test_no_log_of_nginx_holds_a_token(proxied):
    site, front = proxied()
    unsubscribe, page = links(site)
    for url in (unsubscribe, page):
        assert get(url).status_code == 200
        assert post(f"{url}/none").status_code == 404
    assert site.get("/healthz").status_code == 200
    wait_for(lambda: "GET /healthz" in front.logs(), "the line, which nginx writes after its answer")
    assert unsubscribe.rpartition("/")[2] not in front.logs()


def test_doctor_finds_the_service_through_it(proxied):
    site, _ = proxied()
    assert [finding.ok for finding in check_service(site.url)] == [True, True]
