"""Nearby roles share skills and are less exposed beyond doubt."""

from __future__ import annotations

from worker.report.catalogue import Catalogue
from worker.report.estimates import difference_of
from worker.report.measures import Comparison
from worker.report.nearby import LEAST_LOWER, LEAST_SHARED, SHOWN


def test_nearby_roles_share_skills_and_are_surely_less_exposed(catalogue: Catalogue) -> None:
    found = {slug: catalogue.neighbours.of(role, role.estimate) for slug, role in catalogue.roles.items()}
    assert sum(map(bool, found.values())) > 15
    for slug, near in found.items():
        role = catalogue.roles[slug]
        names = {catalogue.skills[skill].name for skill in role.skills}
        assert len(near) <= SHOWN
        for other in near:
            estimate = catalogue.roles[other.slug].estimate
            assert role.estimate.value - estimate.value >= LEAST_LOWER
            assert difference_of(role.estimate, estimate).verdict is Comparison.ABOVE
            assert len(other.shared) >= LEAST_SHARED
            assert set(other.shared) <= names


def test_a_little_less_exposed_is_no_reason(catalogue: Catalogue) -> None:
    role = catalogue.roles["software-engineer"]
    just = min(near.index for near in catalogue.neighbours.of(role, role.estimate))
    assert just <= role.summary.index.value - LEAST_LOWER
