"""Bad fields for every form and page of the send log, over both ledgers: answered, never with a 5xx."""

import random
import re
from urllib.parse import quote_from_bytes

import pytest

from worker.ledger.users import UserRole

SAMPLE, ALL = 100, 3000
NASTY = [
    "", " ", "\0", "a\0b", "\x01\x1b[31m", "\u202e", "\u200b", "\r\nX: y", "=1+1", ";=1", "x" * 5000, "%", "%00", "_%_",
    "\\", "' OR 1=1 --", "{{ 7*7 }}", "<script>", "../../etc/passwd", "-1", "0", "1", "9" * 18, "9" * 40,
    "1e9", "NaN", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-28", "a" * 64, "ada@corp.internal",
    "a@\0.com", "sent", "admitted", "nonsense", "yes", "/log/", "//evil.example",
]  # fmt: skip
RAW = [b"\xff\xfe", b"\xed\xa0\x80", b"%", b"&&==", b"\x00"]  # what is no UTF-8, or no field
NAMES = [
    "email", "reason", "report", "signup", "decision", "may_come_twice", "role", "campaign", "page", "state", "outcome",
    "feedback", "since", "until", "person", "before", "unmask", "username", "password", "next", "csrftoken", "\0", "",
]  # fmt: skip
FORMS = [
    "search", "export", "status/pause", "status/resume", "suppressions/add", "attention/plan", "attention/replay",
    "refusals/readmit", "unknown/1/decide", "people/" + "a" * 64 + "/unmask", "login",
]  # fmt: skip
PAGES = [
    "",
    "board",
    "status",
    "attention",
    "refusals",
    "suppressions",
    "audit",
    "people/{}",
    "unknown/{}",
    "{}",
    "login",
]


def body(chance: random.Random, token: str) -> bytes:
    fields = [(name, chance.choice(NASTY).encode()) for name in chance.choices(NAMES, k=chance.randint(0, 6))]
    fields += [(chance.choice(NAMES), chance.choice(RAW))] if chance.random() < 0.1 else []
    fields = [("csrftoken", token.encode())] + [
        field for field in fields if field[0] != "csrftoken" or chance.random() < 0.1
    ]
    parts = [f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}".encode() for name, value in fields]
    return b"&".join([*parts, chance.choice(RAW)] if chance.random() < 0.05 else parts)


def try_all(site, seed: int, count: int) -> set[int]:
    chance = random.Random(seed)
    operator = site.logged_in(UserRole.OPERATOR)
    site.sign_up()
    token = operator.csrf("/log/status")
    cookies = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in operator.session.cookies)}
    answers = set()
    for number in range(count):
        sent = body(chance, token)
        if number % 3:
            path = f"/log/{chance.choice(FORMS)}"
            kind = chance.choice(["application/x-www-form-urlencoded"] * 9 + ["multipart/form-data; boundary=x"])
            answer = site.post(path, data=sent, headers={**cookies, "Content-Type": kind})
        else:
            inside = quote_from_bytes(chance.choice(NASTY).encode(), safe="")
            path = f"/log/{chance.choice(PAGES).format(inside)}?{re.sub(rb'[^!-~]|#', b'', sent).decode()}"
            answer = site.get(path, headers=cookies)
        assert answer.status_code < 500, (seed, number, path, sent)
        answers.add(answer.status_code)
    return answers


def test_a_sample_of_bad_forms(site):
    assert {200, 303, 404} <= try_all(site, 20261128, SAMPLE)


@pytest.mark.long
def test_three_thousand_bad_forms(site):
    assert {200, 303, 403, 404, 415, 422} <= try_all(site, 1, ALL)
