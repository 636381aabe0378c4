"""A reader's own words: nothing in them can act, and what people write about their work stays as it is."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS

from worker.content.own_words import NOTHING_LEFT, _cleaned, cleaned, isolated, own_words

HOSTILE = (Path(__file__).parent / "hostile.txt").read_text(encoding="utf-8").splitlines()
LINKS = LinkifyIt().tlds(TLDS)
REGIONS = ("US", "GB", "DE", "IN", "EG", "JP")


def finds_nothing(text: str) -> None:
    """No mail program makes a link, an address or a telephone number of the text."""
    assert not LINKS.test(text), (text, LINKS.match(text))
    for region in REGIONS:
        found = list(phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID))
        assert not found, (text, region, found)


@pytest.mark.parametrize(
    "text",
    [
        "Write production code",
        "fixing tickets, stand-ups and sprint planning",
        "R&D (25 % of it) – mostly C++ and C#",
        "Node.js 3.5, e.g. for reports",
        "étude de marché; Übersetzung",
        "teaching Year 9 history",
        "إعداد القوائم المالية",
        "本番コードを書く、直す".replace("、", " "),
        "what's left after 2024?",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert cleaned(text).replace("e. g", "e.g") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see evil.zone now", "see evil. zone now"),
        ("bob@evil.com", "bob at evil. com"),
        ("https://evil.com/x", "https: / evil. com / x"),
        ("call +1 900 555 0100 today", "call … today"),
        ("A/B tests", "A / B tests"),
        ("“shouting” at 'people'", "'shouting' at 'people'"),
        ("<b>bold</b>", "b bold / b"),
        ("👩‍💻🚀", ""),
        ("- logos;; ; branding,, print", "logos; branding, print"),
        ("logos,;branding", "logos, branding"),
        ("1) client meetings", "client meetings"),
        ("– 2. a) payroll", "payroll"),
        ("3.5 hours of 3D modelling, 1 day admin", "3.5 hours of 3D modelling, 1 day admin"),
    ],
)
def test_what_could_act_is_taken_apart(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_cannot_act(text: str) -> None:
    finds_nothing(own_words(text, characters=80, words=12))


words = st.text(max_size=60) | st.sampled_from(HOSTILE)


@settings(max_examples=300, deadline=None)
@given(st.lists(words | st.sampled_from([".", "@", "/", "com", "evil", "0", "+", "http", ":", " "]), max_size=9))
def test_no_words_can_act(parts: list[str]) -> None:
    text = own_words("".join(parts), characters=80, words=12)
    finds_nothing(text)
    assert len(text) <= 80
    assert len(text.split()) <= 12
    assert not re.search(r"[\x00-\x1f\x7f-\x9f<>{}@=*|\\\[\]^~\"“”]", text)
    assert all(unicodedata.category(character) not in {"Cf", "Co", "Cs", "So", "Sk"} for character in text)
    assert cleaned(text) == text or text == NOTHING_LEFT or text.endswith("…")


@given(words)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


def test_cuts_end_in_an_ellipsis() -> None:
    assert own_words("word " * 30, characters=80, words=3) == "word word word…"
    assert own_words("x" * 200, characters=10, words=3) == "x" * 9 + "…"
    assert own_words("short", characters=5, words=1) == "short"
    assert own_words("😀😀", characters=5, words=1) == "…"


def test_right_to_left_text_is_isolated() -> None:
    assert isolated("تنسيق") == "\u2068تنسيق\u2069"
    assert isolated("hello") == "hello"


@given(st.from_regex(r"[A-Za-z]+(?: [A-Za-z]+)*", fullmatch=True))
def test_plain_words_have_nothing_to_clean(text: str) -> None:
    assert _cleaned(text) == text
