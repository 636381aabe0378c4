"""The subject and the line under it in a list of mails, in the catalogue's words alone."""

from __future__ import annotations

from worker.content.monday import Monday
from worker.content.verdict import Verdict
from worker.report.report import Report

_GOOD = range(33, 51)  # characters that a phone shows, and enough to say something
_LIMIT = 60
_GENERAL = "What AI changes in your work: your report"


def subject_of_letter(report: Report) -> str:
    """The first wording of a good length, else the first that is not too long."""
    week = "your week" if report.personal else "this work"
    wordings = (
        *(
            (
                f"{report.role_title}: what AI changes in {week}",
                f"{report.role_title}: what AI changes",
                f"AI exposure report: {report.role_title}",
                f"AI exposure: {report.role_title}",
            )
            if report.role
            else ()
        ),
        _GENERAL,
    )
    return next((text for text in wordings if len(text) in _GOOD), _GENERAL)


def preheader_of(verdict: Verdict, monday: Monday | None) -> str:
    """What the answer rests on, and what is to do."""
    return f"{verdict.gist} {'One thing to do on Monday, and the rest.' if monday else 'Task by task, and why.'}"
