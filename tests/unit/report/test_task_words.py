"""Everyday words that are no name of a task: read by the words that the role's tasks share with them."""

import pytest

from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.task_words import TaskWords, WordWeights


@pytest.fixture(scope="module")
def matcher(catalogue: Catalogue) -> Matcher:
    """A matcher over the whole catalogue."""
    return Matcher(catalogue)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("complaints from furious customers", "customer-service-representative"),
        ("tracking the project budget", "project-manager"),
        ("interviews with users", "ux-designer"),
        ("checking photos for retouching", "graphic-designer"),
        ("reading over contracts and documents", "lawyer"),
        ("building models in Excel", "financial-analyst"),
        ("conflicts between employees", "hr-generalist"),
        ("presenting findings to managers", "data-analyst"),
    ],
)
def test_everyday_words_find_a_task_of_the_own_role(catalogue, matcher, text, role):
    slug = matcher.task(text, matcher.catalogue.subjects.named(role or ""))
    assert slug in {part.task for part in catalogue.roles[role].tasks}


@pytest.mark.parametrize("role", ["registered-nurse", "plumber", "software-engineer", "cashier", "lawyer"])
@pytest.mark.parametrize("text", ["walking the dog", "juggling", "sitting around", "being yelled at"])
def test_what_no_task_shares_a_word_with_is_not_placed(matcher, text, role):
    assert matcher.task(text, matcher.catalogue.subjects.named(role or "")) is None


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("emails", "answer-email"),
        ("team meetings", "attend-meetings"),
        ("making slides", "prepare-slides"),
        ("expense reports", "fill-in-paperwork"),
    ],
)
@pytest.mark.parametrize("role", ["welder", "software-engineer", "astronomer", None])
def test_what_every_job_has_is_placed_in_every_role(catalogue, matcher, text, slug, role):
    own = {part.task for part in catalogue.roles[role].tasks} if role in catalogue.roles else set()
    assert matcher.task(text, matcher.catalogue.subjects.named(role or "")) in own | {slug}


def test_two_tasks_that_share_as_much_are_both_left_alone():
    weights = WordWeights([["plan trip"], ["plan garden"], ["cook"]])
    words = TaskWords({"plan trip": "trips", "plan garden": "gardens"}, weights)
    assert words.find("plan") is None
    assert words.find("plan garden early") == "gardens"


def test_of_two_tasks_that_mean_as_much_it_is_the_larger():
    weights = WordWeights([["plan trip"], ["plan garden"], ["cook"]])
    words = TaskWords({"plan trip": "trips", "plan garden": "gardens"}, weights, {"trips": 0.3, "gardens": 0.7})
    assert words.find_meaning("plan") == "gardens"
    assert words.find_meaning("plan a trip") == "trips"


def test_words_that_any_task_may_have_place_nothing():
    weights = WordWeights([["check bill"], ["cook"]])
    assert TaskWords({"check bill": "bills"}, weights).find("check garden") is None
