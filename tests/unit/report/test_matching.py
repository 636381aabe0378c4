"""Free text to role, task and skill: what must be found, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.subjects import read_subject


def test_every_task_and_skill_answers_to_all_its_names(matcher: Matcher, catalogue: Catalogue) -> None:
    for task in catalogue.tasks.values():
        for name in (task.slug, task.name, *task.synonyms):
            assert matcher.task(name) == task.slug
    for skill in catalogue.skills.values():
        for name in (skill.slug, skill.name, *skill.synonyms):
            assert matcher.skill(name) == skill.slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("writing production code", "write-production-code"),
        ("Training & evaluating ML models", "train-evaluate-models"),
        ("code reviews", "review-code"),
        ("write prodution code", "write-production-code"),
        ("coffee", None),
        ("train dogs", None),
        ("", None),
    ],
)
def test_tasks(matcher: Matcher, text: str, slug: str | None) -> None:
    assert matcher.task(text) == slug


@pytest.mark.parametrize(
    ("text", "role", "slug"),
    [
        ("documentation", "software-engineer", "document-software"),
        ("documentation", "registered-nurse", "record-nursing-care"),
        ("documentation", None, None),
        ("reporting", "journalist", "report-from-scene"),
        ("doing some daily admin work", "plumber", "estimate-trade-jobs"),
        ("handling tickets", "it-support-specialist", "answer-it-questions"),
        ("research", "journalist", "research-background"),  # or find-stories, a smaller part of the week
        ("code review", "product-manager", "review-code"),
        ("code review", "registered-nurse", None),  # another trade's
        ("check on patients", "receptionist", None),
        ("check in patients", "receptionist", "greet-visitors"),
        ("Airflow", "data-engineer", "build-data-pipelines"),  # by a skill that the task needs
        ("seeing patients", "registered-nurse", "monitor-patients"),
        ("talking to clients", "lawyer", "advise-legal-clients"),
        ("updating Jira", "project-manager", "plan-projects"),
        ("phone calls", "plumber", "take-calls-and-talk-with-customers"),
    ],
)
def test_a_task_means_what_it_means_in_the_role(
    matcher: Matcher, text: str, role: str | None, slug: str | None
) -> None:
    assert matcher.task(text, matcher.catalogue.subjects.named(role or "")) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("python", "python"),
        ("C++", "coding-delivery"),
        ("C", None),
        ("pyton", "python"),
        ("MS Excel", "office-software"),
        ("CMMS", "maintenance-records"),
        ("CMM", "measuring-instruments"),
        ("fluent Spanish", "languages"),
        ("Windows 11", "using-computers"),
        ("Sage 50", "accounting-systems"),
        ("juggling", None),
        ("networking", None),  # cables or people
        ("troubleshooting", None),  # of code, circuits or drains
    ],
)
def test_skills(matcher: Matcher, text: str, slug: str | None) -> None:
    assert matcher.skill(text) == slug


def test_a_skill_means_what_it_means_in_the_role(matcher: Matcher, catalogue: Catalogue) -> None:
    found = {
        role: matcher.skill("Excel", read_subject(catalogue, matcher.read_title(role)))
        for role in ("Nurse", "Financial Analyst")
    }
    assert found == {"Nurse": "office-software", "Financial Analyst": "financial-modelling"}


@settings(max_examples=300)
@example("\x00" * 200)
@example(" " * 50_000)
@example("/" * 50_000)
@example("\u202eecafruS")
@example("a" * 100_000)
@given(st.text(max_size=250))
def test_no_text_raises(matcher: Matcher, catalogue: Catalogue, text: str) -> None:
    assert matcher.task(text) in {None, *catalogue.tasks}
    assert matcher.skill(text) in {None, *catalogue.skills}


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("charting in Epic at the end of every shift", "Record care and vital signs"),
        ("washing and turning patients", None),  # "patients" is a word of several tasks
    ],
)
def test_what_we_thought_of_shares_a_word_of_its_own(
    catalogue: Catalogue, matcher: Matcher, text: str, near: str | None
) -> None:
    nurse = catalogue.subjects.named("registered-nurse")
    assert nurse is not None
    found = matcher.nearest(text, nurse)
    assert (found.name if found else None) == near


@pytest.mark.parametrize(
    ("text", "role", "slug"),
    [
        ("meetings with the landlord", "software-engineer", "attend-meetings"),  # not "talk" with anybody
        ("meetings about parking", "customer-service-representative", "attend-meetings"),
        ("meetings with customers", "sales-representative", "visit-customers"),
        ("meetings with my clients", "lawyer", "advise-legal-clients"),
        ("meetings with the town", "project-manager", "run-project-meetings"),
        ("emails to the tax office", "electrician", "answer-email"),
        ("driving between branches", "accountant", "travel-between-jobs"),
        ("training for apprentices", "bookkeeper", "train-new-colleagues"),
        ("reports for management", "marketing-manager", "measure-campaigns"),
    ],
)
def test_work_of_any_job_is_what_it_is_for_whomever(
    matcher: Matcher, catalogue: Catalogue, text: str, role: str, slug: str | None
) -> None:
    assert matcher.task(text, catalogue.subjects.named(role)) == slug


@pytest.mark.parametrize(
    ("role", "slug"),
    [
        ("hairdresser", "clean-salon"),
        ("nursing-assistant", "clean-patient-rooms"),
        ("janitor", "clean-building-floors"),
        ("car-mechanic", "clean-and-tidy-up"),
        ("carpenter", "clean-and-tidy-up"),
    ],
)
@pytest.mark.parametrize("text", ["sweeping the floor", "mopping the floor", "hoovering"])
def test_what_any_job_calls_so_is_the_week_s_own_where_it_has_one(
    matcher: Matcher, catalogue: Catalogue, text: str, role: str, slug: str
) -> None:
    assert matcher.task(text, catalogue.subjects.named(role)) == slug


@pytest.mark.parametrize(
    ("text", "role", "slug"),
    [
        ("washing clients", "personal-care-aide", "help-with-daily-care"),
        ("management accounts", "accountant", "prepare-financial-statements"),
        ("opening the post", "receptionist", "handle-mail"),
    ],
)
def test_everyday_words_for_tasks(matcher: Matcher, catalogue: Catalogue, text: str, role: str, slug: str) -> None:
    assert matcher.task(text, catalogue.subjects.named(role)) == slug
