"""What the reader's years of experience mean, from studies."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.wording import years
from worker.report.report import Report

_NO_STUDY = "The figures rate tasks, not people: they are the same for a first year and for a thirtieth."


@dataclass(frozen=True, slots=True)
class Years:
    """A heading and a text."""

    title: str
    text: str


def years_of(report: Report) -> Years | None:
    """None for a reader who gave no years. Without a study that is recent enough, the text says what figures rate."""
    if report.experience_years is None:
        return None
    title = "Your first year" if report.experience_years < 1 else f"Your {years(report.experience_years)}"
    return Years(title, (report.experience and report.experience.text) or _NO_STUDY)
