"""What a letter shows at each level of detail, and the scale as stretches of cells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.letter import samples
from tests.unit.letter.strategies import indexes, reports
from worker.letter.layout import DETAIL_LEVELS, DetailLevel, lay_out
from worker.letter.scale import Ink, Stretch, index_row, jobs_row
from worker.report.report import Index, JobSpread, Report


@given(indexes())
def test_a_row_fills_the_scale_and_marks_its_value(index: Index) -> None:
    row = index_row(index)
    assert sum(stretch.percent for stretch in row) == 100
    assert all(stretch.percent > 0 for stretch in row)
    assert [stretch.ink for stretch in row].count(Ink.MARK) == 1
    before = sum(stretch.percent for stretch in row[: [stretch.ink for stretch in row].index(Ink.MARK)])
    assert abs(before + 1 - index.value) <= 1


def test_rows_are_to_scale() -> None:
    assert index_row(Index(50, 40, 60)) == (
        Stretch(40, Ink.NONE),
        Stretch(9, Ink.INNER),
        Stretch(2, Ink.MARK),
        Stretch(9, Ink.INNER),
        Stretch(40, Ink.NONE),
    )
    assert [(stretch.percent, stretch.ink.value) for stretch in jobs_row(JobSpread(5, 15, 31, 49, 61))] == [
        (5, "none"),
        (10, "outer"),
        (15, "inner"),
        (2, "mark"),
        (17, "inner"),
        (12, "outer"),
        (39, "none"),
    ]


@given(reports, st.sampled_from(DETAIL_LEVELS))
def test_each_part_is_shown_once(report: Report, detail: DetailLevel) -> None:
    page = lay_out(report, detail)
    assert sorted([*(card.task for card in page.cards), *page.brief_tasks], key=id) == sorted(report.tasks, key=id)
    assert len(page.unrated_tasks) + page.more_unrated == len(report.unrated_tasks)
    assert len(page.unknown_skills) + page.more_unknown == len(report.unknown_skills)
    shown = [name for group in page.skill_groups for name in (*(skill.name for skill in group.full), *group.names)]
    assert sorted(shown) == sorted(skill.name for skill in report.skills)


def test_the_weightiest_tasks_are_shown_in_full() -> None:
    page = lay_out(samples.FORTY, DETAIL_LEVELS[0])
    lightest = min(task.share * task.figures.score for task in (card.task for card in page.cards))
    assert all(task.share * task.figures.score <= lightest for task in page.brief_tasks)
    assert len(page.cards) == DETAIL_LEVELS[0].tasks


@pytest.mark.parametrize(
    ("years", "words"),
    [
        (None, None),
        (0, "less than a year"),
        (0.99, "less than a year"),
        (1, "1 year"),
        (2.5, "2.5 years"),
        (30.0, "30 years"),
    ],
)
def test_experience_in_words(years: float | None, words: str | None) -> None:
    assert lay_out(replace(samples.FULL, experience_years=years), DETAIL_LEVELS[0]).experience == words
