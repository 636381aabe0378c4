"""POST /v1/signups from a server: the full outcome, committed before the answer."""

import gzip
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from tests.integration.web.conftest import web_services
from tests.parts.web_server import TOKEN, web_server
from worker.intake.identity import read_address
from worker.ledger import revision
from worker.ledger.schema import report, signup
from worker.privacy.suppression import suppress


def rows(site, table):
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(table).order_by(table.c.id)).all()


def test_a_server_gets_the_full_outcome(site):
    first = site.sign_up("ada@example.com")
    again = site.sign_up("Ada@Example.com")
    assert (first.status_code, again.status_code) == (202, 202)
    [owed] = rows(site, report)
    assert first.json() == {"outcome": "admitted", "reason": None, "signup": 1, "report": owed.id}
    assert again.json() == {"outcome": "duplicate", "reason": "report_exists", "signup": 2, "report": owed.id}
    assert [row.channel for row in rows(site, signup)] == ["server", "server"]


def test_a_suppressed_person_and_an_unknown_role_have_outcomes_of_their_own(site):
    key = site.services.core.identity.recipient_key(read_address("ada@example.com"))
    with site.services.core.ledger.write() as tx:
        suppress(tx, key, reason="unsubscribed", actor="reader")
    assert site.sign_up("ada@example.com").json()["outcome"] == "suppressed"
    wish = site.sign_up("bob@example.com", role="Dragon Tamer").json()
    assert wish == {"outcome": "unknown_role", "reason": "no_such_role", "signup": 2, "kept_days": 90}


def test_the_same_signup_gets_the_same_answer_and_another_under_its_id_a_conflict(site):
    first = site.sign_up(signup_id="order-1")
    again = site.sign_up(signup_id="order-1")
    other = site.sign_up("else@example.com", signup_id="order-1")
    assert again.json() == first.json()
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert len(rows(site, report)) == 1


def test_twenty_at_once_for_one_person_owe_one_report(site):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: site.sign_up("ada@example.com"), range(20)))
    assert [answer.status_code for answer in answers] == [202] * 20
    assert sorted(answer.json()["outcome"] for answer in answers) == ["admitted"] + ["duplicate"] * 19
    assert len(rows(site, report)) == 1
    assert len(rows(site, signup)) == 20


@pytest.mark.parametrize("token", ["", "wrong-token-of-length", TOKEN[:-1], TOKEN + "x"])
def test_a_wrong_token_admits_no_signup(one_site, token):
    answer = one_site.sign_up(token=token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert rows(one_site, signup) == []


def test_without_token_and_origin_a_token_is_required(one_site):
    answer = one_site.post("/v1/signups", json={"email": "ada@example.com"})
    assert answer.status_code == 401
    assert answer.json()["type"].endswith(":token-required")


def test_a_broken_signup_names_its_fields_and_is_recorded(site):
    answer = site.sign_up("not-an-address", role="", colour="blue")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"email", "role", "colour"}
    [kept] = rows(site, signup)
    assert (kept.outcome, kept.reason) == ("invalid", "invalid_payload")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b"\xff\xfe", 422),
        (b"[" * 20_000, 422),
        (b'{"version": 1e999}', 422),
        (b'{"email": "\\ud800@example.com", "role": "a\\u0000b"}', 422),
        (b" " * 40_000, 413),
    ],
)
def test_a_malformed_or_oversized_body_is_refused(site, body, status):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    answer = site.post("/v1/signups", data=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert rows(site, report) == []


def test_a_body_without_length_is_cut_off_at_the_limit(one_site):
    def endless():
        for _ in range(200):
            yield b" " * 1024

    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    assert one_site.post("/v1/signups", data=endless(), headers=headers).status_code == 413


def test_an_announced_oversize_is_refused_before_the_body_is_read(one_site):
    host, port = urlsplit(one_site.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"POST /v1/signups HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n".encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 413")  # and not one byte of the body was sent


def test_a_compressed_body_is_refused_by_name(one_site):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = one_site.post("/v1/signups", data=gzip.compress(b"{}"), headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")


@pytest.mark.parametrize("path", ["/v1/signups", "/log/login", "/unsubscribe/x"])
def test_a_client_that_disconnects_half_way_is_no_server_error(one_site, path, caplog):
    host, port = urlsplit(one_site.url).netloc.split(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        kind = "application/json" if path.startswith("/v1") else "application/x-www-form-urlencoded"
        connection.sendall(f"{head}Content-Type: {kind}\r\nContent-Length: 100\r\n\r\n{{".encode())
    assert one_site.sign_up().status_code == 202
    time.sleep(0.2)  # the other request has ended by now
    assert "500" not in one_site.metrics().text.split("exposure_http_requests_total{", 1)[1].split("# HELP")[0]
    assert "Exception" not in caplog.text


def test_other_media_types_are_refused(one_site):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/xml"}
    assert one_site.post("/v1/signups", data=b"<a/>", headers=headers).status_code == 415


def test_a_server_is_delayed_at_a_limit_and_never_refused(sqlite_ledger_url, redis_url, tmp_path):
    more = {"WORKER_SOURCE_LIMIT_PER_HOUR": "1", "WORKER_DOMAIN_LIMIT_PER_HOUR": "2"}
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, **more)
    with web_server(services) as site:
        answers = [site.sign_up(f"p{n}@example.com", source={"ip": "203.0.113.7"}) for n in range(3)]
        assert [answer.json()["outcome"] for answer in answers] == ["admitted"] * 3
        with services.core.ledger.read() as tx:
            due = tx.execute(sa.select(report.c.not_before, report.c.created_at).order_by(report.c.id)).all()
            details = tx.execute(sa.select(signup.c.detail).order_by(signup.c.id)).scalars().all()
    assert details[2] == {"token": "unnamed-2", "delayed_by": "domain", "delayed_s": 1800, "count": 2, "limit": 2}
    assert details[:2] == [{"token": "unnamed-2"}] * 2
    assert [round((row.not_before - row.created_at).total_seconds(), -1) for row in due] == [0, 0, 1800]
    services.core.ledger.close()


@pytest.mark.parametrize(
    ("tokens", "name"),
    [
        (f"shop={TOKEN}", "shop"),
        (f"old=another-token-of-length, shop={TOKEN}@2099-01-31", "shop"),
        (TOKEN, "unnamed-1"),
    ],
)
def test_the_name_of_the_token_is_recorded(sqlite_ledger_url, redis_url, tmp_path, tokens, name):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_API_TOKENS=tokens)
    with web_server(services) as site:
        assert site.sign_up().status_code == 202
        assert site.sign_up("broken").status_code == 422
        with services.core.ledger.read() as tx:
            assert {detail["token"] for detail in tx.execute(sa.select(signup.c.detail)).scalars()} == {name}
    services.core.ledger.close()


def test_a_token_is_refused_after_its_last_day(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_API_TOKENS=f"shop={TOKEN}@2026-01-31")
    with web_server(services) as site:
        assert site.sign_up().status_code == 401
    services.core.ledger.close()


def test_without_a_ledger_nothing_is_promised(redis_url, tmp_path):
    missing = "postgresql://nobody@/none?host=/nonexistent"
    services = web_services(missing, redis_url, tmp_path)
    with web_server(services) as site:
        refused, page = site.sign_up(), site.browse_up()
        ready = site.get("/readyz")
        alive = site.get("/healthz")
    assert (refused.status_code, page.status_code, ready.status_code, alive.status_code) == (503, 503, 503, 200)
    assert int(refused.headers["retry-after"]) > 0
    assert ready.json()["checks"]["ledger"] == "takes no writes"
    services.core.ledger.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE alembic_version SET version_num = 'of a newer version'", 200),
        ("DELETE FROM alembic_version", 503),
    ],
    ids=["newer", "none"],
)
def test_ready_while_the_ledger_has_what_this_version_needs(one_site, change, status):
    """A migration only adds: the old version stays ready while a newer one takes over."""
    with one_site.services.core.ledger.write() as tx:
        tx.exec_driver_sql(change)
    assert one_site.get("/readyz").status_code == status


def test_not_ready_on_a_ledger_that_is_not_migrated_to_this_version(one_site, monkeypatch):
    monkeypatch.setattr(revision, "known_revisions", lambda: ("0001", "0002"))
    assert one_site.get("/readyz").status_code == 503


def test_an_answer_never_repeats_the_address(one_site):
    for answer in (one_site.sign_up("secret@person.example"), one_site.sign_up("secret@@person.example")):
        assert "secret" not in json.dumps(answer.json())


def test_errors_of_the_framework_are_problems_too(one_site):
    missing, method = one_site.get("/v1/nothing"), one_site.get("/v1/signups")
    assert (missing.status_code, method.status_code) == (404, 405)
    assert "POST" in method.headers["allow"]
    for answer in (missing, method):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
