"""The rules that a letter must keep before it is sent. A problem is found here, at compose time, not by a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urlsplit

from worker.letter.key_links import NO_TRACK
from worker.letter.measures import (
    MESSAGE_LINE_OCTETS,
    PROSE_LINE_CHARACTERS,
    SIZE_LIMIT_OCTETS,
    SUBJECT_LIMIT_CHARACTERS,
)
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.untrusted_text import FIRST_STRONG_ISOLATE, LONG_WORD, POP_ISOLATE, ZERO_WIDTH_SPACE

WORD_PARITY = 0.95
"""The text part must hold at least this share of the HTML's distinct words, and all its figures and links."""
_CACHED_TAGS = 1024
"""A letter has about a hundred different tags, nearly all of them the template's."""
_EXAMPLES = 3
"""A problem names at most so many."""

_HIDDEN = re.compile(rb"<div\b[^>]*display: ?none.*?</div>", re.DOTALL)
_TAG = re.compile(rb"(<[^>]*>)")
_FORBIDDEN = re.compile(
    rb"<(?:script|form|iframe|object|embed|link|base|input|button|svg|img)\b|<[^>]*\son\w+=", re.IGNORECASE
)
_HREF = re.compile(rb'href="([^"]*)"')
_WORD = re.compile(r"[^\W_]{2,}")
_FIGURE = re.compile(rb"\d+(?:[.,]\d+)*")
_MARKUP = re.compile(rb"\{\{|\}\}|\{%|%\}|\{#|#\}")
_UNSEEN = re.compile(b"|".join(mark.encode() for mark in (ZERO_WIDTH_SPACE, FIRST_STRONG_ISOLATE, POP_ISOLATE)))
"""Marks that we set in one part only: the places where a long word may break, the bounds of right-to-left text."""
_ISOLATE = re.compile("[\u2066-\u2069]")
_C0 = bytes({*range(32), 127} - {ord("\t"), ord("\n")})
_C1 = re.compile(rb"\xc2[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class _Body:
    """The HTML part without its head: its distinct tags, and the text between them that is not hidden.

    All in octets: they are searched and split in half the time of strings.
    """

    source: bytes
    tags: frozenset[bytes]
    visible: bytes

    @property
    def links(self) -> set[str]:
        return {unescape(link.decode("utf-8", "replace")) for tag in self.tags for link in _HREF.findall(tag)}


def lint_letter(letter: RenderedLetter, message: bytes, context: LetterContext) -> tuple[str, ...]:
    """Every problem in words; none if the letter may be sent. No problem quotes an address or a token."""
    body = _read_body(letter.html_octets)
    return (
        *_size(letter, message),
        *_subject(letter),
        *_leftovers(letter, body),
        *_links(letter, body, context),
        *_headers(message, context.unsubscribe_url),
        *_parity(letter, body),
        *_lines(letter, message),
    )


def _read_body(html: bytes) -> _Body:
    source = html[max(html.find(b"<body"), 0) :]
    pieces = _TAG.split(_HIDDEN.sub(b" ", source, count=1))
    visible = b" ".join(pieces[::2])
    if b"&" in visible:
        visible = unescape(visible.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
    return _Body(source, frozenset(pieces[1::2]), visible)


def _size(letter: RenderedLetter, message: bytes) -> list[str]:
    decoded = len(letter.html_octets)
    encoded = len(message) - message.find(b"Content-Type: text/html")
    return [
        f"size: the HTML part has {octets} octets {measure}, more than {SIZE_LIMIT_OCTETS}"
        for measure, octets in (("decoded", decoded), ("encoded", encoded))
        if octets > SIZE_LIMIT_OCTETS
    ]


def _subject(letter: RenderedLetter) -> list[str]:
    if not letter.subject.strip():
        return ["subject: is empty"]
    if len(letter.subject) > SUBJECT_LIMIT_CHARACTERS:
        return [f"subject: {len(letter.subject)} characters, more than {SUBJECT_LIMIT_CHARACTERS}"]
    if _ISOLATE.search(letter.subject):
        return ["subject: holds a directional isolate, which some lists of letters show as a box"]
    return []


def _leftovers(letter: RenderedLetter, body: _Body) -> list[str]:
    problems = []
    subject = letter.subject.encode("utf-8", "surrogatepass")
    for part, octets in (("subject", subject), ("html", body.source), ("text", letter.text_octets)):
        if (b"{" in octets or b"}" in octets) and (mark := _MARKUP.search(octets)):
            problems.append(f"{part}: template markup {mark.group().decode()} is left over")
        if len(octets.translate(None, _C0)) < len(octets) or _C1.search(octets):
            problems.append(f"{part}: holds a control character")
    forbidden = {_forbidden(tag) for tag in body.tags} - {None}
    problems += [f"html: holds {beginning}, which mail programs strip or distrust" for beginning in forbidden]
    return problems


@lru_cache(maxsize=_CACHED_TAGS)
def _forbidden(tag: bytes) -> str | None:
    """The beginning of a forbidden tag; None for any other tag."""
    found = _FORBIDDEN.match(tag)
    return found.group()[:20].decode("utf-8", "replace") if found else None


def _links(letter: RenderedLetter, body: _Body, context: LetterContext) -> list[str]:
    hosts = {urlsplit(url).hostname or "" for url in (context.public_url, context.report_url)}
    links = body.links
    problems = []
    for link in sorted(
        links.union(word for line in letter.text.split("\n") if "://" in line for word in line.split() if "://" in word)
    ):
        parts = urlsplit(link)
        if parts.scheme != "https" or parts.hostname not in hosts:
            problems.append(
                f"links: one leads to {parts.scheme or 'a relative address'} at {parts.hostname}, not https at "
                f"{' or '.join(sorted(hosts))}"
            )
    if context.unsubscribe_url not in links:
        problems.append("links: the HTML part has no unsubscribe link")
    keys = (f'href="{escape(context.unsubscribe_url)}'.encode(), f'href="{escape(context.report_url)}'.encode())
    if any(NO_TRACK.encode() not in tag for tag in body.tags if any(key in tag for key in keys)):
        problems.append(f"links: one that is a key lacks {NO_TRACK}, so SES may wrap and record it")
    missing = sum(link not in letter.text for link in links)
    if missing:
        problems.append(f"links: {missing} of the HTML part are missing in the text part")
    return problems


def _headers(message: bytes, unsubscribe_url: str) -> list[str]:
    head = message.partition(b"\r\n\r\n")[0].split(b"\r\n")
    problems = []
    if not any(line.startswith(b"List-Unsubscribe: <" + unsubscribe_url.encode() + b">") for line in head):
        problems.append("headers: List-Unsubscribe lacks the unsubscribe link")
    if b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" not in head:
        problems.append("headers: List-Unsubscribe-Post is missing")
    return problems


def _parity(letter: RenderedLetter, body: _Body) -> list[str]:
    """Split at white space first, which finds nearly every word, and look closer only at the rest."""
    text = _UNSEEN.sub(b"", letter.text_octets.lower())
    visible = set(_UNSEEN.sub(b"", body.visible.lower()).split())
    left = _without_long_words(visible.difference(text.split()), text)
    problems = []
    figures = set(_FIGURE.findall(b" ".join(left)))
    if figures:
        figures.difference_update(_FIGURE.findall(text))
    if figures:
        problems.append(f"parity: the text part lacks the figures {b', '.join(sorted(figures)[:_EXAMPLES]).decode()}")
    acceptable = (1 - WORD_PARITY) * len(visible)
    if len(left) > acceptable:
        words = _WORD.findall(b" ".join(left).decode("utf-8", "replace"))
        missing = len({word for word in words if word.encode() not in text})
        if missing > acceptable:
            problems.append(f"parity: the text part lacks {missing} of {len(visible)} words")
    return problems


def _without_long_words(left: set[bytes], text: bytes) -> set[bytes]:
    """The words that are still missing. The text part breaks a word longer than a line: it is found without breaks."""
    long_words = {word for word in left if len(word) > LONG_WORD}
    if not long_words:
        return left
    joined = b"".join(text.split())
    return left - {word for word in long_words if word in joined}


def _lines(letter: RenderedLetter, message: bytes) -> list[str]:
    problems = []
    if any("https://" not in line for line in letter.text.split("\n") if len(line) > PROSE_LINE_CHARACTERS):
        problems.append(f"text: a line of prose is longer than {PROSE_LINE_CHARACTERS} characters")
    if not message.isascii():
        problems.append("message: is not 7-bit")
    lines = message.split(b"\r\n")
    if not message.count(b"\r") == message.count(b"\n") == len(lines) - 1:
        problems.append("message: has a bare CR or LF")
    if b"\n." in message:
        problems.append("message: a line begins with a dot, which a careless server drops")
    if max(map(len, lines)) > MESSAGE_LINE_OCTETS:
        problems.append(f"message: a line is longer than {MESSAGE_LINE_OCTETS} octets")
    return problems
