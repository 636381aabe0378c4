"""Each rule: what it says, when it is silent, and its plurals."""

from __future__ import annotations

import re

import pytest

from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.insights import DOUBT_RULES, RULES
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report.report import Report

CODE, PIPELINES, MODELS = "write-production-code", "build-data-pipelines", "train-evaluate-models"
CARE, COURT = "give-medication-treatment", "appear-in-court"


class Rules:
    """Applies one rule to one reader."""

    def __init__(self, catalogue: Catalogue, matcher: Matcher) -> None:
        self.catalogue, self.matcher = catalogue, matcher

    def report(self, role: str, profile: TaskProfile = EMPTY_PROFILE) -> Report:
        return assemble_report(self.catalogue, self.matcher, role_slug=role, role_text=role, profile=profile)

    def text(self, rule: str, role: str, profile: TaskProfile = EMPTY_PROFILE) -> str | None:
        report = self.report(role, profile)
        return {insight.rule: insight.text for insight in (*report.insights, *report.doubts)}.get(rule)


@pytest.fixture(scope="session")
def rules(catalogue: Catalogue, matcher: Matcher) -> Rules:
    return Rules(catalogue, matcher)


def week(*shares: tuple[str, float], skills: tuple[str, ...] = (), years: float | None = None) -> TaskProfile:
    return TaskProfile(tuple(TaskShare(task, share) for task, share in shares), skills, years)


class TestBiggestDriver:
    def test_says_share_and_points(self, rules: Rules) -> None:
        found = rules.text("biggest-driver", "ml-engineer", week((CODE, 50), (PIPELINES, 50)))
        assert found == (
            "“Write production code” drives the index most: 50 % of your week, and about 47 of the 78 points."
        )

    def test_time_can_outweigh_exposure(self, rules: Rules) -> None:
        found = rules.text("biggest-driver", "ml-engineer", week((CODE, 10), (PIPELINES, 90)))
        assert found is not None
        assert found.startswith("“Build and maintain data pipelines”")

    def test_one_task_alone_is_not_a_week(self, rules: Rules) -> None:
        found = rules.text("biggest-driver", "ml-engineer", week((CODE, 3), ("coffee", 2)))
        assert found == (
            "The index rests on one task alone, “Write production code”: read it as the exposure of that task rather "
            "than of a whole week."
        )

    def test_nothing_to_drive(self, rules: Rules) -> None:
        found = rules.text("biggest-driver", "electrician", week(("install-wiring", 1), ("repair-electrical", 1)))
        assert found == "No task of your week adds a whole point to the index."


class TestAgainstRole:
    def test_above_and_below(self, rules: Rules) -> None:
        above = rules.text("against-role", "ml-engineer", week((CODE, 95), (PIPELINES, 5)))
        below = rules.text("against-role", "ml-engineer", week((CODE, 1), (CARE, 9)))
        assert above == (
            "Your week comes out 13 points above the usual ML Engineer week, which is at about 79: too close for the "
            "figures to tell them apart."
        )
        assert below == (
            "Your week comes out 70 points below the usual ML Engineer week, which is at about 79: clearly more than "
            "the figures are unsure by."
        )

    def test_one_point_is_one_point(self, rules: Rules) -> None:
        found = rules.text("against-role", "ml-engineer", week((CODE, 50), (PIPELINES, 50)))
        assert found is not None
        assert found.startswith("Your week comes out 1 point below")

    def test_level(self, rules: Rules, catalogue: Catalogue) -> None:
        usual = week(*((part.task, part.share) for part in catalogue.roles["lawyer"].tasks))
        found = rules.text("against-role", "lawyer", usual)
        assert found == "Your week comes out level with the usual Lawyer week."

    def test_silent_where_there_is_nothing_to_compare(self, rules: Rules) -> None:
        assert rules.text("against-role", "lawyer") is None
        assert rules.text("against-role", "lawyer", week((COURT, 1))) is None
        assert rules.text("against-role", "unheard of", week((CODE, 1), (CARE, 1))) is None


class TestResilientTasks:
    def test_some(self, rules: Rules) -> None:
        found = rules.text("resilient-tasks", "lawyer", week((COURT, 30), ("research-law", 70)))
        assert found == ("Resilient to language models on the labels of 2023: “Appear in court and before agencies”.")

    def test_none(self, rules: Rules) -> None:
        found = rules.text("resilient-tasks", "ml-engineer")
        assert found is not None
        assert found.endswith("“Build and maintain data pipelines” is the least exposed.")


class TestSkills:
    def test_guards_of_both_kinds(self, rules: Rules) -> None:
        found = rules.text("guarding-skills", "lawyer", week(skills=("Advocacy", "Legal drafting", "Python")))
        assert found == (
            "Of your skills, Advocacy holds its worth, since models do little of it; "
            "Legal drafting gains worth in hands that use AI."
        )

    def test_silent_where_no_skill_guards_or_none_was_named(self, rules: Rules) -> None:
        assert rules.text("guarding-skills", "ml-engineer", week(skills=("juggling", "Python"))) is None
        assert rules.text("guarding-skills", "registered-nurse") is None


class TestHowSure:
    def test_agreement_on_all_some_none(self, rules: Rules) -> None:
        everything = rules.text("agreement", "ml-engineer", week((CODE, 1), (PIPELINES, 1)))
        single = rules.text("agreement", "ml-engineer", week((CODE, 1)))
        some = rules.text("agreement", "ml-engineer")
        nothing = rules.text("agreement", "ml-engineer", week((MODELS, 1)))
        assert everything == "Human raters and GPT-4 agree on the level of each task."
        assert single == "Human raters and GPT-4 agree on the level of the one task rated."
        assert some == (
            "Human raters and GPT-4 agree on the level of 2 of 3 tasks; they part ways on “Train and evaluate ML "
            "models”: that level is borderline."
        )
        assert nothing is not None
        assert nothing.startswith("Human raters and GPT-4 part ways on “Train and evaluate ML models”")

    def test_seen_in_use_leaves_out_what_could_not_be_seen(self, rules: Rules) -> None:
        every = rules.text("seen-in-use", "ml-engineer")
        assert every is not None
        assert every.startswith("Every task that could be looked for turned up")
        assert rules.text("seen-in-use", "ml-engineer", week((MODELS, 1))) is None
        one = rules.text("seen-in-use", "ml-engineer", week((CODE, 1)))
        assert one is not None
        assert one.startswith("This task turned up")
        none = rules.text("seen-in-use", "registered-nurse", week((CARE, 1)))
        assert none is not None
        assert none.startswith("None of these tasks turned up")


def test_no_figure_has_decimals(rules: Rules, catalogue: Catalogue) -> None:
    for slug in catalogue.roles:
        report = rules.report(slug)
        for text in [
            report.headline,
            *(insight.text for insight in (*report.insights, *report.doubts)),
            *(step.why for step in report.next_steps),
        ]:
            assert not re.search(r"\d\.\d", text), text


def test_every_rule_applies_to_some_reader(rules: Rules, catalogue: Catalogue) -> None:
    profile = week((CODE, 3), (CARE, 1), ("coffee", 1), skills=("Mentoring",), years=3)
    reports = [*(rules.report(slug) for slug in catalogue.roles), rules.report("ml-engineer", profile)]
    found = {insight.rule for report in reports for insight in (*report.insights, *report.doubts)}
    assert found == {rule.__name__.replace("_", "-") for rule in (*RULES, *DOUBT_RULES)}
