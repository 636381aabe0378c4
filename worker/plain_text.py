"""Free text on a single line, as the ledger, headers and log lines can hold it."""

from __future__ import annotations

import re
import unicodedata

_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that reorder the text around them on screen."""
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Control characters, line separators, lone surrogates, and what is no character at all."""


def printable(text: str) -> str:
    """The text with a space for each control character, and without marks that reorder it."""
    return text if text.isprintable() else _UNPRINTABLE.sub(" ", _REORDERING.sub("", text))


def single_line(text: str) -> str:
    """The text in NFC on one line, without marks that reorder it; runs of white space and controls are one space."""
    return " ".join(unicodedata.normalize("NFC", printable(text)).split())
