"""What a letter must keep to before it may leave. Every problem is found here, at compose time, never by a reader."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from worker.letter.rendered import RenderedLetter
from worker.letter.typography import LINE_WIDTH

SIZE_LIMIT_OCTETS = 102 * 1024 * 9 // 10
"""90 % of where Gmail clips a message; asked of the HTML part decoded and as encoded."""
WORD_PARITY = 0.95
"""Least part of the HTML's distinct words that the text part must hold; its figures and links it must hold all."""
SUBJECT_LIMIT_CHARACTERS = 60
_LINE_LIMIT_OCTETS = 998
_SHOWN = 3
"""How many examples a problem names."""

_INVISIBLE = re.compile(r"<(style|title)\b.*?</\1>|<!--.*?-->|<div\b[^>]*display: ?none.*?</div>", re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_WORD = re.compile(r"[^\W_]{2,}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|jnj\d{4}jnj|98761\d{4}(?=%|px)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FORBIDDEN = re.compile(
    r"<(script|form|iframe|object|embed|link|base|input|button|svg|img)\b|<[^>]*\son\w+=", re.IGNORECASE
)
_TEXT_URL = re.compile(r"\bhttps?://[^\s<>]+", re.IGNORECASE)


def lint_letter(letter: RenderedLetter, message: bytes, *, public_url: str, unsubscribe_url: str) -> tuple[str, ...]:
    """Every problem in words; none where the letter is fit to send. No problem quotes an address or a token."""
    return (
        *_size(letter, message),
        *_subject(letter),
        *_leftovers(letter),
        *_links(letter, public_url, unsubscribe_url),
        *_headers(message, unsubscribe_url),
        *_parity(letter),
        *_lines(letter, message),
    )


def _size(letter: RenderedLetter, message: bytes) -> list[str]:
    decoded = len(letter.html.encode("utf-8", "surrogatepass"))
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
    return []


def _leftovers(letter: RenderedLetter) -> list[str]:
    problems = []
    for part, text in (("subject", letter.subject), ("html", letter.html), ("text", letter.text)):
        if found := _LEFTOVER.search(text):
            problems.append(f"{part}: template markup {found.group()} is left over")
        if _CONTROL.search(text):
            problems.append(f"{part}: holds a control character")
    if found := _FORBIDDEN.search(letter.html):
        problems.append(f"html: holds {found.group()[:20]}, which mail programs strip or distrust")
    return problems


def _links(letter: RenderedLetter, public_url: str, unsubscribe_url: str) -> list[str]:
    host = urlsplit(public_url).hostname
    links = {unescape(href) for href in _HREF.findall(letter.html)}
    problems = []
    for link in sorted(links | set(_TEXT_URL.findall(letter.text))):
        parts = urlsplit(link)
        if parts.scheme != "https" or parts.hostname != host:
            problems.append(
                f"links: one leads to {parts.scheme or 'a relative address'} at {parts.hostname}, not https at {host}"
            )
    if unsubscribe_url not in links:
        problems.append("links: the HTML part has no unsubscribe link")
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


def _parity(letter: RenderedLetter) -> list[str]:
    visible = unescape(_TAGS.sub(" ", _INVISIBLE.sub(" ", letter.html)))
    problems = []
    figures = set(_FIGURE.findall(visible)) - set(_FIGURE.findall(letter.text))
    if figures:
        problems.append(f"parity: the text part lacks the figures {', '.join(sorted(figures)[:_SHOWN])}")
    words = set(_WORD.findall(visible.lower()))
    missing = words - set(_WORD.findall(letter.text.lower()))
    if len(missing) > (1 - WORD_PARITY) * len(words):
        problems.append(f"parity: the text part lacks {len(missing)} of {len(words)} words")
    return problems


def _lines(letter: RenderedLetter, message: bytes) -> list[str]:
    problems = []
    if any(len(line) > LINE_WIDTH and "https://" not in line for line in letter.text.split("\n")):
        problems.append(f"text: a line of prose is longer than {LINE_WIDTH} characters")
    if not message.isascii():
        problems.append("message: is not 7-bit")
    if message.count(b"\n") != message.count(b"\r\n") or message.count(b"\r") != message.count(b"\r\n"):
        problems.append("message: has a bare CR or LF")
    if max(map(len, message.split(b"\r\n"))) > _LINE_LIMIT_OCTETS:
        problems.append(f"message: a line is longer than {_LINE_LIMIT_OCTETS} octets")
    return problems
