from __future__ import annotations

import pytest

from worker.report.measures import Index, Range
from worker.report.phrases import (
    all_quoted,
    counted,
    give_or_take,
    less_exposed_jobs,
    listed,
    percentage,
    standing,
    years,
)


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


def test_names_of_tasks_are_quoted() -> None:
    assert all_quoted(["Cut, join and lay pipes", "Find leaks"]) == "“Cut, join and lay pipes” and “Find leaks”"


def test_a_share_that_rounds_to_zero_is_under_one_percent() -> None:
    assert [percentage(percent) for percent in (0, 1, 40)] == ["under 1 %", "1 %", "40 %"]


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (Index(68, 56, 80), "give or take 12"),
        (Index(3, 0, 15), "most likely no more than 15"),
        (Index(97, 85, 100), "most likely at least 85"),
    ],
)
def test_give_or_take(index: Index, text: str) -> None:
    assert give_or_take(index) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Range(93, 97), "more exposed to AI than nine in ten US jobs"),
        (Range(75, 90), "more exposed to AI than three quarters of US jobs"),
        (Range(50, 99), "more exposed to AI than most US jobs"),
        (Range(40, 60), "about as exposed to AI as the middle US job"),
        (Range(30, 50), "less exposed to AI than most US jobs"),
        (Range(10, 25), "less exposed to AI than three quarters of US jobs"),
        (Range(0, 3), "less exposed to AI than nine in ten US jobs"),
    ],
)
def test_standing(span: Range, text: str) -> None:
    assert standing(span) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Range(93, 97), "Between 93 and 97 of every 100 US jobs are less exposed."),
        (Range(95, 95), "About 95 of every 100 US jobs are less exposed."),
        (Range(99, 100), "At least 99 of every 100 US jobs are less exposed."),
        (Range(0, 3), "At most 3 of every 100 US jobs are less exposed."),
        (Range(0, 0), "At most 1 of every 100 US jobs is less exposed."),
        (Range(1, 1), "About 1 of every 100 US jobs is less exposed."),
    ],
)
def test_less_exposed_jobs(span: Range, text: str) -> None:
    assert less_exposed_jobs(span) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.5, "less than a year"), (1, "1 year"), (1.04, "1 year"), (2.5, "2.5 years"), (40.0, "40 years")],
)
def test_years(number: float, text: str) -> None:
    assert years(number) == text
