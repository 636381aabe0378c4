"""Control characters in any field of any form or query string: PostgreSQL refuses a NUL, so none reaches a ledger."""

import ast
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.parts.web_server import METRICS_TOKEN
from worker.ledger.users import UserRole

HOSTILE = ["\0", "a\0b", "\x01\x7f", "\r\nSet-Cookie: x=y", "\u202eevil", "\ufffe", "%00", "\ud83d"]
PAGES = ["/log/", "/log/board", "/log/refusals", "/log/people/{}", "/log/unknown/{}", "/log/{}", "/", "/v1/roles"]
PAGES += ["/report/{}", "/unsubscribe/{}", "/log/login"]
FIELDS = ["role", "campaign", "page", "state", "outcome", "feedback", "since", "until", "person", "before", "q", "next"]
FORMS = {
    "/log/search": ("email",),
    "/log/export": ("role", "campaign", "state", "since", "unmask"),
    "/log/status/pause": ("reason",),
    "/log/status/resume": ("reason",),
    "/log/suppressions/add": ("email", "reason"),
    "/log/attention/plan": ("report",),
    "/log/attention/replay": ("report", "reason"),
    "/log/refusals/readmit": ("signup", "reason"),
    "/log/unknown/1/decide": ("decision", "reason"),
}


def encoded(text):
    return quote(text, errors="surrogatepass")


def test_a_login_with_a_nul_is_a_wrong_login(site):
    visitor = site.visitor()
    token = visitor.csrf("/log/login")
    for name, value in [("username", "a\0b"), ("password", "\0"), ("csrftoken", "\0"), ("a\0b", "c")]:
        fields = {"csrftoken": token, "username": "vera", "password": "wrong", name: value}
        answer = visitor.post("/log/login", **fields)
        assert answer.status_code in {400, 403}, name


def test_no_query_breaks_a_page(site):
    operator = site.logged_in(UserRole.OPERATOR)
    for page in PAGES:
        for text in HOSTILE:
            path = page.format(encoded(text).replace("/", "%2F"))
            fields = "&".join(f"{name}={encoded(text)}" for name in FIELDS)
            answer = operator.get(f"{path}?{fields}")
            assert answer.status_code < 500, (path, text)


@pytest.mark.parametrize("path", FORMS)
def test_no_field_breaks_a_form(site, path):
    operator = site.logged_in(UserRole.OPERATOR)
    token = operator.csrf("/log/status")
    for text in HOSTILE[:-1]:
        fields = {**dict.fromkeys(FORMS[path], text), "a\0b": text}
        assert operator.post(path, csrftoken=token, **fields).status_code < 500, text


def test_the_actions_keep_a_clean_reason(site):
    operator = site.logged_in(UserRole.OPERATOR)
    operator.post("/log/status/pause", page="/log/status", reason="too\0many\x1b[31m")
    page = operator.get("/log/audit").text
    assert "too many [31m" in page
    assert "exposure_reports" in site.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text


def test_no_other_module_reads_forms_and_query_strings():
    for path in Path("worker/web").rglob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert not names & {"query_params", "form", "query"} or path.name in {"posted_form.py", "login.py"}, path
