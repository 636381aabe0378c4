"""The index as a range on a scale of 100, beside the middle half of US jobs and the usual week."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.line import Line, line, strong
from worker.content.week import usual_week, week_name
from worker.content.wording import sentence
from worker.report.measures import Comparison
from worker.report.report import Report


@dataclass(frozen=True, slots=True)
class Track:
    """A range drawn on the scale, 0 to 100; hide it from screen readers: the lines before it say the same."""

    label: str
    low: int
    high: int
    ours: bool
    """Whether it is the report's own range; else US jobs."""


@dataclass(frozen=True, slots=True)
class IndexRange:
    """`lines` first, then the tracks."""

    lines: tuple[Line, ...]
    tracks: tuple[Track, ...]


def index_range_of(report: Report) -> IndexRange:
    """The range of the report's week."""
    jobs, index = report.all_jobs, report.index
    text = line(
        f"{sentence(week_name(report))} lies ",
        strong(f"between {index.low} and {index.high} on a scale of 100"),
        f". Half of all US jobs lie between {jobs.p25} and {jobs.p75}{_against_jobs(report)}.{_against_usual(report)}",
    )
    tracks = (
        Track(sentence(week_name(report)), index.low, index.high, ours=True),
        Track("The middle half of US jobs", jobs.p25, jobs.p75, ours=False),
    )
    return IndexRange((text,), tracks)


def _against_jobs(report: Report) -> str:
    jobs, index = report.all_jobs, report.index
    if index.low > jobs.p75:
        return ", all below it"
    if index.high < jobs.p25:
        return ", all above it"
    return "; the two overlap"


def _against_usual(report: Report) -> str:
    """A difference from the usual week is claimed only where it cannot be the figures' own error."""
    if report.against_usual is None:
        return ""
    usual = usual_week(report)
    match report.against_usual.verdict:
        case Comparison.ABOVE:
            return f" {usual} is less exposed."
        case Comparison.BELOW:
            return f" {usual} is more exposed."
        case Comparison.TOO_CLOSE:
            return f" {usual} lies too near for us to claim a difference."
