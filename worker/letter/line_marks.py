"""Comments in a template that say which line gave each part of a rendered letter, for `worker templates check`.

A mark has the number of the joined template's line. It is put where a line begins in text, so it changes no element.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from jinja2 import Environment

from worker.letter.html_scanner import Scanner
from worker.letter.jinja_pieces import read_pieces
from worker.letter.sources import TemplateSource

_MARK = re.compile(rb"<!--line (\d+)-->")
_MARK_IN_TEXT = re.compile(r"<!--line (\d+)-->")
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]{2,}")


def with_line_marks(source: TemplateSource, environment: Environment) -> TemplateSource:
    """The template with a mark for each line that begins in text, in its body. Its lines keep their numbers."""
    marked: list[str] = []
    scanner = Scanner()
    in_body = False
    for piece in read_pieces(source, environment):
        if not piece.is_data:
            marked.append(piece.text)
            continue
        for number, line in enumerate(piece.text.splitlines(keepends=True)):
            if in_body and scanner.state == "text":
                marked.append(f"<!--line {piece.line + number}-->")
            scanner.feed(line)
            in_body = in_body or "<body" in line
            marked.append(line)
    return TemplateSource(source.name, "".join(marked), source.origins)


def without_line_marks(html: bytes) -> bytes:
    """The HTML as it is without its marks."""
    return _MARK.sub(b"", html)


def line_of(html: bytes, evidence: bytes) -> int | None:
    """The template's line that gave this part of the HTML without marks, in any case, or None if it is not there."""
    offset = without_line_marks(html).lower().find(evidence.lower()) if evidence else -1
    if offset < 0:
        return None
    line, removed = None, 0
    for mark in _MARK.finditer(html):
        if mark.start() - removed > offset:
            break
        line, removed = int(mark[1]), removed + len(mark.group())
    return line


def line_of_words(html: str, words: Collection[str]) -> int | None:
    """The template's line that gave most of these words of the text, which are in lower case; the first such line."""
    found: Counter[int] = Counter()
    _, *parts = _MARK_IN_TEXT.split(html)
    for line, part in zip(parts[::2], parts[1::2], strict=True):
        seen = set(_WORD.findall(_TAG.sub(" ", part).lower()))
        found[int(line)] = max(found[int(line)], len(seen.intersection(words)))
    line, most = max(found.items(), key=lambda item: item[1], default=(0, 0))
    return line if most else None


def lines_in(html: bytes) -> frozenset[int]:
    """Every line of the template that gave a part of the HTML."""
    return frozenset(int(mark[1]) for mark in _MARK.finditer(html))
