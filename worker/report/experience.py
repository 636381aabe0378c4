"""What years of experience mean, from studies of people at different points of working life."""

from __future__ import annotations

from worker.report.knowledge import Experience, Stage

SETTLED_FROM, SENIOR_FROM = 3, 10  # years


def stage_of(years: float) -> Stage:
    """The stage that a number of years in the job makes."""
    if years < SETTLED_FROM:
        return Stage.BEGINNER
    return Stage.SETTLED if years < SENIOR_FROM else Stage.SENIOR


def experience_of(years: float | None) -> Experience | None:
    """What the reader's years mean; None for a reader who gave none."""
    if years is None:
        return None
    return Experience(stage_of(years), "", ())
