"""How we know, in brief: what was asked, what the range covers, what is our judgement, and the sources in one line."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.changes import publisher
from worker.content.line import Line, line
from worker.report.measures import CONFIDENCE, HIGH_FROM, LOW_BELOW
from worker.report.report import Provenance, Report

_ASKED = "People and GPT-4 judged exposure in 2023, task by task, for language models and software built on them."
_RANGE = (
    f"The range ({CONFIDENCE}% confidence) covers their disagreement and our choice of tasks, not later changes, "
    "robots, or tasks we misread. US figures."
)
_JUDGEMENT = "Reasons, verdicts on skills, usual weeks and steps are our judgement: object on your page."
_LEVELS = f"High is {HIGH_FROM} or more on the scale of 100, low is below {LOW_BELOW}."
_PAGE_LEVELS = "The levels are those of our outlook page."


@dataclass(frozen=True, slots=True)
class Method:
    """Small type. `levels` is for the page; `sources` is followed by a link to it, where licences are in full."""

    title: str
    lines: tuple[Line, ...]
    levels: Line
    sources: str
    sources_link: str


def method_of(report: Report) -> Method:
    """The method of this report."""
    page = any(task.provenance is Provenance.OUTLOOK_PAGE for task in report.tasks)
    text = " ".join([_ASKED, *([_PAGE_LEVELS] if page else []), _RANGE])
    return Method(
        "How we know", (line(text), line(_JUDGEMENT)), line(_LEVELS), f"Sources: {_sources(report)}.", "Licences"
    )


def _sources(report: Report) -> str:
    """The names of the sources of figures, without their year; a statement names its own source."""
    named = {statement.source for statement in report.statements}
    return ", ".join(dict.fromkeys(publisher(source.name) for source in report.sources if source.name not in named))
