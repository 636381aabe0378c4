"""Roles, tasks and skills as frozen values: what the catalogue holds and what a report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from worker.report.estimates import Estimate
from worker.report.exposure import Rating
from worker.report.report import Band, RoleSummary, SkillEffect
from worker.report.spelling import fold_work


@dataclass(frozen=True)
class Task:
    """One kind of work, shared by every role that does it. `skills` are slugs."""

    slug: str
    name: str
    synonyms: tuple[str, ...]
    skills: tuple[str, ...]
    rating: Rating
    rationale: str
    stays_human: str
    next_step: str
    any_job: bool = False
    """Whether people of any job may do it beside their own work, as answering email."""

    @cached_property
    def folded_names(self) -> tuple[str, ...]:
        """All its names, as they are looked up."""
        return tuple(fold_work(name) for name in (self.name, *self.synonyms))


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill, and what language models do to its worth."""

    slug: str
    name: str
    synonyms: tuple[str, ...]
    effect: SkillEffect
    reason: str
    in_role: tuple[str, ...] = ()
    """Names that mean it among people whose job has it."""
    any_job: bool = False
    """Whether people of any job may have it."""


@dataclass(frozen=True, slots=True)
class RoleTask:
    """A task (slug) in a role's usual week; `share` 0..1. `page_band` is the outlook page's own rating, if any."""

    task: str
    share: float
    page_band: Band | None


class Job(NamedTuple):
    """What a statement may be about: a role's slug, its family's, and the O*NET-SOC code of its closest occupation.

    An occupation without a role has the code alone.
    """

    role: str
    family: str
    occupation: str


@dataclass(frozen=True, slots=True)
class Role:
    """One role. `occupations` are O*NET-SOC codes, closest first; `estimate` is its index before rounding.

    An occupation or a family in the place of a role has its O*NET-SOC code, or nothing, as `slug`, and no skills.
    """

    slug: str
    title: str
    aliases: tuple[str, ...]
    endings: tuple[str, ...]
    """Ends of titles that mean this role: "electrician" makes "marine electrician" an electrician."""
    occupations: tuple[str, ...]
    tasks: tuple[RoleTask, ...]
    shares_because: str
    skills: tuple[str, ...]
    apart_because: str | None
    """Why its rank among roles is far from that of its occupations' published means, if it is."""
    jobs: tuple[Job, ...]
    """What it is to statements: one job, for a family those of all that its title may mean."""
    estimate: Estimate
    summary: RoleSummary
