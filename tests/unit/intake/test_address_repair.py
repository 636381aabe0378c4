"""Addresses as people paste them: what is repaired, and what is left for the grammar to refuse."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.parts.addresses import addresses
from worker.address import AddressError, parse_address
from worker.errors import InvalidSignup
from worker.intake.address_repair import (
    BRACKETS,
    ENCODED,
    FULL_WIDTH,
    INVISIBLE,
    LABEL,
    MAILTO,
    PUNCTUATION,
    SLIPS,
    SPACES,
    repair_address,
)
from worker.intake.contract import parse_signup
from worker.intake.identity import read_address


@pytest.mark.parametrize(
    ("pasted", "notes"),
    [
        ("\u2060grace@mail.example.org", [INVISIBLE]),
        ("gra\u00adce@mail.example.org", [INVISIBLE]),
        ("\u2068grace@mail.example.org\u2069", [INVISIBLE]),
        ("\u202fgrace@mail.example.org\u3000", [INVISIBLE]),
        ("grace\ufe0f@mail.\u200dexample.org", [INVISIBLE]),
        ("grace\uff20mail\uff0eexample\u3002org", [FULL_WIDTH]),
        ("\uff47race@mail.example.org\uff0c", [FULL_WIDTH, PUNCTUATION]),
        ("grace @ mail.example.org", [SPACES]),
        ("MAILTO:grace@mail.example.org", [MAILTO]),
        ("mailto:grace%40mail.example.org?subject=Report", [MAILTO]),
        ("Grace Hopper <grace@mail.example.org>", [BRACKETS]),
        ('"Hopper, Grace" <grace@mail.example.org>;', [BRACKETS]),
        ("grace@mail.example.org <mailto:grace@mail.example.org>", [BRACKETS, MAILTO]),
        ("\u201cgrace@mail.example.org\u201d", [BRACKETS]),
        ("grace@mail.example.org.", [PUNCTUATION]),
        ("grace@mail.example.org; ", [PUNCTUATION]),
        (",grace@mail.example.org", [PUNCTUATION]),
        ("(grace@mail.example.org)", [PUNCTUATION]),
        ("[grace@mail.example.org],", [PUNCTUATION]),
        ("grace@mail.example.org>", [PUNCTUATION]),
        ("grace@mail.example.org!", [PUNCTUATION]),
        ("grace@mail.example.org \u2026", [PUNCTUATION]),
        ("'grace@mail.example.org',", [PUNCTUATION]),
        ('("grace@mail.example.org"),', [PUNCTUATION]),
        ("\u201cgrace@mail.example.org.\u201d", [BRACKETS, PUNCTUATION]),
        ("<grace@mail.example.org", [PUNCTUATION]),
        ("  grace@mail.example.org\r\n", []),
        ("mailto://grace@mail.example.org", [MAILTO]),
        ("&lt;grace@mail.example.org&gt;", [ENCODED, BRACKETS]),
        ("grace@mail.example.org&nbsp;", [ENCODED, INVISIBLE]),
        ("grace&#64;mail.example.org", [ENCODED]),
        ("grace%40mail.example.org", [ENCODED]),
        ("grace@@mail.example.org", [SLIPS]),
        ("grace@mail. example.org", [SLIPS]),
        ("grace@mail .example.org", [SLIPS]),
        ("grace@mail,example,org", [SLIPS]),
        ("grace@mail.example.org\u2019", [PUNCTUATION]),
        ("grace@mail.example.org\u060c", [PUNCTUATION]),
        ("\u00abgrace@mail.example.org\u00bb,", [PUNCTUATION]),
        ("Email: grace@mail.example.org", [LABEL]),
        ("e-mail address :grace@mail.example.org", [LABEL]),
        ("Mail: Grace <grace@mail.example.org>", [LABEL, BRACKETS]),
        ("grace@mail.example.org (Grace Hopper)", [BRACKETS]),
        ("Grace Hopper (grace@mail.example.org)", [BRACKETS]),
        ("grace@mail.example.org <Grace>", [BRACKETS]),
        ("grace@mail.example.org (grace@mail.example.org)", [BRACKETS]),
        ("Grace <mailto:grace%40mail.example.org>", [BRACKETS, MAILTO]),
        ("\u2022 grace@mail.example.org", [PUNCTUATION]),
        ("grace@mail.example.org/", [PUNCTUATION]),
        ("grace@mail.example.org\u2028", [INVISIBLE]),
        ("&#103;race&#00064;mail.example.org", [ENCODED]),
    ],
)
def test_what_is_meant_is_read_and_the_repair_named(pasted, notes):
    assert repair_address(pasted) == ("grace@mail.example.org", tuple(notes))


@pytest.mark.parametrize(
    "text",
    [
        "linus@example.org <grace@example.org>",
        "grace@example.org, linus@example.org",
        "grace@example.org\r\nBcc: linus@example.org",
        "grace hopper@example.org",
        "grace\u00a0hopper@example.org",
        "grace@example.org\x00",
        "*grace@example.org*",
        "{grace@example.org}",
        "e-mail grace@example.org",
        "work: grace@example.org",
        "1. grace@example.org",
        "- grace@example.org",
        "\u2014grace@example.org",
        "_grace@example.org_",
        "linus@example.org (grace@example.org)",
        "linus@example.org <mailto:grace%40example.org>",
        "grace@example.co(.uk)",
        "linus(grace)@example.org",
        "linus@example.org\u2028grace@example.org",
        "&mdash;grace@example.org",
        "grace@example.org. Thanks",
        "grace@example.org,linus",
        "grace@example.org, linus@example,org",
        "grace&lt;linus@example.org",
        "mailto:",
        "<>",
        "",
    ],
)
def test_where_two_addresses_may_be_meant_or_none_nothing_is_guessed(text):
    with pytest.raises(AddressError):
        parse_address(repair_address(text)[0])


@pytest.mark.parametrize(
    ("written", "address"),
    [("o&#39;neil@example.org", "o'neil@example.org"), ("r&amp;d@example.org", "r&d@example.org")],
)
def test_a_sign_that_a_program_wrote_as_html_stays_part_of_the_name(written, address):
    assert repair_address(written) == (address, (ENCODED,))


@pytest.mark.parametrize("address", ["email@example.org", "e-mail@example.org", "mail@example.org", "r&d@example.org"])
def test_a_name_that_looks_like_a_label_or_like_html_is_one(address):
    assert repair_address(address) == (address, ())


def test_a_joiner_that_belongs_to_a_domain_stays():
    assert repair_address("ada@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com")[1] == ()


@pytest.mark.parametrize(
    "text",
    [
        "<" + " " * 2000 + "x",
        "Grace <" + "\t " * 1000 + "x",
        '"' * 2000 + "grace" + '"' * 2000,
        "grace" + " " * 60_000 + "x",
    ],
    ids=lambda text: text[:10],
)
def test_a_text_made_to_be_slow_or_deep_is_read_at_once(text):
    began = time.perf_counter()
    repair_address(text)
    assert time.perf_counter() - began < 1  # many times what it takes


def test_blanks_inside_of_brackets_are_no_part_of_the_address():
    assert repair_address("Grace < grace@mail.example.org\t>") == ("grace@mail.example.org", (BRACKETS,))


@given(addresses)
@example("ada@fa\u00df.de")
def test_an_address_that_is_right_is_left_alone(text):
    try:
        given_form = parse_address(text).given
    except AddressError:
        return
    assert repair_address(given_form) == (given_form, ())


@given(st.text(max_size=60))
def test_a_repair_is_final(text):
    once, _ = repair_address(text)
    try:
        parse_address(once)
    except AddressError:
        return
    assert repair_address(once) == (once, ())


def test_the_person_is_found_by_what_was_pasted():
    assert read_address("<Grace@Example.org>,").canonical == "grace@example.org"


@pytest.mark.parametrize("email", ["postmaster@example.org", "Abuse@example.org", "MAILER-DAEMON+x@example.org"])
def test_nobody_signs_an_administrator_up(email):
    with pytest.raises(InvalidSignup) as caught:
        parse_signup({"version": 1, "signup_id": "s", "email": email, "role": "nurse"})
    assert [field for field, _ in caught.value.problems] == ["email"]
