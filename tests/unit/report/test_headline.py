"""The first sentence of the letter, for each kind of week."""

from __future__ import annotations

import pytest

from worker.report.assembly import assemble_report, report_on
from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile, TaskShare
from worker.report.reading import TitleKind, TitleReading
from worker.report.subjects import read_subject

CODE, PIPELINES = "write-production-code", "build-data-pipelines"
CARE, CHART, WATCH = "give-medication-treatment", "record-care", "assess-monitor-patients"


@pytest.mark.parametrize(
    ("role", "shares", "sentence"),
    [
        (
            "ml-engineer",
            {CODE: 40, "train-evaluate-models": 30, PIPELINES: 30},
            "AI can speed up most of your week: 70 % of it is at high exposure, “Write production code” above all.",
        ),
        (
            "ml-engineer",
            {CODE: 3, "coffee": 1},
            "AI can speed up most of your week: “Write production code” takes 75 % of it, at high exposure.",
        ),
        (
            "registered-nurse",
            {WATCH: 6, CARE: 4},
            "AI can speed up parts of your week, “Assess and monitor patients” most of all: no task is at high "
            "exposure, and 40 % of the week is resilient.",
        ),
        (
            "ml-engineer",
            {CODE: 3, CARE: 4, PIPELINES: 3},
            "AI can speed up parts of your week, “Write production code” most of all: 30 % of the week is at high "
            "exposure, 40 % is resilient.",
        ),
        (
            "ml-engineer",
            {CODE: 45, PIPELINES: 54, "coffee": 1},
            "AI can speed up much of your week, “Write production code” most of all: 45 % of the week is at high "
            "exposure, and no task is resilient.",
        ),
        (
            "accountant",
            {"reconcile-accounts": 1, "prepare-financial-statements": 1},
            "AI can speed up much of your week, “Reconcile accounts and post entries” most of all, but no task is at "
            "high exposure.",
        ),
        (
            "accountant",
            {"reconcile-accounts": 1},
            "AI can speed up part of your week: “Reconcile accounts and post entries” is at medium exposure.",
        ),
        (
            "registered-nurse",
            {CARE: 1},
            "By the labels of 2023, language models can do little of your week: 100 % of it is resilient.",
        ),
        (
            "ml-engineer",
            {CODE: 1, CARE: 9},
            "By the labels of 2023, language models can do little of your week: 90 % of it is resilient, and “Write "
            "production code” is where they help most.",
        ),
        (
            "university-lecturer",
            {"lecture-students": 1, "supervise-theses": 1},
            "By the labels of 2023, language models can do little of your week: all of it is at low exposure.",
        ),
        (
            "ml-engineer",
            {CODE: 1, "coffee": 3},
            "We could place 25 % of your week; with the rest as in the usual ML Engineer week, it is more exposed to "
            "AI than most US jobs.",
        ),
        (
            "lawyer",
            {"coffee": 1},
            "We could not place the task you named, so this is the usual Lawyer week: more exposed to AI than most US "
            "jobs.",
        ),
    ],
)
def test_each_kind_of_week(
    catalogue: Catalogue, matcher: Matcher, role: str, shares: dict[str, float], sentence: str
) -> None:
    profile = TaskProfile(tuple(TaskShare(task, share) for task, share in shares.items()))
    report = assemble_report(catalogue, matcher, role_slug=role, role_text=role, profile=profile)
    assert report.headline == sentence


def test_without_a_profile_the_headline_is_about_the_usual_week(catalogue: Catalogue, matcher: Matcher) -> None:
    report = assemble_report(catalogue, matcher, role_slug="plumber", role_text="plumber", profile=TaskProfile())
    assert report.headline.startswith(
        "By the labels of 2023, language models can do little of the usual Plumber week: 90 % of it"
    )


def test_an_occupation_is_called_as_in_a_sentence(catalogue: Catalogue, matcher: Matcher) -> None:
    report = assemble_report(catalogue, matcher, role_slug="53-7061.00", role_text="", profile=TaskProfile())
    assert "the usual cleaner of vehicles and equipment week" in report.headline


def test_borrowed_tasks_say_nothing_of_the_occupations_own_week(catalogue: Catalogue, matcher: Matcher) -> None:
    report = assemble_report(catalogue, matcher, role_slug="13-2011.00", role_text="", profile=TaskProfile())
    assert report.borrowed
    assert report.headline.startswith("By the published figures, the usual accountant or auditor week is more exposed")
    assert "biggest-driver" not in {insight.rule for insight in report.insights}


def test_a_family_is_called_these_jobs(catalogue: Catalogue, matcher: Matcher) -> None:
    reading = TitleReading(TitleKind.FAMILY, candidates=("lawyer", "ml-engineer"))
    subject = read_subject(catalogue, reading)
    headline = report_on(catalogue, matcher, subject, "", TaskProfile()).headline
    assert "the usual week of these jobs" in headline
    unplaced = TaskProfile((TaskShare("coffee", 1), TaskShare("tea", 1)))
    assert report_on(catalogue, matcher, subject, "", unplaced).headline.startswith(
        "We could not place any of the tasks you named, so this is the usual week of these jobs: "
    )
