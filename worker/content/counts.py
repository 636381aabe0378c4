"""The three counts of the outlook page: high exposure tasks, resilient tasks, skills assessed."""

from __future__ import annotations

from dataclasses import dataclass

from worker.report.report import Report


@dataclass(frozen=True, slots=True)
class Count:
    """One number and its noun."""

    value: int
    noun: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Three numbers side by side; each is read with its noun."""

    title: str
    counts: tuple[Count, ...]


def counts_of(report: Report) -> Counts:
    """The counts of the tasks and skills that the report shows."""
    found = (
        (report.high_count, "high exposure task"),
        (report.resilient_count, "resilient task"),
        (report.skills_assessed, "skill"),
    )
    nouns = [noun if value == 1 else f"{noun}s" for value, noun in found]
    nouns[2] += " assessed"
    return Counts("All in all", tuple(Count(value, noun) for (value, _), noun in zip(found, nouns, strict=True)))
