"""Logging in, sessions, operators, and the protection of forms."""

import base64
import json

import pytest
import sqlalchemy as sa
from itsdangerous import TimestampSigner

from tests.integration.web.conftest import web_services
from tests.parts.web_server import PASSWORD, web_server
from worker.ledger import users
from worker.ledger.schema import audit, login_refusal, report, suppression
from worker.ledger.users import UserRole
from worker.web.log.sessions import MAX_PER_NAME

PAGES = [
    "/log/",
    "/log/board",
    "/log/status",
    "/log/attention",
    "/log/suppressions",
    "/log/audit",
    "/log/people/" + "a" * 64,
    "/log/unknown/1",
]
OPERATOR_PAGES = ["/log/attention", "/log/suppressions", "/log/audit", "/log/unknown/1"]
OPERATOR_ACTIONS = [
    "/log/status/pause", "/log/status/resume", "/log/attention/replay", "/log/suppressions/add",
    "/log/unknown/1/decide",
]  # fmt: skip
ACTIONS = [*OPERATOR_ACTIONS, "/log/attention/plan", "/log/export", "/log/search", "/log/logout"]


def count(site, table):
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def actions(site):
    """How many actions are on record, besides logins."""
    with site.services.core.ledger.read() as tx:
        query = sa.select(sa.func.count()).select_from(audit).where(audit.c.action != "login")
        return tx.execute(query).scalar_one()


def test_every_page_requires_a_login(one_site):
    for path in PAGES:
        answer = one_site.visitor().get(path)
        assert answer.status_code == 303
        assert "/log/login" in answer.headers["location"]


def test_there_is_no_user_by_default(one_site):
    for name in ("admin", "operator", ""):
        assert one_site.visitor().log_in(name, "admin").status_code == 400


def test_a_user_logs_in_and_out(site):
    visitor = site.logged_in()
    cookie = next(cookie for cookie in visitor.session.cookies if cookie.name == "log_session")
    assert cookie.secure
    assert cookie.has_nonstandard_attr("httponly")
    assert cookie.path == "/log"
    assert visitor.get("/log/").status_code == 200
    assert visitor.post("/log/logout", page="/log/").status_code == 303
    assert visitor.get("/log/").status_code == 303


def test_guessing_from_many_addresses_of_one_home_is_guessing_from_one(one_site):
    one_site.add_user("vera", UserRole.VIEWER)
    visitor = one_site.visitor()
    form = {"page": "/log/login", "username": "vera", "password": "wrong"}
    answers = [
        visitor.post("/log/login", headers={"X-Forwarded-For": f"2001:db8:7:7::{n}"}, **form).text
        for n in range(MAX_PER_NAME + 1)
    ]
    assert ["Too many" in answer for answer in answers] == [False] * MAX_PER_NAME + [True]


def test_wrong_names_and_wrong_passwords_read_alike(one_site):
    one_site.add_user("vera", UserRole.VIEWER)
    answers = [one_site.visitor().log_in("vera", "wrong"), one_site.visitor().log_in("nobody", "wrong")]
    texts = {answer.text.split("csrftoken")[0] for answer in answers}
    assert len(texts) == 1
    assert {answer.status_code for answer in answers} == {400}


def test_guessing_is_limited_even_with_the_right_password_at_last(site):
    site.add_user("vera", UserRole.VIEWER)
    visitor = site.visitor()
    for _ in range(MAX_PER_NAME):
        assert visitor.log_in("vera", "wrong").status_code == 400
    refused = visitor.log_in("vera", PASSWORD)
    assert refused.status_code == 400
    assert "Too many" in refused.text
    assert count(site, login_refusal) == MAX_PER_NAME  # a login refused by the limit writes nothing
    with site.services.core.ledger.write() as tx:
        assert "vera" not in str(tx.execute(sa.select(login_refusal)).all())
        tx.execute(sa.delete(login_refusal))  # as if a quarter of an hour had passed
    assert visitor.log_in("vera", PASSWORD).status_code == 303


def test_after_a_logout_a_copy_of_the_cookie_opens_nothing(site):
    visitor, thief = site.logged_in(), site.visitor()
    thief.session.cookies.update(visitor.session.cookies)
    assert thief.get("/log/").status_code == 200
    visitor.post("/log/logout", page="/log/")
    assert thief.get("/log/").status_code == 303
    assert visitor.log_in("a-viewer", PASSWORD).status_code == 303
    assert (visitor.get("/log/").status_code, thief.get("/log/").status_code) == (200, 303)


def test_a_login_replaces_the_session_from_before(one_site):
    one_site.add_user("vera", UserRole.VIEWER)
    visitor = one_site.visitor()
    visitor.session.cookies.set("log_session", "planted", path="/log", domain="127.0.0.1")
    visitor.log_in("vera", PASSWORD)
    assert "planted" not in {cookie.value for cookie in visitor.session.cookies}


def test_a_form_from_another_sites_page_is_refused_even_with_its_token(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    token = operator.csrf("/log/status")
    for page, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)):
        headers = {"Sec-Fetch-Site": page}
        answer = operator.post("/log/status/pause", csrftoken=token, reason="because", headers=headers)
        assert answer.status_code == status
    assert actions(one_site) == 1


def test_an_older_browser_that_names_only_its_origin_is_checked_too(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    token = operator.csrf("/log/status")
    own = one_site.url
    for origin, status in ((f"{own}.evil.example", 403), ("null", 403), ("https://evil.example", 403), (own, 303)):
        answer = operator.post("/log/status/pause", csrftoken=token, reason="because", headers={"Origin": origin})
        assert answer.status_code == status, origin
    assert actions(one_site) == 1


def test_an_expired_form_gets_a_page_that_says_what_to_do(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    token = operator.csrf("/log/status")
    operator.post("/log/logout", page="/log/")
    assert operator.log_in("a-operator", PASSWORD).status_code == 303
    answer = operator.post("/log/status/pause", csrftoken=token, reason="because")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "This form has expired" in answer.text
    assert "Nothing was changed" in answer.text
    assert actions(one_site) == 0


def test_an_unknown_page_requires_a_login_too(one_site):
    assert "/log/login" in one_site.visitor().get("/log/nothing").headers["location"]
    page = one_site.logged_in().get("/log/nothing")
    assert page.status_code == 404
    assert "Log out" in page.text


def test_a_login_leads_to_the_page_that_was_asked_for(one_site):
    visitor = one_site.visitor()
    one_site.add_user("vera", UserRole.VIEWER)
    login = visitor.get("/log/board?since=2026-01-01").headers["location"]
    answer = visitor.post(login, page=login, username="vera", password=PASSWORD)
    assert answer.headers["location"] == "/log/board?since=2026-01-01"
    assert visitor.get(login).headers["location"] == "/log/board?since=2026-01-01"


def test_private_pages_stay_out_of_every_cache(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    for path in PAGES:
        assert operator.get(path).headers["cache-control"] == "no-store"


def test_a_new_password_or_a_removal_ends_the_session(one_site):
    visitor = one_site.logged_in()
    one_site.add_user("a-viewer", UserRole.VIEWER, "another horse battery")
    assert visitor.get("/log/").status_code == 303
    visitor = one_site.logged_in()
    with one_site.services.core.ledger.write() as tx:
        assert users.remove_user(tx, "a-viewer")
    assert visitor.get("/log/").status_code == 303


def test_a_session_ends_by_itself(one_site):
    settings = one_site.services.core.settings
    visitor = one_site.logged_in()
    cookie = visitor.session.cookies.get("log_session", path="/log")
    opened = json.loads(base64.b64decode(TimestampSigner(settings.secrets.newest).unsign(cookie)))

    def session_opened(seconds_ago):
        session = {**opened, "since": opened["since"] - int(seconds_ago)}
        signed = TimestampSigner(settings.secrets.newest).sign(base64.b64encode(json.dumps(session).encode()))
        visitor.session.cookies.clear()
        visitor.session.cookies.set("log_session", signed.decode(), path="/log", domain="127.0.0.1")
        return visitor.get("/log/").status_code

    lasts = settings.session_hours * 3600
    assert [session_opened(0), session_opened(lasts - 60), session_opened(lasts + 1)] == [200, 200, 303]


def test_a_session_outlives_the_key_that_signed_it(sqlite_ledger_url, redis_url, tmp_path):
    old, new = "o" * 32, "n" * 32
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SECRET_KEY=old)
    with web_server(services) as site:
        visitor = site.logged_in()
        cookie = visitor.session.cookies.get("log_session", path="/log")
    services.core.ledger.close()

    def opened_with(keys):
        services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SECRET_KEY=keys)
        with web_server(services) as site:
            visitor = site.visitor()
            visitor.session.cookies.set("log_session", cookie, path="/log", domain="127.0.0.1")
            status = visitor.get("/log/").status_code
        services.core.ledger.close()
        return status

    assert [opened_with(f"{new},{old}"), opened_with(new)] == [200, 303]


@pytest.mark.parametrize("cookie", ["", "x", "eyJ1c2VyIjoiYS1vcGVyYXRvciJ9.aaaa.bbbb"])
def test_a_forged_session_is_refused(one_site, cookie):
    one_site.add_user("a-operator", UserRole.OPERATOR)
    visitor = one_site.visitor()
    visitor.session.cookies.set("log_session", cookie, path="/log", domain="127.0.0.1")
    assert visitor.get("/log/").status_code == 303


def test_a_viewer_cannot_act_as_an_operator(one_site):
    viewer = one_site.logged_in(UserRole.VIEWER)
    for path in OPERATOR_PAGES:
        assert viewer.get(path).status_code == 403
    for path in OPERATOR_ACTIONS:
        assert viewer.post(path, page="/log/", reason="because", email="a@example.com", report="1").status_code == 403
    assert (actions(one_site), count(one_site, suppression)) == (0, 0)


def test_no_action_without_its_csrf_token(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    stranger = one_site.visitor().csrf("/log/login")
    for path in ACTIONS:
        assert operator.post(path, reason="because").status_code == 403
        assert operator.post(path, csrftoken=stranger, reason="because").status_code == 403
        assert operator.post(path, csrftoken="made-up", reason="because").status_code == 403
    assert actions(one_site) == 0
    assert operator.get("/log/").status_code == 200  # not even logged out


def test_no_get_changes_anything(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    one_site.sign_up()
    for path in ACTIONS:
        assert operator.get(f"{path}?reason=because&report=1&email=ada@example.com").status_code in {404, 405}
    assert actions(one_site) == 0
    with one_site.services.core.ledger.read() as tx:
        assert tx.execute(sa.select(report.c.state)).scalar_one() == "ready"
    assert operator.get("/log/").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil.example",
    ],
)
def test_a_login_redirects_to_no_other_host(one_site, target):
    one_site.add_user("vera", UserRole.VIEWER)
    query = "?next=" + target.replace("\\", "%5C").replace("\t", "%09")
    answer = one_site.visitor().log_in("vera", PASSWORD, query=query)
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_without_a_ledger_the_log_answers_503(one_site):
    visitor = one_site.logged_in()
    with one_site.services.core.ledger.write() as tx:
        tx.execute(sa.text("ALTER TABLE log_user RENAME TO gone"))  # to SQLite an operational error, as a lost file is
    for answer in (visitor.get("/log/"), one_site.visitor().log_in("vera", PASSWORD)):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0


def test_an_oversized_login_is_refused(one_site):
    assert one_site.visitor().post("/log/login", username="x" * 300_000).status_code == 413
