"""Cells that a spreadsheet reads as text, whoever wrote what is in them."""

from __future__ import annotations

_FORMULA_STARTS = frozenset(
    "=+-@\uff1d\uff0b\uff0d\uff20"
)  # and their full-width forms, which some programs take alike
_BREAKS = frozenset("\t\r\n")


def csv_cell(text: str) -> str:
    """A cell no spreadsheet takes for a formula: what begins like one gets an apostrophe before it (OWASP)."""
    first = text.lstrip()[:1]
    return f"'{text}" if first in _FORMULA_STARTS or text[:1] in _BREAKS else text
