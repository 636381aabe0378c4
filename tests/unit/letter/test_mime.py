"""The message as RFC 5322 bytes: every value is found again, and no value can add anything."""

from __future__ import annotations

import email
import email.policy
import quopri
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.letter.samples import HEADERS
from worker.address import parse_address
from worker.errors import LetterError
from worker.letter.mime import MessageHeaders, _encode_once, build_message, quoted_printable
from worker.letter.rendered_letter import RenderedLetter
from worker.letter.wrapping import wrap

LETTER = RenderedLetter("A subject", "<p>Hello</p>\n", "Hello\n")

anything = st.text(st.characters(codec="utf-8"))
header_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=120)


def parse(message: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(html=anything, text=anything)
def test_any_text_is_found_again(html: str, text: str) -> None:
    message = build_message(replace(LETTER, html=html, text=text), HEADERS)
    parsed = parse(message)
    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert body(parsed, "plain") == normal(text)
    assert body(parsed, "html") == normal(html)
    assert not [defect for part in parsed.walk() for defect in part.defects]


@given(html=anything, subject=header_text)
def test_the_message_keeps_to_the_limits_of_smtp(html: str, subject: str) -> None:
    message = build_message(RenderedLetter(subject, html, "text"), HEADERS)
    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert b"\r\n." not in message  # a server that forgets to double it would drop it
    assert max(map(len, quoted_printable(html).split(b"\r\n"))) <= 76


dotted = st.lists(st.sampled_from([".", "..", "x" * 74, "=", "é", "https://a.b/c.", "\n", " "]), max_size=60).map(
    "".join
)


@given(dotted)
def test_no_line_begins_with_a_dot(text: str) -> None:
    encoded = quoted_printable(text)
    assert not re.search(rb"^\.", encoded, re.MULTILINE)
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert quopri.decodestring(encoded).replace(b"\r\n", b"\n").decode() == text


@given(dotted, dotted)
def test_lines_are_encoded_each_for_itself(first: str, second: str) -> None:
    assert quoted_printable(f"{first}\n{second}") == quoted_printable(first) + b"\r\n" + quoted_printable(second)


def test_no_key_of_a_reader_is_kept() -> None:
    _encode_once.cache_clear()
    quoted_printable("A sentence\nhttps://example.com/report/0123456789abcdefghijkl")
    assert _encode_once.cache_info().currsize == 1


@given(header_text)
def test_any_subject_is_found_again(subject: str) -> None:
    head = build_message(replace(LETTER, subject=subject), HEADERS).partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 76 for line in head.split(b"\r\n") if b"=?" in line)
    read = str(parse(head + b"\r\n\r\n")["subject"])
    assert "".join(read.split()) == "".join(subject.split())


def test_same_input_same_bytes() -> None:
    assert build_message(LETTER, HEADERS) == build_message(LETTER, HEADERS)
    assert build_message(LETTER, HEADERS) != build_message(replace(LETTER, text="Other"), HEADERS)


def test_the_headers() -> None:
    parsed = parse(build_message(LETTER, HEADERS))
    assert {name: str(parsed[name]) for name in parsed if name != "Content-Type"} == {
        "From": "AI Exposure Report <reports@exposure.example.com>",
        "To": "ada@example.org",
        "Subject": "A subject",
        "Date": "Mon, 23 Nov 2026 10:00:00 +0000",
        "Message-ID": "<sample@exposure.example.com>",
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated",
        "Reply-To": "Exposure help <help@exposure.example.com>",
        "List-Id": "<exposure-report.exposure.example.com>",
        "List-Unsubscribe": "<https://exposure.example.com/unsubscribe/sample-token>, "
        "<mailto:unsubscribe@exposure.example.com>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_a_long_unsubscribe_link_is_neither_encoded_nor_broken() -> None:
    url = "https://exposure.example.com/unsubscribe/" + "a1-_" * 200
    message = build_message(LETTER, replace(HEADERS, unsubscribe_url=url))
    assert f"\r\nList-Unsubscribe: <{url}>,\r\n <mailto:".encode() in message


def test_the_date_is_in_utc() -> None:
    date = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert build_message(LETTER, replace(HEADERS, date=date)) == build_message(LETTER, HEADERS)


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Exposure Report <a@b.example>", "Exposure Report"),
        ("Smith, Jones & Co. <a@b.example>", "Smith, Jones & Co."),
        ('"Quoted \\"name\\"" <a@b.example>', 'Quoted "name"'),
        ("Émile & Søn 日本 <a@b.example>", "Émile & Søn 日本"),
        ("=?utf-8?q?trick?= <a@b.example>", "=?utf-8?q?trick?="),
        ("Long " + "ü" * 200 + " <a@b.example>", "Long " + "ü" * 200),
        ("a@b.example", ""),
    ],
)
def test_any_sender_name_is_found_again(sender: str, name: str) -> None:
    message = build_message(LETTER, replace(HEADERS, sender=sender))
    address = parse(message)["from"].addresses[0]
    # Python's parser keeps the white space between two encoded-words of a name, which RFC 2047 6.2 drops.
    assert address.display_name.replace(" ", "") == name.replace(" ", "")
    assert address.addr_spec == "a@b.example"
    assert all(len(line) <= 76 for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n") if b"=?" in line)


def test_an_international_domain_is_written_in_idna() -> None:
    message = build_message(LETTER, replace(HEADERS, recipient=parse_address("ada@bücher.example")))
    assert b"\r\nTo: ada@xn--bcher-kva.example\r\n" in message


INJECTION = "x\r\nBcc: everyone@evil.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("sender", value) for value in (f"{INJECTION} <a@b.example>", "A\x00 <a@b.example>", "A <a@b>", "A <>", "")],
        *[("rfc_message_id", value) for value in ("", "id@example.org", "<a@b\r\nX: y>", "<a b@c.example>")],
        *[
            ("unsubscribe_url", value)
            for value in ("http://x.example/u", "https://x.example/ u", "https://x.example/>\r\nX: y", "")
        ],
        ("unsubscribe_url", "https://x.example/" + "u" * 1000),
        ("unsubscribe_mailto", "u@x.example"),
        ("unsubscribe_mailto", "mailto:u@x.example\r\nX: y"),
        ("date", datetime(2026, 11, 23)),  # noqa: DTZ001 - a naive one is refused
    ],
)
def test_a_value_that_no_header_can_hold_is_refused(field: str, value: Any) -> None:
    with pytest.raises(LetterError) as caught:
        build_message(LETTER, replace(HEADERS, **{field: value}))
    assert "@" not in str(caught.value).replace("@-sign", "") or field == "rfc_message_id"


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, subject=INJECTION),
        replace(LETTER, subject="a\x85b"),
        replace(LETTER, subject="\ud800"),
        replace(LETTER, text="\ud800"),
        replace(LETTER, html="\udfff"),
    ],
)
def test_a_text_that_no_charset_can_hold_is_refused(letter: RenderedLetter) -> None:
    with pytest.raises(LetterError):
        build_message(letter, HEADERS)


@given(st.text())
def test_no_sender_name_can_add_a_header(name: str) -> None:
    try:
        message = build_message(LETTER, replace(HEADERS, sender=f"{name} <a@b.example>"))
    except LetterError:
        return
    assert parse(message).keys() == parse(build_message(LETTER, HEADERS)).keys()


def test_the_mailto_and_the_reply_to_are_optional() -> None:
    headers = MessageHeaders(
        "a@b.example",
        parse_address("c@d.example"),
        datetime(2026, 1, 1, tzinfo=UTC),
        "<i@b.example>",
        "https://b.example/u",
    )
    message = build_message(LETTER, headers)
    assert b"\r\nList-Unsubscribe: <https://b.example/u>\r\n" in message
    assert b"\r\nList-Id: <exposure-report.b.example>\r\n" in message
    assert b"Reply-To" not in message


def test_the_mark_before_the_signature_keeps_its_space() -> None:
    message = build_message(replace(LETTER, text=wrap("Text\n\n--\nSender\n")), HEADERS)
    assert b"\r\n--=20\r\nSender" in message
