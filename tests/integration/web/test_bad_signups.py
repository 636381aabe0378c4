"""Bad signups of every kind, through both ways over HTTP and over both ledgers: refused or repaired, never a 5xx."""

import json
import random

import pytest
import sqlalchemy as sa

from tests.parts.web_server import TOKEN
from worker.ledger.schema import signup
from worker.ledger.status import conservation

SAMPLE, ALL = 120, 3000
NASTY: tuple[object, ...] = (
    None, True, 0, -1, 7.5, 10**30, 1e308, "", " ", "\x00", "a\x00b", "\ud800", "\u202e", "\u200b", "=1+1", "x" * 250,
    "ada@gmial.com", "<ada@example.com>", "ada@example.com,", "mailto:ada@example.com", "postmaster@example.com",
    "ada@corp.internal", "\uff41da\uff20example.com", [], {}, [[]], [None], {"task": None}, {"": ""}, ["x"] * 100,
    "2026-13-01", "40 %", "Infinity", "1" * 400, "{{ 7*7 }}", "<script>", "' OR 1=1 --", "../../etc/passwd",
    "203.0.113.7:99999", "::ffff:1.2.3.4", "fe80::1%x", "2001:db8::/32",
)  # fmt: skip
FIELDS = (
    "version", "signup_id", "email", "role", "profile", "source", "consented_at", "profile.tasks", "profile.skills",
    "profile.experience_years", "profile.tasks.0", "source.page", "source.campaign", "source.ip", "colour", "\x00",
    "form_token", "website", "email_confirmed", "challenge",
)  # fmt: skip


def bad_signup(chance: random.Random, number: int) -> dict:
    fields: dict = {
        "version": 1,
        "signup_id": f"bad-{number}",
        "email": f"bad{number}@example.com",
        "role": "ml-engineer",
    }
    for path in chance.sample(FIELDS, chance.randint(1, 3)):
        *parents, last = path.split(".")
        part = fields
        for parent in parents:
            inner = part.get(parent)
            part[parent] = inner if isinstance(inner, dict) else {}
            part = part[parent]
        part["tasks" if last == "0" else last] = [chance.choice(NASTY)] if last == "0" else chance.choice(NASTY)
    return fields


def as_sent(chance: random.Random, fields: dict) -> bytes:
    body = json.dumps(fields, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    spoilt = chance.random()
    if spoilt < 0.05:
        return body[: chance.randint(0, len(body))]
    if spoilt < 0.1:
        return body[:-1] + b', "email": "twice@example.com"}'
    return bytes([chance.randrange(256)]) + body if spoilt < 0.13 else body


def try_all(site, seed: int, count: int) -> set[int]:
    chance = random.Random(seed)
    token = site.get("/v1/form-token").json()["form_token"]
    answers = set()
    for number in range(count):
        fields = bad_signup(chance, number)
        if number % 4:
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
            answer = site.post("/v1/signups", data=as_sent(chance, fields), headers=headers)
        elif number % 8:
            fields = {"form_token": token, **fields}
            headers = {"Origin": site.url, "Content-Type": "application/json"}
            answer = site.post("/v1/signups", data=as_sent(chance, fields), headers=headers)
        else:
            texts = {name: str(value).encode("utf-8", "replace") for name, value in fields.items()}
            answer = site.post("/", data={"form_token": token, **texts}, headers={"Origin": site.url})
        assert answer.status_code < 500, (seed, number, fields, answer.text)
        answers.add(answer.status_code)
    with site.services.core.ledger.read() as tx:
        assert conservation(tx).holds
        assert {"admitted", "invalid"} <= set(tx.execute(sa.select(signup.c.outcome)).scalars())
    return answers


def test_a_sample_of_bad_signups(site):
    assert {202, 422} <= try_all(site, 20261128, SAMPLE) <= {202, 303, 401, 403, 409, 415, 422, 429}


@pytest.mark.long
def test_three_thousand_bad_signups(site):
    assert {202, 422} <= try_all(site, 1, ALL) <= {202, 303, 401, 403, 409, 415, 422, 429}
