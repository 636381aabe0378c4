"""The grammar of addresses, as intake and the letter use it."""

import email.message
import email.policy

import pytest
from hypothesis import example, given

from tests.parts.addresses import addresses
from worker.address import AddressError, _read, parse_address


@pytest.mark.parametrize(
    ("text", "ascii_form", "given_form"),
    [
        ("Ada.Lovelace+x@EXAMPLE.com", "Ada.Lovelace+x@example.com", "Ada.Lovelace+x@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah", "ada@例え.テスト"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_an_address_has_one_form_for_headers_and_one_for_people(text, ascii_form, given_form):
    address = parse_address(text)
    assert (address.ascii, address.given) == (ascii_form, given_form)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "a" * 65 + "@example.org",
        "ada@gmail.c",
        "ada@mail.internal",
        "ada@xn--example.c",
        '"ada lovelace"@example.org',
        "a..b@example.org",
        ".ada@example.org",
        "ada@example.org.",
        "ada@example..org",
        "ada@-x.example",
        "ada@example",
        "ada@123.456",
        "ada@[127.0.0.1]",
        "ada@example.org\r\nBcc: b@example.org",
        "ada@example.org\n",
        "ada@example.org ",
        "ada@example.org>",
        "ada@example.org, b@example.org",
        "ada@example.org@example.org",
        "ada@\u2028.example",
        "Ada <ada@example.org>",
        "ä@example.org",
    ],
)
def test_what_no_letter_can_be_addressed_to_is_refused_without_being_repeated(text):
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("label", ["lovelace\u00b7", "lovelace\u30fb", "\u05d0lovelace", "xn--ls8h"])
def test_a_refusal_quotes_no_part_of_the_domain(label):
    with pytest.raises(AddressError) as caught:
        parse_address(f"ada@{label}.example.org")
    said = str(caught.value)
    assert "'" not in said
    assert "lovelace" not in said
    assert said.endswith(".")


def test_a_refusal_says_by_how_much_an_address_is_too_long():
    with pytest.raises(AddressError, match=r"\(2 characters too many\)"):
        parse_address("a" * 66 + "@example.org")


@given(addresses)
@example("ada@faß.de")
@example("ada@\uff45xample.com")
def test_an_accepted_address_is_accepted_again_and_legal_in_a_header(text):
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert parse_address(address.given) == address
    assert parse_address(address.ascii) == address
    message = email.message.EmailMessage(email.policy.SMTP)
    message["To"] = address.ascii
    assert [(one.username, one.domain) for one in message["To"].addresses] == [(address.local, address.domain)]
    assert not message["To"].defects


def read_or_said(read, text):
    try:
        return read(text)
    except AddressError as error:
        return str(error)


@given(addresses)
@example("ada@" + ".".join(["d" * 60] * 4))
@example("a" * 65 + "@example.org")
@example("x <ada@example.org")
@example("ada@bücher.example")
def test_an_address_with_a_plain_local_part_is_read_as_any_other(text):
    assert read_or_said(parse_address, text) == read_or_said(_read, text)
