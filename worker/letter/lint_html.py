"""The rules on a letter's HTML part, and on the text part beside it, that its templates alone can break.

A reader's data stands between the tags, escaped, and in both parts: it makes no tag, no link and no missing word. So
these rules are tried when templates are checked, and on letters that many readers share.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from worker.content.own_words import FIRST_STRONG_ISOLATE, POP_ISOLATE
from worker.letter.key_links import NO_TRACK
from worker.letter.long_words import LONG_WORD, ZERO_WIDTH_SPACE
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.theme import Theme

WORD_PARITY = 0.95
"""The text part must hold at least this share of the HTML's distinct words, and all its figures and links."""
_CACHED_TAGS = 1024
"""A letter has about a hundred different tags, nearly all of them the template's."""
_CACHED_ORIGINS = 64
"""A process has one website, one service and the links of one theme."""
_EXAMPLES = 3
"""A problem names at most so many."""

_HIDDEN = re.compile(rb"<div\b[^>]*display: ?none.*?</div>", re.DOTALL)
_TAG = re.compile(rb"(<[^>]*>)")
_FORBIDDEN = re.compile(
    rb"<(?:script|form|iframe|object|embed|link|base|input|button|svg|video|audio|canvas)\b|<[^>]*\son\w+=",
    re.IGNORECASE,
)
_HIDES = re.compile(rb"display: ?none|visibility: ?hidden|font-size: ?0(?![.\d])|mso-hide: ?all", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_UNREAD = re.compile(rb"<!--.*?-->|<style\b.*?</style>", re.DOTALL)
_SRC = re.compile(rb'src="([^"]*)"')
_HREF = re.compile(rb'href="([^"]*)"')
_WORD = re.compile(r"[^\W_]{2,}")
_FIGURE = re.compile(rb"\d+(?:[.,]\d+)*")
_UNSEEN = re.compile(b"|".join(mark.encode() for mark in (ZERO_WIDTH_SPACE, FIRST_STRONG_ISOLATE, POP_ISOLATE)))
"""Marks that we set in one part only: the places where a long word may break, the bounds of right-to-left text."""
_NO_TRACK = NO_TRACK.encode()


@dataclass(frozen=True, slots=True)
class _Body:
    """The HTML part without its head: its distinct tags, and the text between them that is not hidden.

    All in octets: they are searched and split in half the time of strings.
    """

    source: bytes
    tags: frozenset[bytes]
    visible: bytes

    def holding(self, mark: bytes) -> list[bytes]:
        """The tags that hold this."""
        return [tag for tag in self.tags if mark in tag]


class Problem(NamedTuple):
    """A rule that a letter breaks, in words that quote no address and no token.

    `evidence` is a part of the HTML part that breaks it, as it is there, or empty.
    """

    text: str
    evidence: bytes = b""


def lint_html(letter: RenderedLetter, context: LetterContext, theme: Theme) -> tuple[Problem, ...]:
    """Every problem that a template can make."""
    body = _read_body(letter.html_octets)
    return (
        *(Problem(f"html: {said}", tag) for tag in body.tags if (said := _forbidden(tag))),
        *_images(body, context, theme),
        *_links(letter, body, context, theme),
        *_parity(letter, body),
    )


def _read_body(html: bytes) -> _Body:
    source = html[max(html.find(b"<body"), 0) :]
    pieces = _TAG.split(_UNREAD.sub(b" ", _HIDDEN.sub(b" ", source, count=1)))
    visible = b" ".join(pieces[::2])
    if b"&" in visible:
        visible = unescape(visible.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
    for_outlook = (tag for comment in _COMMENT.findall(source) for tag in _TAG.findall(comment))
    return _Body(source, frozenset((*pieces[1::2], *for_outlook)), visible)


@lru_cache(maxsize=_CACHED_TAGS)
def _forbidden(tag: bytes) -> str | None:
    """What is wrong with a tag wherever it is; None for most."""
    if found := _FORBIDDEN.match(tag):
        beginning = found.group()[:20].decode("utf-8", "replace")
        return f"holds {beginning}, which mail programs strip or distrust"
    return "hides text besides the preheader: write it where it is read, or not" if _HIDES.search(tag) else None


def _images(body: _Body, context: LetterContext, theme: Theme) -> list[Problem]:
    """Images may be of the website, of the service, or the theme's mark: mail programs distrust other hosts."""
    problems = []
    for tag in body.holding(b"<img"):
        source = _SRC.search(tag)
        url = unescape(source[1].decode("utf-8", "replace")) if source else ""
        if url != theme.mark.image and not _is_ours(url, context):
            problems.append(Problem(f"html: an image is not https at {_hosts(context)}", tag))
    return problems


def _links(letter: RenderedLetter, body: _Body, context: LetterContext, theme: Theme) -> list[Problem]:
    anchors = body.holding(b"href=")
    links = {unescape(link.decode("utf-8", "replace")) for tag in anchors for link in _HREF.findall(tag)}
    problems = leading_elsewhere(links, context, theme)
    if context.unsubscribe_url not in links:
        problems.append(Problem("links: the HTML part has no unsubscribe link"))
    keys = (href_of(context.unsubscribe_url).rstrip(b'"'), href_of(context.report_url).rstrip(b'"'))
    problems += [
        Problem(f"links: one that is a key lacks {NO_TRACK}, so SES may wrap it: write <a {NO_TRACK} href=…>", tag)
        for tag in anchors
        if _NO_TRACK not in tag and any(key in tag for key in keys)
    ]
    missing = sorted(link for link in links if link.removeprefix("mailto:") not in letter.text)
    if missing:
        message = f"links: {len(missing)} of the HTML part are missing in the text part: write them there too"
        problems.append(Problem(message, href_of(missing[0])))
    return problems


def leading_elsewhere(links: Collection[str], context: LetterContext, theme: Theme) -> list[Problem]:
    """A problem for each of the links that leads neither to us nor where the theme does."""
    allowed = {link.url for link in theme.links}
    problems = []
    for link in sorted(links):
        if link not in allowed and not _is_ours(link, context):
            parts = urlsplit(link)
            where = f"{parts.scheme or 'a relative address'} at {parts.hostname}"
            message = f"links: one leads to {where}, not https at {_hosts(context)} or to a link of the theme"
            problems.append(Problem(message, href_of(link)))
    return problems


def _is_ours(url: str, context: LetterContext) -> bool:
    scheme, host = _origin(url)
    return scheme == "https" and host in (_origin(context.public_url)[1], _origin(context.report_url)[1])


def _origin(url: str) -> tuple[str, str]:
    """The scheme and the host of a URL, each empty if it has none."""
    end = url.find("/", url.find("://") + 3)
    return _split_origin(url[:end] if end > 0 else url)


@lru_cache(maxsize=_CACHED_ORIGINS)
def _split_origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or ""


def _hosts(context: LetterContext) -> str:
    return " or ".join(sorted({_origin(url)[1] for url in (context.public_url, context.report_url)}))


def href_of(link: str) -> bytes:
    """The attribute of a link, as it is in the HTML part."""
    return f'href="{escape(link)}"'.encode("utf-8", "surrogatepass")


def _words(body: _Body) -> set[bytes]:
    return set(_UNSEEN.sub(b"", body.visible.lower()).split())


def _parity(letter: RenderedLetter, body: _Body) -> list[Problem]:
    """Split at white space first, which finds nearly every word, and look closer only at the rest."""
    text = _UNSEEN.sub(b"", letter.text_octets.lower())
    visible = _words(body)
    left = _without_long_words(visible.difference(text.split()), text)
    problems = []
    figures = set(_FIGURE.findall(b" ".join(left)))
    if figures:
        figures.difference_update(_FIGURE.findall(text))
    if figures:
        examples = sorted(figures)[:_EXAMPLES]
        problems.append(
            Problem(f"parity: the text part lacks the figures {b', '.join(examples).decode()}", examples[0])
        )
    acceptable = (1 - WORD_PARITY) * len(visible)
    if len(left) > acceptable:
        words = _WORD.findall(b" ".join(left).decode("utf-8", "replace"))
        missing = len({word for word in words if word.encode() not in text})
        if missing > acceptable:
            problems.append(Problem(f"parity: the text part lacks {missing} of {len(visible)} words"))
    return problems


def _without_long_words(left: set[bytes], text: bytes) -> set[bytes]:
    """The words that are still missing. The text part breaks a word longer than a line: it is found without breaks."""
    long_words = {word for word in left if len(word) > LONG_WORD}
    if not long_words:
        return left
    joined = b"".join(text.split())
    return left - {word for word in long_words if word in joined}
