"""What is known beside the labels about one reader's job: statements, observed use, experience, nearby roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from worker.report import observed
from worker.report.ai_steps import ai_step
from worker.report.catalogue import Catalogue
from worker.report.estimates import Estimate, rank_of
from worker.report.experience import MOST_EXPOSED, experience_of
from worker.report.knowledge import Experience, Nearby, Observed, Statement
from worker.report.next_steps import AiStepOf
from worker.report.report import NextStep, Source
from worker.report.roles import Job
from worker.report.subject import Subject

_NO_JOB = (Job("", "", ""),)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known. `jobs` are those that the title may mean, `today` is the date of the letter."""

    jobs: tuple[Job, ...]
    today: date | None
    statements: tuple[Statement, ...]
    observed: Observed | None
    experience: Experience | None
    nearby: tuple[Nearby, ...]


def known_about(
    catalogue: Catalogue, subject: Subject | None, index: Estimate, years: float | None, today: date | None
) -> Known:
    """What is known about a subject (None: about the reader's tasks alone). `index` is the reader's.

    `today` is the date of the letter: statements long past theirs are left out. Without it none is.
    """
    jobs = subject.role.jobs if subject else _NO_JOB
    near: tuple[Nearby, ...] = ()
    if subject and _percentile(catalogue, index) >= MOST_EXPOSED:
        near = catalogue.neighbours.of(subject.role, index)
    return Known(
        jobs=jobs,
        today=today,
        statements=catalogue.findings.chosen(jobs, today),
        observed=catalogue.observations.of(subject) if subject else None,
        experience=_experience(catalogue, subject, years, today) if subject else None,
        nearby=near,
    )


def _experience(catalogue: Catalogue, subject: Subject, years: float | None, today: date | None) -> Experience | None:
    """What years mean in this job: whether it is one of the most exposed is judged by its usual week."""
    return experience_of(years, _percentile(catalogue, subject.role.estimate), catalogue.findings, today)


def ai_step_of(catalogue: Catalogue, known: Known) -> AiStepOf:
    """Makes of a step one on using AI, as it is for this reader."""
    stage = known.experience.stage if known.experience else None
    return lambda step: ai_step(step, stage, known.jobs, catalogue.findings, known.today)


def sources_of(catalogue: Catalogue, known: Known, steps: Iterable[NextStep]) -> tuple[Source, ...]:
    """The sources behind all figures, and those that statements, observed use, experience and steps rest on."""
    ids = [statement.id for statement in known.statements]
    ids += known.experience.statement_ids if known.experience else ()
    ids += [slug for step in steps for slug in step.statement_ids]
    cited = {catalogue.findings[slug].source for slug in ids} | ({observed.SOURCE} if known.observed else set())
    return tuple(source for slug, source in catalogue.sources.items() if source.figures or slug in cited)


def _percentile(catalogue: Catalogue, index: Estimate) -> int:
    """The percentile of an index among US jobs."""
    return rank_of(index.value, catalogue.percentiles.mean_beta)
