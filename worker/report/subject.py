"""What a report is about: a role, an occupation or a family, each with the tasks of its usual week."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.report.estimates import Estimate, estimate, index_of, percentile_of
from worker.report.evidence import Percentiles
from worker.report.exposure import Rating, pooled
from worker.report.reading import TitleKind
from worker.report.report import Band, RoleSummary
from worker.report.roles import Job, Role, RoleTask, Task

MAX_GROUPS = 8  # tasks of an occupation or a family that have a text; the rest is its other work
_OTHER_WORK = "other-work-"

Mix = tuple[tuple[Rating, float], ...]
"""Ratings with shares that sum to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a report is about. `role` holds its usual week, also for an occupation or a family.

    `tasks` are those of that week and, behind them, those of the catalogue, by slug. `names` are folded names that mean
    one of them in this subject. Compared by identity: a catalogue makes each once.
    """

    kind: TitleKind
    role: Role
    tasks: Mapping[str, Task]
    names: Mapping[str, str]
    mix: Mix
    """What the index of the usual week is the mean of."""
    candidates: tuple[str, ...] = ()
    """Titles of what a family may mean, most jobs first."""
    borrowed: str | None = None
    """The group of occupations that its tasks are taken from, where its own have no kinds of work: its name."""

    @property
    def week(self) -> str:
        """What to call its usual week inside a sentence."""
        title = self.role.title
        match self.kind:
            case TitleKind.FAMILY:
                return "the usual week of these jobs"
            case TitleKind.OCCUPATION if title[:2].istitle():
                return f"the usual {title[0].lower()}{title[1:]} week"
            case _:
                return f"the usual {title} week"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One job that a title may mean, with the number of people who have it, above 0."""

    subject: Subject
    people: float


def family_of(candidates: Sequence[Candidate], title: str, percentiles: Percentiles) -> Subject:
    """The subject of a title that may mean any of `candidates` (at least two): their mean, weighted by people.

    Its `unknown` error is how far the candidates lie apart: the reader has one of these jobs.
    """
    people = math.fsum(candidate.people for candidate in candidates)
    weighted = [(candidate.subject, candidate.people / people) for candidate in candidates]
    parts, tasks = _merged(weighted)
    mix = tuple((rating, share * weight) for subject, weight in weighted for rating, share in subject.mix)
    value = estimate(mix).value
    apart = math.fsum(weight * (subject.role.estimate.value - value) ** 2 for subject, weight in weighted)
    exact = estimate(mix, unknown=math.sqrt(apart))
    names: dict[str, str] = {}
    for subject, _ in weighted:
        for name, slug in subject.names.items():
            names.setdefault(name, slug)  # as the job that most people have means it
    role = role_like(
        slug="",
        title=title,
        family=weighted[0][0].role.summary.family,
        occupations=tuple(dict.fromkeys(code for subject, _ in weighted for code in subject.role.occupations)),
        jobs=tuple(dict.fromkeys(job for subject, _ in weighted for job in subject.role.jobs)),
        parts=parts,
        exact=exact,
        percentiles=percentiles,
    )
    return Subject(
        kind=TitleKind.FAMILY,
        role=role,
        tasks=ChainMap(tasks, *(subject.tasks for subject, _ in reversed(weighted))),  # type: ignore[arg-type]
        names=names,
        mix=mix,
        candidates=tuple(subject.role.title for subject, _ in weighted),
    )


def role_like(
    *,
    slug: str,
    title: str,
    family: str,
    occupations: tuple[str, ...],
    jobs: tuple[Job, ...],
    parts: Sequence[RoleTask],
    exact: Estimate,
    percentiles: Percentiles,
) -> Role:
    """An occupation or a family as a role: without names, skills and page."""
    return Role(
        slug=slug,
        title=title,
        aliases=(),
        endings=(),
        occupations=occupations,
        tasks=tuple(parts),
        shares_because="",
        skills=(),
        apart_because=None,
        jobs=jobs,
        estimate=exact,
        summary=RoleSummary(
            slug=slug,
            title=title,
            family=family,
            page=None,
            index=index_of(exact),
            percentile=percentile_of(exact, percentiles.mean_beta),
        ),
    )


def is_other_work(slug: str | None) -> bool:
    """Whether a task is other work: it has figures and no text."""
    return slug is not None and slug.startswith(_OTHER_WORK)


def other_work(kinds: Sequence[tuple[Rating, float]], whose: str) -> list[tuple[Task, float]]:
    """Other work, kinds of work by rating and share: one task, with its share, for each level that some of it has.

    As a whole it would be shown at the level of its mean, which hardly any of it may have.
    """
    levels = [(band, [kind for kind in kinds if kind[0].band is band]) for band in Band]
    return [
        (_other_task(band, pooled(of_level), whose), math.fsum(share for _, share in of_level))
        for band, of_level in levels
        if of_level
    ]


def _other_task(band: Band, rating: Rating, whose: str) -> Task:
    return Task(
        slug=f"{_OTHER_WORK}{band}",
        name=f"Other work of {whose}",
        synonyms=(),
        skills=(),
        rating=rating,
        rationale="",
        stays_human="",
        next_step="",
    )


def _merged(weighted: Sequence[tuple[Subject, float]]) -> tuple[list[RoleTask], dict[str, Task]]:
    """The weeks of all subjects as one: the heaviest tasks, then other work. Tasks with the same slug are one."""
    found: dict[str, list[tuple[Task, float]]] = {}
    for subject, weight in weighted:
        for part in subject.role.tasks:
            found.setdefault(part.task, []).append((subject.tasks[part.task], part.share * weight))
    other = [part for slug in filter(is_other_work, list(found)) for part in found.pop(slug)]
    heaviest = sorted(found, key=lambda slug: -_share(found[slug]))
    for slug in heaviest[MAX_GROUPS:]:
        other += found.pop(slug)
    tasks = {slug: _one_task(found[slug]) for slug in heaviest[:MAX_GROUPS]}
    parts = [RoleTask(slug, _share(found[slug]), None) for slug in tasks]
    for task, share in other_work([(task.rating, share) for task, share in other], "these jobs"):
        tasks[task.slug] = task
        parts.append(RoleTask(task.slug, share, None))
    return parts, tasks


def _share(shared: Sequence[tuple[Task, float]]) -> float:
    return math.fsum(share for _, share in shared)


def _one_task(shared: Sequence[tuple[Task, float]]) -> Task:
    heaviest = max(shared, key=lambda pair: pair[1])[0]
    return Task(
        slug=heaviest.slug,
        name=heaviest.name,
        synonyms=heaviest.synonyms,
        skills=heaviest.skills,
        rating=pooled([(task.rating, share) for task, share in shared]),
        rationale=heaviest.rationale,
        stays_human=heaviest.stays_human,
        next_step=heaviest.next_step,
    )
