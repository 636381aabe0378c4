"""Roles near the reader's that are less exposed: our reading of which skills carry over."""

from __future__ import annotations

from collections.abc import Mapping

from worker.report.estimates import Estimate, difference_of
from worker.report.knowledge import Nearby
from worker.report.measures import Comparison
from worker.report.roles import Role, Skill

SHOWN = 2
LEAST_SHARED = 2  # skills that both roles need, within a family or a group of occupations
LEAST_SHARED_AFAR = 3  # skills that both need, where they have neither in common
LEAST_LOWER = 10  # index points


def nearby_roles(
    role: Role, own: Estimate, roles: Mapping[str, Role], skills: Mapping[str, Skill]
) -> tuple[Nearby, ...]:
    """The roles that need enough of the role's skills and whose index is surely lower.

    Lower by LEAST_LOWER points, and clearly so. The most shared skills first, then the
    lower index.
    """
    needed = set(role.skills)
    found = []
    for other in roles.values():
        shared = [slug for slug in other.skills if slug in needed]
        enough = LEAST_SHARED if _related(other, role) else LEAST_SHARED_AFAR
        if other.slug != role.slug and len(shared) >= enough and _surely_lower(other.estimate, own):
            found.append((-len(shared), other.estimate.value, other.slug, shared))
    return tuple(
        Nearby(slug, roles[slug].title, roles[slug].summary.index.value, tuple(skills[skill].name for skill in shared))
        for _, _, slug, shared in sorted(found)[:SHOWN]
    )


def _related(role: Role, other: Role) -> bool:
    """Whether two roles are of the same family, or of the same of O*NET's major groups."""
    groups = {job.occupation[:2] for job in role.jobs} & {job.occupation[:2] for job in other.jobs}
    return bool(groups) or role.summary.family == other.summary.family


def _surely_lower(other: Estimate, own: Estimate) -> bool:
    return own.value - other.value >= LEAST_LOWER and difference_of(other, own).verdict is Comparison.BELOW
