"""Addresses as people paste them, repaired: marks that nobody can see, `mailto:`, brackets, full-width signs."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

INVISIBLE = "email: invisible characters"
MAILTO = "email: mailto"
BRACKETS = "email: name and brackets"
PUNCTUATION = "email: punctuation around it"
FULL_WIDTH = "email: full-width signs"
SPACES = "email: spaces beside the @"
LABEL = "email: a label before it"
ENCODED = "email: characters written as HTML or for a link"
SLIPS = "email: slips of the keyboard"

_HALF_WIDTH: dict[int, int | str] = {sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)} | {
    0x3002: ".",
    0xFF61: ".",
    0xFE6B: "@",
    0xFE52: ".",
    0x3001: ",",
}
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters without ink, such as Hangul fillers
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile("[\x0b\x0c\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_JOINERS = "\u200c\u200d"
_BETWEEN_LETTERS = re.compile(f"(?<=[^\\x00-\\x7f])[{_JOINERS}](?=[^\\x00-\\x7f])")
"""A joiner between two letters of another script may belong to a domain: Persian ones have it."""
_LABEL = re.compile(r"(?:e-?mail(?: address)?|mail) ?: *", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"([^<>]*)<([^<>]+)>|([^<>()]+) \(([^<>()]+)\)")
"""`Ada <ada@example.com>`, `Ada (ada@example.com)` and `ada@example.com (Ada)`, as old mail programs write it."""
_HTML = re.compile(r"&(?:[a-z]{2,10}|#\d{1,5}|#x[0-9a-f]{1,4});", re.IGNORECASE)
_SPACE_BY_PERIOD = re.compile(r"(?<=@)([^\s@.]+)(?: +\. *|\. +)(?=[^\s@]+$)")
"""As telephones write it: `ada@example. com`. What stands before the space is no domain yet."""
_COMMAS = re.compile(r"(?<=@)[^\s@.,]+(?:,[^\s@.,]+)+$")
_AFTER = "/,.;:!?\u2026 )]>\u060c\u061b\u2019\u201d\u00bb"
_BEFORE = ",; ([<\u2022\u2023\u25aa\u25cf\u00b7\u2018\u201c\u00ab"
_QUOTES = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb"


def repair_address(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the address that a text means, and notes on what was repaired. The text may still be no address."""
    notes = []
    text = text.strip(" \t\r\n")
    for note, repair in _REPAIRS:
        repaired = repair(text)
        if repaired != text:
            notes.append(note)
            text = repaired
    return text, tuple(notes)


def _without_invisible(text: str) -> str:
    kept = {found.start() for found in _BETWEEN_LETTERS.finditer(text)}
    seen = "".join(sign for place, sign in enumerate(text) if place in kept or not _is_invisible(sign))
    return _SPACES.sub(" ", seen).strip(" ")


def _decoded(text: str) -> str:
    """An address has no semicolon, and always an @: what looks encoded is."""
    text = _HTML.sub(lambda found: html.unescape(found[0]), text)
    return text if "@" in text or ":" in text else text.replace("%40", "@")


def _without_slips(text: str) -> str:
    """Without a second @, without a space beside a domain's first period, with periods for its commas."""
    text = _SPACE_BY_PERIOD.sub(r"\1.", re.sub("@{2,}", "@", text))
    return _COMMAS.sub(lambda found: found[0].replace(",", "."), text)


def _without_spaces(text: str) -> str:
    return "@".join(part.strip(" ") for part in text.split("@"))


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf" or sign in _BLANK_LETTERS or _VARIATION.match(sign) is not None


def _without_mailto(text: str) -> str:
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.strip(f" <{_QUOTES}").lower() != "mailto":
        return text
    return unquote(rest.partition("?")[0]).lstrip("/").rstrip(" >")


def _without_label(text: str) -> str:
    """Without the name of the field that a form or a signature writes before an address, which has no colon."""
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


def _without_brackets(text: str) -> str:
    """Without quotation marks, and without the name beside an address in brackets, unless that is another address."""
    found = _IN_BRACKETS.fullmatch(text.strip().rstrip(",.;: "))
    if found is None:
        return _without_quotes(text)
    before, inside = (part for part in found.groups() if part is not None)
    before, inside = before.strip(f" {_QUOTES}"), _without_quotes(inside.strip())
    address = _without_mailto(inside)
    if "@" in before and "@" in address and before.lower() != address.lower():
        return text
    return inside if "@" in address else before


def _without_quotes(text: str) -> str:
    quoted = len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES
    return text[1:-1] if quoted else text


def _without_punctuation(text: str) -> str:
    """Also without brackets on one side alone, as a selection with the mouse leaves them. No name begins with one.

    Quotation marks and punctuation may surround one another, as in a list. A sign that a name may begin with is taken
    from the end only where none is likely at the start: of `*ada@example.com*` half a repair would be another address.
    """
    while (bare := _without_quotes(text.rstrip(_AFTER).lstrip(_BEFORE))) != text:
        text = bare
    return text


def _half_width(text: str) -> str:
    return text.translate(_HALF_WIDTH)


_REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (ENCODED, _decoded),
    (INVISIBLE, _without_invisible),
    (FULL_WIDTH, _half_width),
    (SPACES, _without_spaces),
    (LABEL, _without_label),
    (BRACKETS, _without_brackets),
    (MAILTO, _without_mailto),
    (PUNCTUATION, _without_punctuation),
    (SLIPS, _without_slips),
)
