"""CSV whose cells a spreadsheet reads as text, never as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""At the start of a CSV file it makes Excel read it as UTF-8."""
_STARTS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # of formulas, with their full-width forms, which some programs treat alike
_FORMULA = re.compile(rf"\s*[{_STARTS}]|[\t\r\n]")
_AFTER_SEPARATOR = re.compile(rf"([;\t\r\n|][\s\"]*)(?=[{_STARTS}])")
"""Where a program that separates cells by something other than a comma, as in most of Europe, begins a new cell."""


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, nor cuts into cells of which one is a formula.

    An apostrophe comes before what begins like one, at the start of the text and after each separator (OWASP).
    """
    text = _AFTER_SEPARATOR.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, each cell safe for a spreadsheet."""
    sheet = io.StringIO()
    csv.writer(sheet).writerows([csv_cell(cell) for cell in row] for row in rows)
    return sheet.getvalue()
