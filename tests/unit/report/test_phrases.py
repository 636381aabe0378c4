from __future__ import annotations

import pytest

from worker.report.phrases import about, counted, listed, mid_sentence, percent_of_jobs, years
from worker.report.report import Index, Range


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and D"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
    ],
)
def test_listed(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_counted() -> None:
    assert [counted(number, "task") for number in (0, 1, 2)] == ["0 tasks", "1 task", "2 tasks"]


def test_about_an_index_at_the_edge_keeps_its_margin() -> None:
    assert about(Index(3, 0, 15, 6.0)) == "about 3, give or take 12"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Range(93, 97), "between 93 % and 97 % of US jobs"),
        (Range(95, 95), "about 95 % of US jobs"),
        (Range(99, 100), "99 % or more of US jobs"),
        (Range(0, 3), "at most 3 % of US jobs"),
        (Range(0, 0), "at most 1 % of US jobs"),
    ],
)
def test_percent_of_jobs(span: Range, text: str) -> None:
    assert percent_of_jobs(span) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.5, "less than a year"), (1, "1 year"), (2.5, "2.5 years"), (40.0, "40 years")]
)
def test_years(number: float, text: str) -> None:
    assert years(number) == text


def test_a_short_form_keeps_its_capitals_in_mid_sentence() -> None:
    assert mid_sentence("SQL is text.") == "SQL is text"
    assert mid_sentence("Deciding where to go.") == "deciding where to go"
