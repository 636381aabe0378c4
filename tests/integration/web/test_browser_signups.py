"""POST /v1/signups from a browser, and the form without a script: the answer does not reveal who signed up."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
import sqlalchemy as sa

from tests.integration.web.conftest import ORIGIN, web_services
from tests.parts.web_server import web_server
from worker.errors import LedgerUnavailable
from worker.intake.identity import read_address
from worker.ledger.schema import report, signup
from worker.privacy.suppression import suppress
from worker.web.browser import browser_signup
from worker.web.form_words import WORDS
from worker.web.visitor_words import DISPOSABLE


def rows(site, table):
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(table).order_by(table.c.id)).all()


def visible(answer):
    return answer.status_code, answer.content, {name for name in answer.headers if name.lower() != "date"}


def test_new_duplicate_and_suppressed_people_get_the_same_answer(site):
    gone = site.services.core.identity.recipient_key(read_address("gone@example.com"))
    with site.services.core.ledger.write() as tx:
        suppress(tx, gone, reason="unsubscribed", actor="reader")
    answers = [
        site.browse_up("ada@example.com"), site.browse_up("ada@example.com"), site.browse_up("gone@example.com"),
    ]  # fmt: skip
    assert [row.outcome for row in rows(site, signup)] == ["admitted", "duplicate", "suppressed"]
    assert {row.channel for row in rows(site, signup)} == {"browser"}
    assert len({str(visible(answer)) for answer in answers}) == 1
    assert answers[0].status_code == 202
    assert answers[0].json() == {"status": "received", "role_known": True, "title": "ML Engineer"}


def test_an_unknown_role_is_said_to_everybody_alike(site):
    gone = site.services.core.identity.recipient_key(read_address("gone@example.com"))
    with site.services.core.ledger.write() as tx:
        suppress(tx, gone, reason="unsubscribed", actor="reader")
    site.browse_up("ada@example.com")
    answers = [site.browse_up(f"{name}@example.com", role="Dragon Tamer") for name in ("ada", "gone", "bob")]
    assert [row.outcome for row in rows(site, signup)][1:] == ["duplicate", "suppressed", "unknown_role"]
    assert len({str(visible(answer)) for answer in answers}) == 1
    assert answers[0].json() == {"status": "received", "role_known": False, "title": None}


def test_tasks_that_we_can_place_make_up_for_an_unknown_role(one_site):
    tasks = [{"task": "write-production-code", "share": 90}, {"task": "Feeding the office cat", "share": 10}]
    answer = one_site.browse_up(role="Dragon Tamer", profile={"tasks": tasks}).json()
    assert answer == {"status": "received", "role_known": True, "title": None}
    assert rows(one_site, signup)[0].outcome == "admitted"


def test_at_a_reached_limit_known_people_are_refused_like_new_ones(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SOURCE_LIMIT_PER_HOUR="1")
    with web_server(services) as site:
        assert site.browse_up("ada@example.com").status_code == 202
        known, new = site.browse_up("ada@example.com"), site.browse_up("bob@example.com")
    assert visible(known) == visible(new)
    assert known.status_code == 429
    assert "we have kept this one and will write if we can within 90 days" in known.json()["detail"]
    services.core.ledger.close()


def test_the_page_after_the_form_says_how_long_a_request_is_kept(one_site):
    assert "We keep your request for <b>90</b> days" in one_site.get("/received?unknown=1").text


def test_the_limit_of_a_mailbox_is_not_visible(one_site):
    answers = [one_site.browse_up(f"ada+{n}@corp.example") for n in range(5)]
    assert len({str(visible(answer)) for answer in answers}) == 1
    assert [(row.outcome, row.reason) for row in rows(one_site, signup)] == [
        *[("admitted", None)] * 3,
        *[("rate_limited", "mailbox_limit")] * 2,
    ]


def test_the_browser_does_not_choose_its_own_source(one_site):
    one_site.browse_up(source={"page": "/outlook/ml-engineer", "ip": "203.0.113.7"})
    [kept] = rows(one_site, signup)
    assert kept.source_hash == one_site.services.core.identity.source_hash("127.0.0.1")
    assert kept.source_page == "/outlook/ml-engineer"


@pytest.mark.parametrize("source", ["x", [1], 7, True, {"ip": None}, {"ip": "203.0.113.7"}, {"page": {}}, {"": 0}])
def test_nothing_in_a_form_hides_its_source_from_the_limit(one_site, source):
    one_site.browse_up(source=source)
    [kept] = rows(one_site, signup)
    assert kept.outcome == "admitted"
    assert kept.source_hash == one_site.services.core.identity.source_hash("127.0.0.1")


def test_only_allowed_pages_may_post(one_site):
    assert one_site.browse_up(origin=ORIGIN).status_code == 202
    for origin in ("https://evil.example", "null", ORIGIN + ".evil.example", ORIGIN.replace("https", "http")):
        assert one_site.browse_up(origin=origin).status_code == 403
    assert len(rows(one_site, signup)) == 1


def test_cors_is_open_to_allowed_pages_alone(one_site):
    def preflight(origin):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        headers["Access-Control-Request-Headers"] = "content-type"
        return requests.options(one_site.url + "/v1/signups", headers=headers, timeout=10).headers

    assert preflight(ORIGIN)["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in preflight("https://evil.example")
    assert "access-control-allow-credentials" not in preflight(ORIGIN)


def test_the_honeypot_and_a_missing_token_are_refused_before_anything_is_recorded(one_site):
    assert one_site.browse_up(website="https://spam.example").status_code == 422
    assert one_site.browse_up(form_token="made-up").status_code == 422
    assert one_site.browse_up(form_token=None).status_code == 422
    assert rows(one_site, signup) == []


def kind_of(answer):
    return answer.json()["type"].rpartition(":")[2]


def test_a_second_click_is_the_same_signup_and_another_one_needs_another_token(one_site):
    token = one_site.get("/v1/form-token").json()["form_token"]
    for _ in range(2):
        assert one_site.browse_up("ada@example.org", form_token=token).status_code == 202
    other = one_site.browse_up("ada@example.com", form_token=token)
    assert (other.status_code, kind_of(other)) == (422, "form-token")
    assert len(rows(one_site, signup)) == 1


def test_an_invalid_form_may_be_corrected_with_the_token_it_has(one_site):
    token = one_site.get("/v1/form-token").json()["form_token"]
    refused = one_site.browse_up("ada", form_token=token)
    assert refused.json()["errors"][0] | {"problem": ""} == {"field": "email", "label": "Email", "problem": ""}
    assert one_site.browse_up("ada@example.com", form_token=token).status_code == 202


def test_a_flood_leaves_no_more_tokens_in_redis_than_its_limits_allow(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SOURCE_LIMIT_PER_HOUR="2")
    with web_server(services) as site, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: site.browse_up(f"p{n}@example.com").status_code, range(30)))
    assert sorted(answers) == [202] * 2 + [429] * 28
    assert len(services.core.redis.keys("form-token:*")) == 2
    assert len(rows(site, signup)) == 2 + 20
    services.core.ledger.close()


def test_a_token_is_bound_to_the_network_it_was_given_to(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_TRUSTED_PROXIES="127.0.0.1")
    with web_server(services) as site:

        def token_for(ip):
            return site.get("/v1/form-token", headers={"X-Forwarded-For": ip}).json()["form_token"]

        def sent(ip, token, email):
            form = {"email": email, "role": "nurse", "form_token": token}
            return site.post("/v1/signups", json=form, headers={"Origin": site.url, "X-Forwarded-For": ip})

        assert kind_of(sent("203.0.113.9", token_for("198.51.100.9"), "ada@example.com")) == "form-token"
        assert kind_of(sent("2001:db8:0:200::1", token_for("2001:db8:0:100::1"), "ada@example.com")) == "form-token"
        assert sent("203.0.113.77", token_for("203.0.113.9"), "ada@example.com").status_code == 202
        assert sent("2001:db8:0:1ff::1", token_for("2001:db8:0:100::1"), "bob@example.com").status_code == 202
    services.core.ledger.close()


def test_with_redis_away_a_signup_is_admitted_and_the_skipped_checks_recorded(sqlite_ledger_url, tmp_path):
    services = web_services(sqlite_ledger_url, "redis://127.0.0.1:1/0", tmp_path, WORKER_SOURCE_LIMIT_PER_HOUR="1")
    with web_server(services) as site:
        token = site.get("/v1/form-token").json()["form_token"]
        for email in ("ada@example.com", "bob@example.com"):
            assert site.browse_up(email, form_token=token).status_code == 202
        assert [(row.outcome, row.detail) for row in rows(site, signup)] == [
            ("admitted", {"checks_skipped": ["form_token"], "limits_skipped": True})
        ] * 2
    services.core.ledger.close()


def test_the_consent_of_a_browser_is_the_time_of_receipt(one_site):
    one_site.browse_up(consented_at="2001-01-01T00:00:00Z")
    [row] = rows(one_site, signup)
    assert abs(row.consented_at - row.received_at) < timedelta(minutes=1)


def test_a_slip_in_a_well_known_domain_is_asked_about(one_site):
    token = one_site.get("/v1/form-token").json()["form_token"]
    asked = one_site.browse_up("ada@hotnail.com", form_token=token)
    assert (asked.status_code, kind_of(asked), asked.json()["suggested_domain"]) == (422, "address-typo", "hotmail.com")
    assert rows(one_site, signup) == []
    other = one_site.browse_up("ada@hotnail.com", form_token=token, email_confirmed="ada@hotmail.com")
    assert kind_of(other) == "address-typo"
    sure = one_site.browse_up("ada@hotnail.com", form_token=token, email_confirmed="ada@hotnail.com")
    assert sure.status_code == 202
    assert [row.detail for row in rows(one_site, signup)] == [{"typo_of": "hotmail.com"}]


def buttons(page):
    return re.findall(r'<button [^>]*type="submit" name="(\w+)" value="([^"]*)"', page)


@pytest.mark.parametrize(("answer", "reached"), [(0, "ada@yahoo.com"), (1, "ada@yaho.com")])
def test_the_form_asks_without_a_script_and_one_click_answers(one_site, answer, reached):
    opened = one_site.get("/").text
    fields = {
        "form_token": opened.split('name="form_token" value="')[1].split('"')[0],
        "email": "ada@yaho.com", "role": "Nurse", "skills": "Triage",
    }  # fmt: skip
    asked = one_site.post("/", data=fields, headers={"Origin": one_site.url})
    assert asked.status_code == 422
    assert "Did you mean <b>ada@yahoo.com</b>?" in asked.text
    assert f'name="form_token" value="{fields["form_token"]}"' in asked.text  # so nobody waits once more
    name, value = buttons(asked.text)[answer]
    sent = one_site.post("/", data=fields | {name: value}, headers={"Origin": one_site.url})
    assert (sent.status_code, sent.headers["location"]) == (303, "/received?role=Nurse")
    assert [row.address for row in rows(one_site, report)] == [reached]


def opened_form(site):
    page = site.get("/").text
    return {"form_token": page.split('name="form_token" value="')[1].split('"')[0], "email": "ada@example.com"}


def test_without_a_script_an_unknown_role_is_said_before_sending_and_after(one_site):
    fields = opened_form(one_site) | {"role": "Unicorn Engineer"}
    asked = one_site.post("/", data=fields, headers={"Origin": one_site.url})
    assert asked.status_code == 422
    assert WORDS["unknown"] in asked.text
    assert rows(one_site, signup) == []
    offered = buttons(asked.text)
    assert ("role_chosen", "Software Engineer") in offered
    name, value = offered[-1]
    assert (name, value) == ("role_unknown", "Unicorn Engineer")
    sent = one_site.post("/", data=fields | {name: value}, headers={"Origin": one_site.url})
    assert (sent.status_code, sent.headers["location"]) == (303, "/received?unknown=1")
    assert WORDS["no_report"] in one_site.get("/received?unknown=1").text
    assert WORDS["on_its_way"] not in one_site.get("/received?unknown=1").text
    assert [row.outcome for row in rows(one_site, signup)] == ["unknown_role"]


def test_without_a_script_one_click_takes_a_title_that_was_offered(one_site):
    fields = opened_form(one_site) | {"role": "Unicorn Engineer", "role_chosen": "Software Engineer"}
    sent = one_site.post("/", data=fields, headers={"Origin": one_site.url})
    assert sent.headers["location"] == "/received?role=Software+Engineer"
    assert "It is about <b>Software Engineer</b>." in one_site.get(sent.headers["location"]).text
    assert [row.role_slug for row in rows(one_site, signup)] == ["software-engineer"]


def test_the_page_after_the_form_repeats_no_words_but_ours(one_site):
    assert "Call 555 now" not in one_site.get("/received?role=Call+555+now").text


def test_enter_in_a_field_presses_no_button_that_answers_a_question(one_site):
    fields = opened_form(one_site) | {"role": "Unicorn Engineer", "email": "ada@yaho.com"}
    page = one_site.post("/", data=fields, headers={"Origin": one_site.url}).text
    first = re.search(r"<button [^>]*>", page)[0]
    assert 'type="submit"' in first
    assert "name=" not in first


def test_while_the_ledger_is_away_the_form_comes_back_filled_in(one_site, monkeypatch):
    def away(*_, **__):
        raise LedgerUnavailable("gone")

    fields = opened_form(one_site) | {"role": "Nurse", "skills": "Triage"}
    monkeypatch.setattr(one_site.services.core.receiver, "receive", away)
    answer = one_site.post("/", data=fields, headers={"Origin": one_site.url})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "We could not take this just now." in answer.text
    assert 'value="Triage"' in answer.text


def test_an_address_that_was_changed_after_the_question_is_not_corrected(one_site):
    token = one_site.get("/v1/form-token").json()["form_token"]
    fields = {"form_token": token, "email": "bob@example.com", "email_corrected": "ada@yahoo.com", "role": "Nurse"}
    assert one_site.post("/", data=fields, headers={"Origin": one_site.url}).status_code == 303
    assert [row.address for row in rows(one_site, report)] == ["bob@example.com"]


def test_the_visitor_is_answered_in_the_words_of_the_form(one_site):
    token = one_site.get("/v1/form-token").json()["form_token"]
    fields = {"form_token": token, "email": "ada.example.com", "role": " "}
    page = one_site.post("/", data=fields, headers={"Origin": one_site.url}).text
    assert WORDS["role_missing"] in page
    assert page.count('aria-invalid="true"') == 2
    throw_away = one_site.browse_up("ada@mailinator.com")
    assert throw_away.json()["errors"] == [{"field": "email", "label": "Email", "problem": DISPOSABLE}]


def test_the_form_works_without_a_script(one_site):
    page = one_site.get("/?role=ML+Engineer").text
    assert 'value="write-production-code"' in page
    token = page.split('name="form_token" value="')[1].split('"')[0]
    fields = [
        ("form_token", token), ("website", ""), ("email", "ada@example.com"), ("role", "ML Engineer"),
        ("page", "/outlook/ml-engineer"), ("campaign", "autumn"), ("task", "write-production-code"),
        ("share:write-production-code", "60"), ("own:1", "Feeding the office cat"), ("own_share:1", "1 h a day"),
        ("skills", "Python, SQL ,"), ("experience_years", "18 months"),
    ]  # fmt: skip
    answer = one_site.post("/", data=fields, headers={"Origin": one_site.url})
    assert (answer.status_code, answer.headers["location"]) == (303, "/received?role=ML+Engineer")
    [owed] = rows(one_site, report)
    assert [task["task"] for task in owed.profile["tasks"]] == ["write-production-code", "Feeding the office cat"]
    assert [task["share"] for task in owed.profile["tasks"]] == [60, 5]
    assert (owed.profile["skills"], owed.profile["experience_years"]) == (["Python", "SQL"], 1.5)
    assert rows(one_site, signup)[0].campaign == "autumn"
    assert one_site.get("/received").status_code == 200


def test_a_refused_form_comes_back_filled_in_and_escaped(one_site):
    token = one_site.get("/v1/form-token").json()["form_token"]
    fields = {"form_token": token, "email": "nobody", "role": '"><script>alert(1)</script>', "experience_years": "many"}
    answer = one_site.post("/", data=fields, headers={"Origin": one_site.url})
    assert answer.status_code == 422
    assert 'value="nobody"' in answer.text
    assert "<script>alert" not in answer.text
    assert 'value="many"' in answer.text


def test_the_form_accepts_no_foreign_page_and_no_file(one_site):
    assert (
        one_site.post("/", data={"email": "a@example.com"}, headers={"Origin": "https://evil.example"}).status_code
        == 403
    )
    assert one_site.post("/", files={"email": b"x"}, headers={"Origin": one_site.url}).status_code == 415


def test_the_same_form_twice_is_the_same_signup():
    first, second = (browser_signup({"email": "a@example.com"}, nonce="n", ip=None) for _ in range(2))
    other = browser_signup({"email": "a@example.com"}, nonce="m", ip=None)
    assert first == second
    assert first["signup_id"] != other["signup_id"]


def test_visitors_whose_proxy_names_no_address_share_one_limit(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_SOURCE_LIMIT_PER_HOUR="2")
    with web_server(services) as site:
        statuses = []
        for number, name in enumerate(["unknown", "_hidden", "unknown", "256.1.1.1"]):
            visitor = {"X-Forwarded-For": name}
            token = site.get("/v1/form-token", headers=visitor).json()["form_token"]
            form = {"email": f"p{number}@example.com", "role": "ML Engineer", "form_token": token}
            statuses.append(site.post("/v1/signups", json=form, headers={"Origin": site.url, **visitor}).status_code)
    services.core.ledger.close()
    assert statuses == [202, 202, 429, 429]


def test_a_proxy_that_names_the_port_too_names_the_same_visitor(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path)
    with web_server(services) as site:
        for number, name in enumerate(["203.0.113.7", "203.0.113.7:51234", "[2001:db8::7]:443", "2001:db8::7"]):
            visitor = {"X-Forwarded-For": name}
            token = site.get("/v1/form-token", headers=visitor).json()["form_token"]
            form = {"email": f"p{number}@example.com", "role": "ML Engineer", "form_token": token}
            site.post("/v1/signups", json=form, headers={"Origin": site.url, **visitor})
        sources = [row.source_hash for row in rows(site, signup)]
    hashes = [services.core.identity.source_hash(ip) for ip in ("203.0.113.7", "2001:db8::7")]
    services.core.ledger.close()
    assert sources == [hashes[0], hashes[0], hashes[1], hashes[1]]
