"""Who is one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import InvalidSignup
from worker.intake.identity import Identity, is_disposable, read_address

IDENTITY = Identity(b"k" * 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.lovelace@gmail.com", "ADALOVELACE@GMAIL.COM"),
        ("adalovelace+reports@gmail.com", "a.d.a.lovelace@googlemail.com"),
        ("ada+x@outlook.com", "ada@outlook.com"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("  Ada@Example.com ", "ada@example.com"),
    ],
)
def test_one_person(one, other):
    assert IDENTITY.recipient_key(read_address(one.strip())) == IDENTITY.recipient_key(read_address(other.strip()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.l@example.com", "adal@example.com"),  # dots matter outside Gmail
        ("ada+x@example.com", "ada@example.com"),  # and a plus may be part of a name
        ("ada@example.com", "ada@example.org"),
    ],
)
def test_two_people(one, other):
    assert IDENTITY.recipient_key(read_address(one)) != IDENTITY.recipient_key(read_address(other))


def test_the_letter_goes_to_the_address_as_given():
    assert read_address("Ada.Lovelace+x@gmail.com").given == "Ada.Lovelace+x@gmail.com"


@pytest.mark.parametrize(
    "broken",
    [
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "a b@example.com",
        "ada@exa mple.com",
        "ada@[127.0.0.1]",
        "ä@example.com",
    ],
)
def test_a_broken_address_is_refused_without_being_repeated(broken):
    with pytest.raises(InvalidSignup) as caught:
        read_address(broken)
    assert caught.value.problems[0][0] == "email"
    assert broken not in str(caught.value)


@given(st.text(max_size=60))
def test_no_text_crashes_it(text):
    try:
        address = read_address(text)
    except InvalidSignup:
        return
    assert address.canonical.encode("ascii")


def test_disposable_domains_and_their_children():
    assert is_disposable("mailinator.com")
    assert is_disposable("mx.mailinator.com")
    assert not is_disposable("example.com")


def test_keys_depend_on_the_secret_and_on_their_purpose():
    address = read_address("ada@example.com")
    assert IDENTITY.recipient_key(address) != Identity(b"x" * 32).recipient_key(address)
    assert IDENTITY.payload_digest(address.canonical.encode()) != IDENTITY.recipient_key(address)


def test_a_source_is_one_subscriber():
    assert IDENTITY.source_hash("2001:db8::1") == IDENTITY.source_hash("2001:db8::ffff")
    assert IDENTITY.source_hash("2001:db8::1") != IDENTITY.source_hash("2001:db8:0:1::1")
    assert IDENTITY.source_hash("203.0.113.7") != IDENTITY.source_hash("203.0.113.8")
    assert IDENTITY.source_hash("::ffff:203.0.113.7") == IDENTITY.source_hash("203.0.113.7")
    assert IDENTITY.source_hash("::ffff:203.0.113.7") != IDENTITY.source_hash("::ffff:203.0.113.8")
