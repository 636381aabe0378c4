"""A rendered letter as RFC 5322 bytes, ready to be SES raw content.

The body goes line by line through C `binascii.b2a_qp`, the headers through `email.header` and `email.utils`: about a
third of the cost of `EmailMessage`, whose SMTP policy would also fold a long List-Unsubscribe into encoded-words and so
kill one-click. A header value with a control character is refused, not repaired, so that it cannot start another one.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, quote, unquote
from functools import lru_cache

from worker.address import AddressError, MailAddress, parse_address
from worker.errors import LetterError
from worker.letter.measures import MESSAGE_LINE_OCTETS
from worker.letter.rendered_letter import RenderedLetter

_ENCODED_LINE_OCTETS = 76
"""RFC 2047 2: no line that holds an encoded-word is longer."""

_CACHED_SENDERS = 8
"""A process has one sender."""

_CACHED_DATES = 8
"""A process composes many letters within a second."""

_CACHED_LINES = 8192
"""Lines of templates and catalogue recur in every letter: the cache holds all of them, and soon drops others."""

_LIST = "exposure-report"
"""The left part of List-Id, under the domain of the sender (RFC 2919)."""
_LONG_END = re.compile(rb"^([^\r\n]{74,})(=20|=09)(?=\r\n)", re.MULTILINE)
_LEADING_DOT = re.compile(rb"^\.(.*)$", re.MULTILINE)
_BODY_LINE_OCTETS = 76
"""RFC 2045 6.7: no line of quoted-printable is longer."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MAILBOX = re.compile(r"(?P<name>.*?)\s*<(?P<address>[^<>]+)>")
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[A-Za-z0-9.-]+>")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_URI = re.compile(r"[!-;=?-~]+")


@dataclass(frozen=True, slots=True)
class MessageHeaders:
    """The values of a letter's headers. `date` is aware; `rfc_message_id` is `<left@domain>`, with its brackets.

    `sender` and `reply_to` are `Name <address>` or a bare address, `unsubscribe_url` is an absolute https URL,
    `unsubscribe_mailto` a complete `mailto:` URI of a mailbox that is read, or None.
    """

    sender: str
    recipient: MailAddress
    date: datetime
    rfc_message_id: str
    unsubscribe_url: str
    unsubscribe_mailto: str | None = None
    reply_to: str | None = None


def build_message(letter: RenderedLetter, headers: MessageHeaders) -> bytes:
    """The complete message: 7-bit, lines ended by CRLF. The same input gives the same bytes.

    Raises LetterError, which names the field and never the address, if a header cannot hold a value.
    """
    return message_of_parts(letter.subject, quoted_printable(letter.text), quoted_printable(letter.html), headers)


def message_of_parts(subject: str, plain: bytes, html: bytes, headers: MessageHeaders) -> bytes:
    """The same of parts that are quoted-printable already."""
    if headers.date.tzinfo is None:
        raise LetterError("date: expected an aware datetime")
    if not _MESSAGE_ID.fullmatch(headers.rfc_message_id):
        raise LetterError("rfc_message_id: expected <left@domain>")
    boundary = f"=_{hashlib.sha256(plain).hexdigest()[:32]}"  # in no part: quoted-printable never writes `=_`
    sender = _mailbox("From", headers.sender)
    lines = (
        f"From: {sender}",
        *([f"Reply-To: {_mailbox('Reply-To', headers.reply_to)}"] if headers.reply_to else []),
        f"To: {headers.recipient.ascii}",
        f"Subject: {_unstructured('Subject', subject)}",
        f"Date: {_date(headers.date.replace(microsecond=0))}",
        f"Message-ID: {headers.rfc_message_id}",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        f"List-Id: <{_LIST}.{sender.rstrip('>').rpartition('@')[2]}>",
        f"List-Unsubscribe: {_unsubscribe_uris(headers)}",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    )
    head = "\r\n".join(lines)
    if max(map(len, head.split("\r\n"))) > MESSAGE_LINE_OCTETS:
        raise LetterError(f"a header line is longer than {MESSAGE_LINE_OCTETS} octets")
    delimiter = f"--{boundary}".encode("ascii")
    return b"\r\n".join(
        (
            head.encode("ascii"),
            b"",
            delimiter,
            _part_head("plain"),
            b"",
            plain,
            delimiter,
            _part_head("html"),
            b"",
            html,
            delimiter + b"--",
            b"",
        )
    )


def quoted_printable(text: str) -> bytes:
    """UTF-8 quoted-printable, CRLF, lines of at most 76 octets, none begins with a dot.

    A server that forgets to double the dots of SMTP (RFC 5321 4.5.2) would drop one, and break a link. Raises
    LetterError on a lone surrogate.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return b"\r\n".join([_encode(line) if "://" in line else _encode_once(line) for line in lines])


def _encode(line: str) -> bytes:
    """One line, without a line end, in as many lines as its length needs."""
    try:
        octets = line.encode("utf-8")
    except UnicodeEncodeError:
        raise LetterError("the letter holds a lone surrogate, which no charset can carry") from None
    # b2a_qp breaks a long line the way its line end is written, so there must be one: added, and removed again.
    encoded = binascii.b2a_qp(octets + b"\r\n", quotetabs=False, istext=True, header=False)
    if encoded.endswith((b"=20\r\n", b"=09\r\n")):  # b2a_qp does not count what a blank at a line's end becomes
        encoded = _LONG_END.sub(rb"\1=\r\n\2", encoded)
    encoded = encoded[:-2]
    return _LEADING_DOT.sub(_dot_encoded, encoded) if encoded.startswith(b".") or b"\n." in encoded else encoded


_encode_once = lru_cache(_CACHED_LINES)(_encode)
"""For lines that hold no link, and so no reader's key."""


def _dot_encoded(line: re.Match[bytes]) -> bytes:
    """The line with its leading dot as `=2E`, in two lines where that makes it too long."""
    end = b"\r" if line[1].endswith(b"\r") else b""
    text = b"=2E" + line[1].removesuffix(b"\r")
    if len(text) <= _BODY_LINE_OCTETS:
        return text + end
    cut = _BODY_LINE_OCTETS - 1
    cut -= next((back for back in (1, 2) if text[cut - back] == ord("=")), 0)  # never within an `=XX`
    rest = text[cut:]
    return text[:cut] + b"=\r\n" + (b"=2E" + rest[1:] if rest.startswith(b".") else rest) + end


def _part_head(subtype: str) -> bytes:
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable".encode("ascii")


def _without_controls(field: str, value: str) -> str:
    if _CONTROL.search(value):
        raise LetterError(f"{field}: holds a control character or line break")
    return value


def _unstructured(header: str, value: str) -> str:
    """The free text of a header: unchanged if it is plain ASCII that fits one line, else in RFC 2047 encoded-words."""
    _without_controls(header, value)
    if value.isascii() and "=?" not in value and len(header) + 2 + len(value) <= _ENCODED_LINE_OCTETS:
        return value
    try:
        return Header(value, "utf-8", maxlinelen=_ENCODED_LINE_OCTETS, header_name=header).encode(linesep="\r\n")
    except UnicodeEncodeError:
        raise LetterError(f"{header}: holds a lone surrogate, which no charset can carry") from None


@lru_cache(maxsize=_CACHED_DATES)
def _date(date: datetime) -> str:
    return format_datetime(date.astimezone(UTC))


@lru_cache(maxsize=_CACHED_SENDERS)
def _mailbox(header: str, value: str) -> str:
    """`Name <address>` with the name as a phrase: an atom, a quoted string, or encoded-words."""
    _without_controls(header, value)
    match = _MAILBOX.fullmatch(value.strip())
    if match is None:
        return _ascii_address(header, value)
    name, address = unquote(match["name"]), _ascii_address(header, match["address"])
    if not name:
        return address
    if _PLAIN_NAME.fullmatch(name) and "=?" not in name:
        phrase = name
    elif name.isascii() and "=?" not in name:
        phrase = f'"{quote(name)}"'
    else:
        phrase = _unstructured(header, name)
    fold = "" if len(phrase) + len(address) < MESSAGE_LINE_OCTETS // 2 else "\r\n"
    return f"{phrase}{fold} <{address}>"


def _ascii_address(field: str, value: str) -> str:
    """An address in the form for 7-bit headers. Raises LetterError, which names the field, if it is not an address."""
    try:
        return parse_address(value).ascii
    except AddressError as error:
        raise LetterError(f"{field}: {error}") from None


def _unsubscribe_uris(headers: MessageHeaders) -> str:
    """The URIs of List-Unsubscribe, https first, neither encoded nor broken (RFC 8058, RFC 2369)."""
    if not headers.unsubscribe_url.startswith("https://") or not _URI.fullmatch(headers.unsubscribe_url):
        raise LetterError("unsubscribe_url: expected an absolute https URL in ASCII")
    if headers.unsubscribe_mailto is None:
        return f"<{headers.unsubscribe_url}>"
    if not headers.unsubscribe_mailto.startswith("mailto:") or not _URI.fullmatch(headers.unsubscribe_mailto):
        raise LetterError("unsubscribe_mailto: expected a mailto: URI in ASCII")
    return f"<{headers.unsubscribe_url}>,\r\n <{headers.unsubscribe_mailto}>"
