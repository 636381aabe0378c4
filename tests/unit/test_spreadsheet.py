"""Cells a spreadsheet must read as text."""

import csv
import io

import pytest

from worker.spreadsheet import csv_cell, csv_text


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tone", "\rone", "\none", "  =1", "\uff1d1", "\u00a0@x"]
)
def test_what_looks_like_a_formula_is_defused(text):
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        ";=1+cmd|' /C calc'!A0;",
        "a;=1",
        "a; =1",
        'a;"=1',
        'a;""=1',
        "a\t=1",
        "a\n=1",
        "a\r\n-1",
        "a|@x",
        "a;\uff1d1",
        ";;+1",
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_of_any_locale_begins_like_a_formula(text, separator):
    sheet = csv_text([["before", text, "after"]])
    for row in csv.reader(io.StringIO(sheet, newline=""), delimiter=separator):
        assert not [cell for cell in row if cell.strip()[:1] in set("=+-@\uff1d")], row


@pytest.mark.parametrize("text", ["", "ada", "a=1", "1-2", "a; b", "x|y", "2;1-2", "/outlook/ml-engineer", "'=1"])
def test_plain_text_stays_as_it_is(text):
    assert csv_cell(text) == text
