"""The rules that a letter must keep before it is sent. A problem is found here, at compose time, not by a reader.

Each rule is tried where it can be broken: what the templates alone can break when they are checked, the rest for each
reader, on the real bytes.
"""

from __future__ import annotations

import re

from worker.letter.lint_html import Problem, href_of, leading_elsewhere, lint_html
from worker.letter.measures import (
    MESSAGE_LINE_OCTETS,
    PROSE_LINE_CHARACTERS,
    SIZE_LIMIT_OCTETS,
    SUBJECT_LIMIT_CHARACTERS,
)
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.theme import Theme

_MARKUP = re.compile(rb"\{\{|\}\}|\{%|%\}|\{#|#\}")
_ISOLATE = re.compile("[\u2066-\u2069]")
_C0 = bytes({*range(32), 127} - {ord("\t"), ord("\n")})
_C1 = re.compile(rb"\xc2[\x80-\x9f]")


def lint_letter(letter: RenderedLetter, message: bytes, context: LetterContext, theme: Theme) -> tuple[Problem, ...]:
    """Every problem; none if the letter may be sent."""
    return (*lint_html(letter, context, theme), *lint_reader(letter, message, context, theme))


def lint_reader(letter: RenderedLetter, message: bytes, context: LetterContext, theme: Theme) -> tuple[Problem, ...]:
    """The problems of a letter from checked templates: those that the data of its reader and its report can make."""
    return (
        *_size(letter, message),
        *_subject(letter),
        *_leftovers(letter),
        *leading_elsewhere(_written_links(letter.text), context, theme),
        *_unsubscribe_link(letter, context.unsubscribe_url),
        *_headers(message, context.unsubscribe_url),
        *_prose(letter.text),
    )


def lint_completed(letter: RenderedLetter, message: bytes, context: LetterContext) -> tuple[Problem, ...]:
    """The problems of a letter that was linted with a placeholder for its reader's token, then completed.

    Only the token, the recipient, the date and the Message-ID are new. They can break the rules on sizes, headers
    and the unsubscribe link, which are tried on the real bytes. A token has no character that HTML, a URL or a
    template knows, so what was proved of subject, text and links with the placeholder still holds.
    """
    return (
        *_size(letter, message),
        *_unsubscribe_link(letter, context.unsubscribe_url),
        *_headers(message, context.unsubscribe_url),
    )


def _size(letter: RenderedLetter, message: bytes) -> list[Problem]:
    decoded = len(letter.html_octets)
    encoded = len(message) - message.find(b"Content-Type: text/html")
    return [
        Problem(f"size: the HTML part has {octets} octets {measure}, more than {SIZE_LIMIT_OCTETS}")
        for measure, octets in (("decoded", decoded), ("encoded", encoded))
        if octets > SIZE_LIMIT_OCTETS
    ]


def _subject(letter: RenderedLetter) -> list[Problem]:
    if not letter.subject.strip():
        return [Problem("subject: is empty")]
    if len(letter.subject) > SUBJECT_LIMIT_CHARACTERS:
        return [Problem(f"subject: {len(letter.subject)} characters, more than {SUBJECT_LIMIT_CHARACTERS}")]
    if _ISOLATE.search(letter.subject):
        return [Problem("subject: holds a directional isolate, which some lists of letters show as a box")]
    return []


def _leftovers(letter: RenderedLetter) -> list[Problem]:
    problems = []
    subject = letter.subject.encode("utf-8", "surrogatepass")
    body = letter.html_octets[max(letter.html_octets.find(b"<body"), 0) :]
    for part, octets in (("subject", subject), ("html", body), ("text", letter.text_octets)):
        if (b"{" in octets or b"}" in octets) and (mark := _MARKUP.search(octets)):
            problems.append(Problem(f"{part}: template markup {mark.group().decode()} is left over", mark.group()))
        if len(octets.translate(None, _C0)) < len(octets) or _C1.search(octets):
            problems.append(Problem(f"{part}: holds a control character"))
    return problems


def _written_links(text: str) -> set[str]:
    return {word for line in text.split("\n") if "://" in line for word in line.split() if "://" in word}


def _unsubscribe_link(letter: RenderedLetter, url: str) -> list[Problem]:
    if href_of(url) in letter.html_octets and url in letter.text:
        return []
    return [Problem("links: a part has no unsubscribe link")]


def _headers(message: bytes, unsubscribe_url: str) -> list[Problem]:
    """The header lines; the lines of the body are as `quoted_printable` makes each of them."""
    head = message[: message.find(b"\r\n\r\n")]
    lines = head.split(b"\r\n")
    problems = []
    if f"\r\nList-Unsubscribe: <{unsubscribe_url}>".encode() not in head:
        problems.append(Problem("headers: List-Unsubscribe lacks the unsubscribe link"))
    if b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" not in lines:
        problems.append(Problem("headers: List-Unsubscribe-Post is missing"))
    if not head.count(b"\r") == head.count(b"\n") == len(lines) - 1:
        problems.append(Problem("headers: a bare CR or LF"))
    if b"\n." in head:
        problems.append(Problem("headers: a line begins with a dot, which a careless server drops"))
    if max(map(len, lines)) > MESSAGE_LINE_OCTETS:
        problems.append(Problem(f"headers: a line is longer than {MESSAGE_LINE_OCTETS} octets"))
    if not message.isascii():
        problems.append(Problem("message: is not 7-bit"))
    return problems


def _prose(text: str) -> list[Problem]:
    if any("https://" not in line for line in text.split("\n") if len(line) > PROSE_LINE_CHARACTERS):
        return [Problem(f"text: a line of prose is longer than {PROSE_LINE_CHARACTERS} characters")]
    return []
