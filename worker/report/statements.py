"""Which findings on AI and work hold for a job: read from data/changes, chosen by job and date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from worker.report.knowledge import Statement
from worker.report.roles import Job

SHOWN = 3  # statements in a report
STALE_AFTER = timedelta(days=180)  # past the day on which a statement is to be looked at again
EVERYONE = "everyone"
ON_JOBS = "jobs"  # what a statement is about, if on what happens to jobs: neither labels nor use say anything of it
_CACHED = 256  # titles
_OCCUPATION, _GROUP = 7, 4  # characters of a code that names an occupation, as "15-1252", or a small group, as "15-1"


class Use(StrEnum):
    """What a statement is there for."""

    NEWS = "news"
    """Shown as what is known about a job."""
    EXPERIENCE = "experience"
    """What years of experience mean."""
    STEP = "step"
    """A reason for a next step."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement, and for whom and what it is. `reach` holds slugs of roles and families, codes or `everyone`."""

    statement: Statement
    use: Use
    about: str
    source: str
    """The slug of the source."""
    reach: tuple[str, ...]
    since: str
    """The month of the finding, or its year, as "2026-03" or "2026"."""

    def specificity(self, job: Job) -> int:
        """How closely the statement is about a job: 0 for not at all, 5 for this very role."""
        return max([_closeness(target, job) for target in self.reach], default=0)


def _closeness(target: str, job: Job) -> int:
    if target == EVERYONE:
        return 1
    if target in (job.role, job.family):
        return 5 if target == job.role else 3
    if target[0].isdigit() and job.occupation.startswith(target):
        return 4 if len(target) >= _OCCUPATION else 3 if len(target) >= _GROUP else 2
    return 0


class Statements(Mapping[str, Finding]):
    """All findings by slug. What holds for a title is ranked when it is first asked for."""

    def __init__(self, findings: Mapping[str, Finding]) -> None:
        self._findings = findings
        self._ranked = lru_cache(_CACHED)(self._rank)
        self.chosen = lru_cache(_CACHED)(self._choose)

    def __getitem__(self, slug: str) -> Finding:
        return self._findings[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._findings)

    def __len__(self) -> int:
        return len(self._findings)

    def _choose(self, jobs: tuple[Job, ...], today: date | None) -> tuple[Statement, ...]:
        """What is known about the jobs that a title may mean, each of them: at most SHOWN, the most specific first.

        Of statements about the same, only the first. The last place is for what happens to jobs. Without `today`
        nothing counts as stale.
        """
        found: dict[str, Finding] = {}
        for finding in self._ranked(jobs):
            if not is_stale(finding.statement, today):
                found.setdefault(finding.about, finding)
        on_jobs = [found.pop(ON_JOBS)] if ON_JOBS in found else []
        shown = [*list(found.values())[: SHOWN - len(on_jobs)], *on_jobs]
        return tuple(finding.statement for finding in shown)

    def _rank(self, jobs: tuple[Job, ...]) -> tuple[Finding, ...]:
        news = (finding for finding in self._findings.values() if finding.use is Use.NEWS)
        held = [(min([finding.specificity(job) for job in jobs]), finding) for finding in news]
        ranked = sorted((pair for pair in held if pair[0]), key=lambda pair: (pair[0], pair[1].since), reverse=True)
        return tuple(finding for _, finding in ranked)


def is_stale(statement: Statement, today: date | None) -> bool:
    """Whether a statement is so long past its date that no letter has it any more."""
    return today is not None and today > statement.look_again + STALE_AFTER


def overdue(statements: Iterable[Statement], today: date) -> tuple[Statement, ...]:
    """The statements whose `look_again` has passed, the longest first."""
    late = [statement for statement in statements if today > statement.look_again]
    return tuple(sorted(late, key=lambda statement: (statement.look_again, statement.id)))


def fresh(findings: Mapping[str, Finding], ids: Sequence[str], today: date | None) -> tuple[Statement, ...]:
    """The statements with these ids: all of them, or none if one is missing or stale."""
    found = [findings[slug].statement for slug in ids if slug in findings]
    if len(found) < len(ids) or any(is_stale(statement, today) for statement in found):
        return ()
    return tuple(found)
