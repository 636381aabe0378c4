"""Nearby roles share skills and are less exposed beyond doubt."""

from __future__ import annotations

from collections import Counter

import pytest

from worker.content.steps import steps_of
from worker.content.verdict import Answer, answer_of
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.estimates import difference_of
from worker.report.matching import Matcher
from worker.report.measures import Comparison
from worker.report.nearby import LEAST_LOWER, LEAST_SHARED, SHOWN
from worker.report.profile import EMPTY_PROFILE


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


def test_nobody_trained_is_pointed_to_work_without_training(catalogue: Catalogue) -> None:
    """By the major groups of O*NET's codes: management and professions are below 30, services from 31 on."""
    for slug, role in catalogue.roles.items():
        near = catalogue.neighbours.of(role, role.estimate)
        if role.occupations[0] < "30":
            groups = {catalogue.roles[other.slug].occupations[0][:4] for other in near}
            assert all(group < "30" or group in ("41-3", "41-4", "41-9") for group in groups), (slug, near)


@pytest.mark.parametrize(
    ("slug", "never"),
    [
        ("customer-service-representative", "cashier"),
        ("counter-clerk", "cashier"),
        ("shipping-clerk", "warehouse-worker"),
        ("waiter", "dining-room-attendant"),
        ("chef", "cook"),
        ("food-service-supervisor", "fast-food-cook"),
        ("maintenance-supervisor", "plumber"),
        ("receptionist", "hairdresser"),
        ("retail-salesperson", "hairdresser"),
        ("author", "actor"),
        ("game-designer", "architect"),
        ("qa-engineer", "ai-research-scientist"),
    ],
)
def test_nobody_is_pointed_down_or_to_a_trade_to_begin_anew(catalogue: Catalogue, slug: str, never: str) -> None:
    near = catalogue.neighbours.of(catalogue.roles[slug], catalogue.roles[slug].estimate)
    assert never not in {other.slug for other in near}


def test_a_planner_may_come_to_lead_those_who_make_what_is_planned(catalogue: Catalogue) -> None:
    role = catalogue.roles["production-planning-clerk"]
    assert [near.slug for near in catalogue.neighbours.of(role, role.estimate)] == ["production-supervisor"]


def test_skills_that_many_roles_need_make_no_neighbours(catalogue: Catalogue) -> None:
    needed = Counter(catalogue.skills[skill].name for role in catalogue.roles.values() for skill in role.skills)
    common = {skill for skill, roles in needed.items() if roles >= 0.075 * len(catalogue.roles)}
    assert {"Record keeping", "Customer communication", "Technical writing"} <= common
    for role in catalogue.roles.values():
        for near in catalogue.neighbours.of(role, role.estimate):
            uncommon = set(near.shared) - common
            assert len(uncommon) >= (1 if near.slug in _family(catalogue, role.slug) else 2), (role.slug, near)


def _family(catalogue: Catalogue, slug: str) -> set[str]:
    family = catalogue.roles[slug].summary.family
    return {other.slug for other in catalogue.roles.values() if other.summary.family == family}


def test_a_little_less_exposed_is_no_reason(catalogue: Catalogue) -> None:
    role = catalogue.roles["software-engineer"]
    just = min(near.index for near in catalogue.neighbours.of(role, role.estimate))
    assert just <= role.summary.index.value - LEAST_LOWER


def test_the_last_step_of_a_much_exposed_week_names_less_exposed_work(catalogue: Catalogue, matcher: Matcher) -> None:
    named = 0
    for slug in catalogue.roles:
        report = assemble_report(catalogue, matcher, role_slug=slug, role_text=slug, profile=EMPTY_PROFILE)
        steps = steps_of(report)
        assert steps
        titles = [step.title for step in steps.steps]
        named += titles[-1].startswith("Look at work near yours")
        if report.nearby and answer_of(report) is Answer.MUCH:
            assert titles[-1].endswith(report.nearby[0].title)
            texts = [step.text for step in steps.steps]
            assert any(step.about_ai and step.text in texts for step in report.next_steps[1:]), slug
        else:
            assert not [title for title in titles if title.startswith("Look at work")]
    assert named >= 10
