"""Wrapping the lines of the text part.

Written by hand because `textwrap` takes four times as long for a letter, and most of its lines come back in the next.
"""

from __future__ import annotations

import re
from functools import lru_cache

from worker.letter.measures import PROSE_LINE_CHARACTERS

_CACHED_LINES = 8192
"""The catalogue's sentences recur in every letter: the cache holds all of them, and soon drops a reader's words."""
_LIST_MARK = re.compile(r"\s*(?:- |\d{1,2}\. )?")


def wrap(text: str, width: int = PROSE_LINE_CHARACTERS) -> str:
    """The text with every line wrapped to `width`, indented below a leading `- ` or `1. `.

    A line that holds a URL stays whole, so that the URL does too. A line of two hyphens gets the space that makes it
    the mark before a signature (RFC 3676 4.3), which editors strip from templates.
    """
    lines = text.replace("\n--\n", "\n-- \n").split("\n")
    return "\n".join([line if len(line) <= width or "https://" in line else _wrap_line(line, width) for line in lines])


@lru_cache(maxsize=_CACHED_LINES)
def _wrap_line(line: str, width: int) -> str:
    match = _LIST_MARK.match(line)
    mark = match.group() if match else ""
    available = width - len(mark)
    rest = " ".join(line[len(mark) :].split())
    lines: list[str] = []
    while len(rest) > available:
        space = rest.rfind(" ", 0, available + 1)
        end = space if space > 0 else available  # a word longer than the line is cut at the end of the line
        lines.append(rest[:end])
        rest = rest[end:].lstrip()
    return mark + f"\n{' ' * len(mark)}".join([*lines, rest])
