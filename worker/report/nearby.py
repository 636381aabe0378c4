"""Roles near the reader's that are less exposed: our reading of which skills carry over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from worker.report.estimates import Estimate, difference_of
from worker.report.knowledge import Nearby
from worker.report.measures import Comparison
from worker.report.roles import Role, Skill

SHOWN = 2
LEAST_SHARED = 2  # skills that both roles need, within a family or a group of occupations
LEAST_SHARED_AFAR = 3  # skills that both need, where they have neither in common
LEAST_LOWER = 10  # index points
_CACHED = 256  # roles


@dataclass(frozen=True, slots=True)
class _Neighbour:
    role: Role
    shared: tuple[str, ...]


class Neighbours:
    """Which roles share skills; found out when a role is first asked for."""

    def __init__(self, roles: Mapping[str, Role], skills: Mapping[str, Skill]) -> None:
        self._roles = roles
        self._skills = skills
        self._sharing = lru_cache(_CACHED)(self._find)

    def of(self, role: Role, own: Estimate) -> tuple[Nearby, ...]:
        """The roles that need enough of the role's skills and whose index is surely lower than `own`.

        Lower by LEAST_LOWER points, and clearly so. The most shared skills first, then the lower index. Empty for what
        is no role: it has no skills.
        """
        if role.slug not in self._roles:
            return ()
        lower = (neighbour for neighbour in self._sharing(role.slug) if _surely_lower(neighbour.role.estimate, own))
        return tuple(
            Nearby(near.role.slug, near.role.title, near.role.summary.index.value, near.shared)
            for near in islice(lower, SHOWN)
        )

    def _find(self, slug: str) -> tuple[_Neighbour, ...]:
        role = self._roles[slug]
        needed = set(role.skills)
        found = []
        for other in self._roles.values():
            shared = tuple(self._skills[skill].name for skill in other.skills if skill in needed)
            enough = LEAST_SHARED if _related(other, role) else LEAST_SHARED_AFAR
            if other.slug != slug and len(shared) >= enough:
                found.append(_Neighbour(other, shared))
        return tuple(sorted(found, key=lambda near: (-len(near.shared), near.role.estimate.value, near.role.slug)))


def _related(role: Role, other: Role) -> bool:
    """Whether two roles are of the same family, or of the same of O*NET's major groups."""
    groups = {job.occupation[:2] for job in role.jobs} & {job.occupation[:2] for job in other.jobs}
    return bool(groups) or role.summary.family == other.summary.family


def _surely_lower(other: Estimate, own: Estimate) -> bool:
    return own.value - other.value >= LEAST_LOWER and difference_of(other, own).verdict is Comparison.BELOW
