"""What the reader's years of experience mean, from studies."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.wording import years
from worker.report.report import Report


@dataclass(frozen=True, slots=True)
class Years:
    """A heading and a text."""

    title: str
    text: str


def years_of(report: Report) -> Years | None:
    """None for a reader who gave no years."""
    if report.experience_years is None or report.experience is None or not report.experience.text:
        return None
    title = "Your first year" if report.experience_years < 1 else f"Your {years(report.experience_years)}"
    return Years(title, report.experience.text)
