"""Signups by people who try what a letter can hold: any kind of text, in every field that takes text, by seed."""

from __future__ import annotations

import random
from typing import Any

MARKUP = (
    "<b>bold</b>", "<script>alert(1)</script>", "</td></tr></table></body>", "<img src=x onerror=alert(1)>",
    "<!-- comment", "-->", "<!--[if mso]><p>", "<![endif]-->", "<style>*{display:none}</style>", "]]>",
    "&amp;&#49;&nbsp;", "<a href='https://evil.example'>here</a>", "\"'`><svg/onload=1>", "<?php echo 1 ?>",
)  # fmt: skip
TEMPLATES = (
    "{{ 7*7 }}", "{% raw %}", "{% endraw %}", "{{ config.items() }}", "{# note #}", "{{''.__class__}}", "${7*7}",
    "#{1}", "%(name)s", "{0.__class__}", "jnj0001jnj", "<!--jnj0001jnj-->", "987610001%", "987610001px",
    "98761000198761",
)  # fmt: skip
BIDI = (
    "\u202emoc.live\u202c", "\u2067right\u2069", "\u200f\u200fabc", "مرحبا 12345 שלום", "\u2068" * 30 + "x",
    "إعداد القوائم المالية" + "\u202d" + "90/100", "\u061c7", "a\u202eb" * 60,
)  # fmt: skip
DIGITS = (
    "1" * 41, "1" * 200, "0123456789" * 20, "+1 (888) 555-0199", "٠٢٠٧٩٤٦٠٩٥٨",
    "\uff14\uff14\uff12\uff10\uff17\uff19\uff14\uff16\uff10\uff19\uff15\uff18", "4111 1111 1111 1111",
    "1,000,000.00 " * 15, "1\u200b2" * 60, "\U0001d7d9" * 60, "9" * 30 + " %", "100 100 100 of 100", "½⅓¼", "1e400",
    "-0",
)  # fmt: skip
ADDRESSES = (
    "bob@evil.example", "bob @ evil . com", "mailto:bob@evil.help", "<bob@evil.com>", "x@\u200bevil.com",
    "bob\uff20\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d", "a@b " * 50, "postmaster@localhost",
)  # fmt: skip
LINKS = (
    "https://evil.example/" + "9" * 60, "www.prize-desk.nl", "prize-desk.vip", "evil.zone/login",
    "javascript:alert(1)", "data:text/html,<b>", "//evil.com", "ftp://[::1]:21/", "evil。com",
    "xn--e1afmkfd.xn--p1ai", "пример.рф", "tel:0900123", "http:evil.nl?" + "a=b&" * 40, "\\\\server\\share",
    "192.168.0.1/admin", "goo.gl/x",
)  # fmt: skip
LONG_WORDS = (
    "x" * 200, "漢" * 200, "ß" * 200, "İ" * 200, "a1" * 100, "é" * 200, "e\u0301" * 100, "ﷺ" * 60, "Donau" * 40,
    "W" * 5000, "\u0e01\u0e33" * 100, "-" * 200, "_" * 200, "." * 200, "/" * 200, "=" * 200,
)  # fmt: skip
SYMBOLS = (
    "😂" * 200, "\U0001f1e9\U0001f1ea" * 40, "👩\u200d💻🚀", "Z\u0351\u036b\u0343\u036a\u0302\u036b" * 30, "\ufe0f",
    "\u200d" * 50, "★☎✉", "\U000e0041" * 60, "㋿㍿", "\U0010ffff", "\ue000",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
)  # fmt: skip
CONTROLS = (
    "\x00", "a\x00b", "\x1b[31mred\x1b[0m", "\x07" * 40, "a\r\nBcc: evil@example.com", "a\r\n\r\n<html>",
    "\x7f\x80\x9f", "\u2028line\u2029", "\ufffe", "\ud800", "\udfff\ud800", "\x0b\x0c\x1c\x85", "\t" * 50, "\b" * 10,
    "\ufeff",
)  # fmt: skip
MAIL = (
    "=?utf-8?q?x?=", "=?utf-8?b?4pi6?=", ".", "..", "\r\n.\r\n", "=2E=2E", "--=_boundary", "Content-Type: text/html",
    "From ", ">From x", "=", "=3D" * 60, "MIME-Version: 1.0", "Subject: you have won",
)  # fmt: skip
QUOTES = (
    "\"'\"'\"'\"'", '"' * 200, "'" * 200, "“\u2018“\u2018“nested”\u2019”\u2019”", "«»‹›„‟", "\\\"\\'\\", "`" * 60,
    "((((((((((", "]]]]}}}}))))", "' OR 1=1 --", "'); DROP TABLE report; --", "=cmd|' /C calc'!A0", "@SUM(1+1)",
    "null", "None", "undefined", "NaN",
)  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "markup": MARKUP, "templates": TEMPLATES, "bidi": BIDI, "digits": DIGITS, "addresses": ADDRESSES, "links": LINKS,
    "long words": LONG_WORDS, "symbols": SYMBOLS, "controls": CONTROLS, "mail": MAIL, "quotes": QUOTES,
}  # fmt: skip
ORDINARY = (
    "Write production code", "write-production-code", "code review", "meetings", "emails", "paperwork", "Python",
    "Excel", "training and evaluating models", "monthly close", "wound care", "mentoring", "driving the truck",
    "SQL", "German",
)  # fmt: skip
ROLES = (
    "ml-engineer", "ML Engineer", "Registered Nurse", "truck-driver", "accountant", "Primary School Teacher",
    "Locksmith", "Head of Sales EMEA", "engineer", "manager", "Krankenschwester", "scientist",
)  # fmt: skip
SHARES: tuple[Any, ...] = (
    None, 0, 1, 40, 1e6, 999_999.999, 1e-9, 5e-324, 1e308, 10**400, -1, True, "40 %", "7,5", "~3h", "NaN", "1e400",
    "", [], 0.1, float("inf"), "٤٠", "100 %", 33.333333333333336,
)  # fmt: skip
YEARS: tuple[Any, ...] = (None, 0, 0.5, 6, 80, 1e308, -3, "12+ years", "many", True, [], {}, "٦", 2.4999999)
LOCAL_PARTS = ("{}", "UPPER.{}", "o'neil.{}", "a+tag{}", "!#$%&'*/=?^_`{{|}}~-{}", "{}" + ".x" * 24, "=cmd{}", "-{}-")
DOMAINS = ("example.org", "bücher.example.com", "例え.example.com", "EXAMPLE.net", "mail.xn--bcher-kva.example.com")
PASTED = (
    "{}",
    "  {} ",
    "<{}>",
    "mailto:{}",
    "{},",
    "\u200b{}\ufeff",
    '"A, B" <{}>',
    "\u202a{}\u202c",
    "{} trailing",
    "{}@twice",
)


def hostile_text(chance: random.Random) -> str:
    """A text of some kind, alone or amid others or ordinary words."""
    pieces = [chance.choice(KINDS[chance.choice(list(KINDS))]) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
    if chance.random() < 0.4:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(ORDINARY))
    return chance.choice(("", " ", " ", "\n", ", ")).join(pieces)


def hostile_signup(chance: random.Random, number: int) -> dict[str, Any]:
    """One signup; its address is its own."""
    signup = {
        "version": 1,
        "signup_id": f"hostile-{number} {hostile_text(chance)}"[:190] + str(number),
        "email": _email(chance, number),
        "role": _role(chance),
        "profile": _profile(chance),
    }
    if chance.random() < 0.4:
        signup["source"] = {
            "page": chance.choice(("/outlook/", "", "https://www.example.org/")) + hostile_text(chance),
            "campaign": hostile_text(chance),
            "ip": hostile_text(chance),
        }
    if chance.random() < 0.2:
        signup["consented_at"] = chance.choice(("2026-11-01T10:00:00Z", "9999-12-31T23:59:59Z", hostile_text(chance)))
    return signup


def _email(chance: random.Random, number: int) -> str:
    address = f"{chance.choice(LOCAL_PARTS).format(f'reader{number}')}@{chance.choice(DOMAINS)}"
    return chance.choice(PASTED).format(address) if chance.random() < 0.3 else address


def _role(chance: random.Random) -> str:
    role, sort = chance.choice(ROLES), chance.random()
    if sort < 0.85:
        return role
    return hostile_text(chance)[:150] if sort < 0.9 else f"{role} {hostile_text(chance)}"[:200]


def _profile(chance: random.Random) -> Any:
    if chance.random() < 0.03:
        return chance.choice((None, [], "text", 7, {"tasks": "a, b"}, {"tasks": {}}, {"unknown": 1}))
    return {
        "tasks": [_task(chance) for _ in range(chance.choice((0, 1, 3, 6, 12, 40, 45)))],
        "skills": [_words(chance) for _ in range(chance.choice((0, 1, 5, 20, 60, 70)))],
        "experience_years": chance.choice(YEARS),
    }


def _task(chance: random.Random) -> dict[str, Any]:
    return {"task": _words(chance), "share": chance.choice(SHARES)}


def _words(chance: random.Random) -> str:
    return chance.choice(ORDINARY) if chance.random() < 0.25 else hostile_text(chance)[: chance.choice((60, 200, 400))]
