"""How we know, in brief: what was asked, what the range covers, what is our judgement, and the sources in one line."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.line import Line, line
from worker.report.measures import CONFIDENCE, HIGH_FROM, LOW_BELOW
from worker.report.report import Provenance, Report

_ASKED = (
    "In 2023 people and GPT-4 judged, task by task, whether a language model, or software built on one, could halve "
    f"the time at the same quality. High is {HIGH_FROM} or more on that scale of 100, low below {LOW_BELOW}."
)
_RANGE = (
    f"The range is at {CONFIDENCE}% confidence and covers their disagreement and our choice of tasks; not what changed "
    "since, robots, or a task we misread. Figures are for the US."
)
_JUDGEMENT = (
    "The reasons, the verdicts on skills, the usual week and the steps are our own judgement: tell us where they are "
    "wrong."
)
_PAGE_LEVELS = "The levels are those of our outlook page."


@dataclass(frozen=True, slots=True)
class Method:
    """Small type. `sources` is followed by a link to the report page, where sources and licences are in full."""

    title: str
    lines: tuple[Line, ...]
    sources: str
    sources_link: str


def method_of(report: Report) -> Method:
    """The method of this report."""
    page = any(task.provenance is Provenance.OUTLOOK_PAGE for task in report.tasks)
    text = " ".join([_ASKED, *([_PAGE_LEVELS] if page else []), _RANGE])
    names = ", ".join(source.name for source in report.sources)
    return Method("How we know", (line(text), line(_JUDGEMENT)), f"Sources: {names}.", "All sources and licences")
