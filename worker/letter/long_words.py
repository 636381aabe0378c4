"""Places where a long word may break in HTML: a screen of 320 px holds about forty characters.

What a reader wrote has lost everything that could act before it comes here: see worker.content.own_words.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONG_WORD = 40
"""Characters: a longer word gets places to break."""
_WORD_PIECE = 24

_CACHED_STRINGS = 8192
"""The catalogue's sentences recur in every letter: the cache holds all of them, and soon drops a reader's words."""

ZERO_WIDTH_SPACE = "\u200b"

_LONG_RUN = re.compile(rf"[!-\u04ff]{{{LONG_WORD + 1},}}")
_PIECE = re.compile(rf"([!-\u04ff]{{{_WORD_PIECE}}})(?=[!-\u02ff])")


def for_html(value: object) -> object:
    """Jinja's `finalize` for the HTML part: the long words of a plain string get places to break."""
    return _breakable(value) if type(value) is str and len(value) > LONG_WORD else value


@lru_cache(maxsize=_CACHED_STRINGS)
def _breakable(text: str) -> str:
    return _LONG_RUN.sub(lambda run: _PIECE.sub(rf"\1{ZERO_WIDTH_SPACE}", run.group()), text)
