"""The content tree of one report: what the letter's HTML, its text and the report page say, each fact once.

How to render it: take the blocks in the order of the fields of `Content`; a block that is None has no section. Each
block's `title` is a heading. Render a `Line` piece by piece (see worker.content.line); any other string is plain text
of the catalogue. Nothing here knows HTML, colours or URLs: a template holds markup only, and writes no sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.changes import Changes, changes_of
from worker.content.counts import Counts, counts_of
from worker.content.farewell import Farewell
from worker.content.index_range import IndexRange, index_range_of
from worker.content.method import Method, method_of
from worker.content.monday import Monday, monday_of
from worker.content.reading import Reading, reading_of
from worker.content.skills import Skills, skills_of
from worker.content.steps import Steps, steps_of
from worker.content.subject_line import preheader_of, subject_of_letter
from worker.content.tasks import Tasks, tasks_of
from worker.content.verdict import Verdict, verdict_of
from worker.content.week_picture import WeekPicture, week_picture_of
from worker.content.years_block import Years, years_of
from worker.report.report import Report


@dataclass(frozen=True, slots=True)
class Content:
    """The blocks of a report in the order of the letter, after its subject and preheader."""

    subject: str
    preheader: str
    verdict: Verdict
    week: WeekPicture
    monday: Monday | None
    reading: Reading
    counts: Counts
    index: IndexRange
    tasks: Tasks
    years: Years | None
    skills: Skills | None
    changes: Changes | None
    steps: Steps | None
    method: Method
    farewell: Farewell


def content_of(report: Report) -> Content:
    """The content of a report. The same report gives the same content."""
    verdict, monday = verdict_of(report), monday_of(report)
    return Content(
        subject=subject_of_letter(report),
        preheader=preheader_of(verdict, monday),
        verdict=verdict,
        week=week_picture_of(report),
        monday=monday,
        reading=reading_of(report),
        counts=counts_of(report),
        index=index_range_of(report),
        tasks=tasks_of(report),
        years=years_of(report),
        skills=skills_of(report),
        changes=changes_of(report),
        steps=steps_of(report),
        method=method_of(report),
        farewell=Farewell(),
    )
