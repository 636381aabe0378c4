"""Cells a spreadsheet must read as text."""

import pytest

from worker.spreadsheet import csv_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\u00a0@x"]
)
def test_what_looks_like_a_formula_is_defused(text):
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "ada", "a=1", "1-2", "/outlook/ml-engineer", "'=1"])
def test_plain_text_stays_as_it_is(text):
    assert csv_cell(text) == text
