"""Roles near the reader's that are less exposed: our reading of which skills carry over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from worker.report.estimates import Estimate, difference_of
from worker.report.knowledge import Nearby
from worker.report.measures import Comparison
from worker.report.roles import Role, Skill

SHOWN = 2
LEAST_SHARED = 2  # skills that both roles need, within a family or a group of occupations
LEAST_SHARED_AFAR = 3  # skills that both need, where they have neither in common
LEAST_UNCOMMON = 2  # of the shared skills, those that few roles need; one is enough within a family
COMMON_FROM = 0.075  # part of all roles, from which a skill says little about what somebody can do
LEAST_LOWER = 10  # index points
_TRAINED = ("11", "13", "15", "17", "19", "21", "23", "25", "27", "29", "41-3", "41-4", "41-9")
"""The beginnings of the O*NET-SOC codes of work that needs training of its own, as most of management, professions,
health practitioners and selling for a firm do."""
_LED = re.compile(r"(?:3[3579]|4[1-9]|5[13])-[2-9]")
"""The O*NET-SOC codes of service, sales, office and manual work that is not its supervision: "35-2014" is led."""
_LEADING = re.compile(r"11-|(?:3[3579]|4[1-9]|5[13])-1")
_NO_NEXT_STEP = ("27-2011", "27-204", "35-2011", "35-3023", "35-9", "37-201", "41-2011", "43-4171", "51-9111", "53-7")
"""Work that no adviser names as a next step: it is learnt within weeks and pays least, or lives by a talent."""
_CRAFTS = ("39-5", "47", "49", "51")
"""Trades that are learnt over years: a next step only for those who have one of the same major group."""
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

        Lower by LEAST_LOWER points, and clearly so. The most shared skills that few roles need first, then the lower
        index. Empty for what is no role: it has no skills. Nobody is pointed down: see `_is_next_step`.
        """
        if role.slug not in self._roles:
            return ()
        lower = (neighbour for neighbour in self._sharing(role.slug) if _surely_lower(neighbour.role.estimate, own))
        return tuple(
            Nearby(near.role.slug, near.role.title, near.role.summary.index.value, near.shared)
            for near in islice(lower, SHOWN)
        )

    @cached_property
    def _common(self) -> AbstractSet[str]:
        """The skills that many roles need: to keep records and talk with customers makes two jobs no neighbours."""
        needed = Counter(skill for role in self._roles.values() for skill in set(role.skills))
        return {skill for skill, roles in needed.items() if roles >= COMMON_FROM * len(self._roles)}

    def _find(self, slug: str) -> tuple[_Neighbour, ...]:
        role = self._roles[slug]
        needed = set(role.skills)
        found = []
        for other in self._roles.values():
            shared = [skill for skill in other.skills if skill in needed]
            uncommon = sum(skill not in self._common for skill in shared)
            enough = LEAST_SHARED if _related(other, role) else LEAST_SHARED_AFAR
            least_uncommon = 1 if other.summary.family == role.summary.family else LEAST_UNCOMMON
            if other.slug == slug or len(shared) < enough or uncommon < least_uncommon:
                continue
            if _is_next_step(other, role):
                found.append((-uncommon, _Neighbour(other, tuple(self._skills[skill].name for skill in shared))))
        found.sort(key=lambda pair: (pair[0], -len(pair[1].shared), pair[1].role.estimate.value, pair[1].role.slug))
        return tuple(neighbour for _, neighbour in found)


def _is_next_step(other: Role, role: Role) -> bool:
    """Whether an adviser may name `other` to somebody of `role`: neither a step down nor a trade to begin anew."""
    to, start = other.occupations[0], role.occupations[0]
    if to.startswith(_NO_NEXT_STEP) or (_is_trained(role) and not _is_trained(other)):
        return False
    if _LEADING.match(start) and _LED.match(to):
        return False
    return not to.startswith(_CRAFTS) or to[:2] == start[:2] or bool(_LEADING.match(to))


def _is_trained(role: Role) -> bool:
    return role.occupations[0].startswith(_TRAINED)


def _related(role: Role, other: Role) -> bool:
    """Whether two roles are of the same family, or of the same of O*NET's major groups."""
    groups = {job.occupation[:2] for job in role.jobs} & {job.occupation[:2] for job in other.jobs}
    return bool(groups) or role.summary.family == other.summary.family


def _surely_lower(other: Estimate, own: Estimate) -> bool:
    return own.value - other.value >= LEAST_LOWER and difference_of(other, own).verdict is Comparison.BELOW
