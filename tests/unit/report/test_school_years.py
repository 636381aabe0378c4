"""Teachers named by a year, grade, key stage or subject of school."""

from __future__ import annotations

import pytest

from worker.report.matching import Matcher
from worker.report.school_years import school_teachers
from worker.report.spelling import fold_title

PRIMARY, MIDDLE, SECONDARY = "primary-school-teacher", "middle-school-teacher", "secondary-school-teacher"


@pytest.mark.parametrize("number", range(1, 14))
def test_each_year_and_grade(matcher: Matcher, number: int) -> None:
    for title in (f"Year {number} teacher", f"Y{number} Teacher", f"Teacher (Year {number})"):
        assert matcher.read_title(title).role == (PRIMARY if number < 7 else SECONDARY), title
    grade = PRIMARY if number < 6 else MIDDLE if number < 9 else SECONDARY
    for title in (f"Grade {number} maths teacher", f"Class {number} teacher", f"{number}th grade teacher"):
        assert matcher.read_title(title).role == (grade if number < 13 else None), title


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("KS1 class teacher", (PRIMARY,)),
        ("Key Stage 3 English teacher", (SECONDARY,)),
        ("third grade teacher", (PRIMARY,)),
        ("year one teacher", (PRIMARY,)),
        ("Year 5/6 teacher", (PRIMARY,)),
        ("year 11 and 12 chemistry teacher", (SECONDARY,)),
        ("K-5 teacher", (PRIMARY,)),
        ("K-12 teacher", (PRIMARY, MIDDLE, SECONDARY)),
        ("PGT Chemistry", (SECONDARY,)),
        ("sixth form teacher", (SECONDARY,)),
        ("Economics Teacher", (SECONDARY,)),
        ("Drama teacher", (SECONDARY,)),
    ],
)
def test_stages_and_subjects(matcher: Matcher, text: str, slugs: tuple[str, ...]) -> None:
    found = matcher.read_title(text)
    assert (found.candidates or (found.role,)) == slugs


@pytest.mark.parametrize(
    "text",
    [
        "2nd year teacher", "teacher, 3 years", "Grade 3 special education teacher", "year 3 teaching assistant",
        "Grade 4 ESL teacher", "grade 7 driver", "head teacher year 6", "teacher",
    ],
)  # fmt: skip
def test_no_year_of_school(text: str) -> None:
    assert school_teachers(fold_title(text)) == ()
