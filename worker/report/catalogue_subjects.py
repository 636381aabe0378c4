"""The subjects that a catalogue has reports on, each made when it is first asked for.

A process makes the letters of a few hundred titles over and over: the usual week of each is put together once.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from worker.report.catalogue_names import Names
from worker.report.evidence import Percentiles
from worker.report.made_when_used import MadeWhenUsed
from worker.report.onet import Onet
from worker.report.reading import TitleKind
from worker.report.roles import Role, Task
from worker.report.subject import Candidate, Subject, family_of

MOST_NAMED = 3  # candidates in the title of a family
_CACHED = 96  # of occupations, and of families, each some ten kilobytes


class Subjects:
    """Subjects by what a title was read as. Shared by all threads of a process."""

    def __init__(
        self,
        roles: Mapping[str, Role],
        tasks: Mapping[str, Task],
        names: Names,
        onet: Onet,
        percentiles: Percentiles,
    ) -> None:
        self._roles = roles
        self._tasks = tasks
        self._names = names
        self._onet = onet
        self._percentiles = percentiles
        self._of_roles = MadeWhenUsed(roles, self._role)
        self._occupation = lru_cache(_CACHED)(self._make_occupation)
        self.family = lru_cache(_CACHED)(self._family)

    def named(self, slug: str) -> Subject | None:
        """The role with this slug, or the occupation with this O*NET-SOC code; None if the catalogue has neither."""
        if slug in self._of_roles:
            return self._of_roles[slug]
        if "." not in slug or slug not in self._onet:  # no need to parse the occupations for a slug
            return None
        return self._occupation(slug)

    def _make_occupation(self, code: str) -> Subject:
        occupation = self._onet.subject(code)
        return replace(occupation, tasks=ChainMap(occupation.tasks, self._tasks))  # type: ignore[arg-type]  # only read

    def _role(self, slug: str) -> Subject:
        role = self._roles[slug]
        return Subject(
            kind=TitleKind.ROLE,
            role=role,
            tasks=self._tasks,
            names=self._names.tasks_in_role[role.slug],
            mix=tuple((self._tasks[part.task].rating, part.share) for part in role.tasks),
        )

    def _family(self, slugs: tuple[str, ...]) -> Subject | None:
        """The family of all candidates that the catalogue has; a single one is the subject itself."""
        subjects = [subject for slug in slugs if (subject := self.named(slug)) is not None]
        if len(subjects) < 2:
            return subjects[0] if subjects else None
        candidates = [Candidate(subject, self._people(subject)) for subject in subjects]
        ranked = sorted(candidates, key=lambda candidate: -candidate.people)
        title = " / ".join(candidate.subject.role.title for candidate in ranked[:MOST_NAMED])
        return family_of(ranked, title, self._percentiles)

    def _people(self, subject: Subject) -> float:
        return sum(self._onet.people(code) for code in subject.role.occupations)
