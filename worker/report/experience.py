"""What years of experience mean, by studies of people at different points of working life.

The studies (data/changes/experience.toml) compare ages in the most exposed occupations. Those of 22 to 25, about the
first three years after college, are the group in which one study finds a loss and another none; both are always given
together. Older groups held steady. From ten years on the reader is called senior: that cut is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from worker.report.knowledge import Experience, Stage
from worker.report.statements import Finding, fresh

SETTLED_FROM, SENIOR_FROM = 3, 10  # years
MOST_EXPOSED = 80  # percentile of the index among US jobs; the studies are about the most exposed fifth

_PAIR = ("young-workers-us", "young-workers-finland")
_PAY = "pay-in-exposed-sectors-us"
_EXPOSED = {
    Stage.BEGINNER: (
        "In US payroll data, employment of workers aged 22 to 25 in the most exposed occupations, yours among them, "
        "fell 13 to 16% behind their peers' since late 2022. The same analysis of all of Finland finds no effect."
    ),
    Stage.SETTLED: (
        "In the most exposed occupations, yours among them, US payroll data show experienced workers steady or growing "
        "since late 2022, and only those aged 22 to 25 losing ground. In Finland not even they lost any."
    ),
    Stage.SENIOR: (
        "US payroll data show experienced workers in the most exposed occupations, yours among them, steady or "
        "growing, and only the young losing ground; in Finland not even they lost any. Pay in the most exposed US "
        "sectors rose faster than average."
    ),
}
_NOT_EXPOSED = {
    Stage.BEGINNER: (
        "Studies of people starting out look at the most exposed occupations, and yours is not among them. There, one "
        "in the US finds fewer jobs for the young, one in Finland does not."
    ),
    Stage.SETTLED: (
        "Studies of experience and AI look at the most exposed occupations, and yours is not among them. There, "
        "experienced workers held steady in the US; in Finland the young did too."
    ),
    Stage.SENIOR: (
        "Studies of experience and AI look at the most exposed occupations, and yours is not among them. Even there, "
        "experienced workers held steady or grew in the US, and in Finland not even the young lost jobs."
    ),
}


def stage_of(years: float) -> Stage:
    """The stage that a number of years in the job makes."""
    if years < SETTLED_FROM:
        return Stage.BEGINNER
    return Stage.SETTLED if years < SENIOR_FROM else Stage.SENIOR


def experience_of(
    years: float | None, percentile: float, findings: Mapping[str, Finding], today: date | None
) -> Experience | None:
    """What the reader's years mean; None for a reader who gave none, or where the studies are too old to be cited.

    `percentile` is that of the reader's job among US jobs, by the index of its usual week.
    """
    if years is None:
        return None
    stage, exposed = stage_of(years), percentile >= MOST_EXPOSED
    ids = (*_PAIR, _PAY) if exposed and stage is Stage.SENIOR else _PAIR
    statements = fresh(findings, ids, today)
    if not statements:
        return None
    return Experience(stage, (_EXPOSED if exposed else _NOT_EXPOSED)[stage], statements, exposed)
