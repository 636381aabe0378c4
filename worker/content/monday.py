"""One thing to do on Monday: the first of the report's steps."""

from __future__ import annotations

from dataclasses import dataclass

from worker.report.report import Report


@dataclass(frozen=True, slots=True)
class Monday:
    """The box under the picture."""

    title: str
    text: str


def monday_of(report: Report) -> Monday | None:
    """The first step; None if the report has no step."""
    return Monday("On Monday", report.next_steps[0].text) if report.next_steps else None
