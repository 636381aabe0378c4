"""Each rule: what it says, when it is silent, and its plurals."""

from __future__ import annotations

import re

import pytest

from worker.report.assembly import assemble_report
from worker.report.catalog import Catalog
from worker.report.insights import RULES
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report.report import Report

CODE, PIPELINES, MODELS = "write-production-code", "build-data-pipelines", "train-evaluate-models"
CARE, COURT = "give-medication-treatment", "appear-in-court"


class Rules:
    """Asks one rule what it says about one reader."""

    def __init__(self, catalog: Catalog, matcher: Matcher) -> None:
        self.catalog, self.matcher = catalog, matcher

    def report(self, role: str, profile: TaskProfile = EMPTY_PROFILE) -> Report:
        return assemble_report(self.catalog, self.matcher, role_slug=role, role_text=role, profile=profile)

    def say(self, rule: str, role: str, profile: TaskProfile = EMPTY_PROFILE) -> str | None:
        return {insight.rule: insight.text for insight in self.report(role, profile).insights}.get(rule)


@pytest.fixture(scope="session")
def rules(catalog: Catalog, matcher: Matcher) -> Rules:
    return Rules(catalog, matcher)


def week(*shares: tuple[str, float], skills: tuple[str, ...] = (), years: float | None = None) -> TaskProfile:
    return TaskProfile(tuple(TaskShare(task, share) for task, share in shares), skills, years)


class TestHeadline:
    def test_own_week(self, rules: Rules) -> None:
        headline = rules.report("ml-engineer", week((CODE, 50), (PIPELINES, 50))).headline
        assert headline.startswith("Your week comes out at about 78, give or take 13, of 100: more exposed to language")
        assert headline.endswith("than 99 % or more of US jobs.")

    def test_usual_week(self, rules: Rules) -> None:
        assert rules.report("lawyer").headline.startswith(
            "The usual Lawyer week comes out at about 47, give or take 11"
        )

    def test_only_unknown_tasks(self, rules: Rules) -> None:
        headline = rules.report("lawyer", week(("coffee", 1))).headline
        assert headline.startswith(
            "No published figures exist for the tasks you named, so this is the usual Lawyer week"
        )


class TestBiggestDriver:
    def test_says_share_and_points(self, rules: Rules) -> None:
        said = rules.say("biggest-driver", "ml-engineer", week((CODE, 50), (PIPELINES, 50)))
        assert said == "Write production code drives the index most: 50 % of your week, and about 47 of its 78 points."

    def test_time_can_outweigh_exposure(self, rules: Rules) -> None:
        said = rules.say("biggest-driver", "ml-engineer", week((CODE, 10), (PIPELINES, 90)))
        assert said is not None
        assert said.startswith("Build and maintain data pipelines")

    def test_one_task_alone(self, rules: Rules) -> None:
        said = rules.say("biggest-driver", "ml-engineer", week((CODE, 1)))
        assert said is not None
        assert "rests on one task alone" in said

    def test_nothing_to_drive(self, rules: Rules) -> None:
        said = rules.say("biggest-driver", "electrician", week(("install-wiring", 1), ("repair-electrical", 1)))
        assert said == "None of the 2 tasks of your week adds a whole point to the index."


class TestAgainstRole:
    def test_above_and_below(self, rules: Rules) -> None:
        above = rules.say("against-role", "ml-engineer", week((CODE, 95), (PIPELINES, 5)))
        below = rules.say("against-role", "ml-engineer", week((CODE, 1), (CARE, 9)))
        assert above is not None
        assert below is not None
        assert re.match(
            r"You stand 13 points above the usual ML Engineer week \(about 79\), no more than the give", above
        )
        assert re.match(r"You stand 70 points below the usual ML Engineer week \(about 79\), more than the give", below)

    def test_one_point_is_one_point(self, rules: Rules) -> None:
        said = rules.say("against-role", "ml-engineer", week((CODE, 50), (PIPELINES, 50)))
        assert said is not None
        assert said.startswith("You stand 1 point below")

    def test_level(self, rules: Rules, catalog: Catalog) -> None:
        usual = week(*((part.task, part.share) for part in catalog.roles["lawyer"].tasks))
        said = rules.say("against-role", "lawyer", usual)
        assert said == "Your week comes out level with the usual Lawyer week, also about 47."

    def test_no_tasks_named(self, rules: Rules) -> None:
        said = rules.say("against-role", "lawyer")
        assert said is not None
        assert said.startswith("You named no tasks")

    def test_silent_without_a_role(self, rules: Rules) -> None:
        assert rules.say("against-role", "unheard of", week((CODE, 1))) is None


class TestMovedHours:
    def test_four_hours_of_forty(self, rules: Rules) -> None:
        said = rules.say("moved-hours", "ml-engineer", week((CODE, 50), (CARE, 50)))
        assert said == (
            "In a 40-hour week, each 4 hours moved from Write production code to Give medication and hands-on care "
            "would take the index down by about 9 points."
        )

    def test_agrees_with_the_week_it_foretells(self, rules: Rules) -> None:
        before = rules.report("ml-engineer", week((CODE, 50), (CARE, 50))).index.value
        after = rules.report("ml-engineer", week((CODE, 40), (CARE, 60))).index.value
        assert before - after == 9

    def test_silent_where_all_are_alike(self, rules: Rules) -> None:
        assert rules.say("moved-hours", "electrician", week(("install-wiring", 1), ("repair-electrical", 1))) is None

    def test_silent_where_nothing_takes_half_a_day(self, rules: Rules) -> None:
        assert rules.say("moved-hours", "ml-engineer", week((CODE, 5), (PIPELINES, 4), ("coffee", 91))) is None


class TestResilientTime:
    def test_some(self, rules: Rules) -> None:
        said = rules.say("resilient-time", "lawyer", week((COURT, 30), ("research-law", 70)))
        assert said is not None
        assert said.startswith("30 % of your week is resilient to today's language models on these labels")
        assert "safe" not in said

    def test_none(self, rules: Rules) -> None:
        said = rules.say("resilient-time", "ml-engineer")
        assert said is not None
        assert said.endswith("Build and maintain data pipelines is the least exposed.")


class TestHighExposure:
    def test_counts_as_the_page_does(self, rules: Rules) -> None:
        said = rules.say("high-exposure", "ml-engineer")
        assert said == (
            "2 of 3 tasks face high exposure, 75 % of the usual ML Engineer week: "
            "Write production code and Train and evaluate ML models."
        )

    def test_one_faces(self, rules: Rules) -> None:
        said = rules.say("high-exposure", "ml-engineer", week((CODE, 1), (PIPELINES, 1)))
        assert said is not None
        assert said.startswith("1 of 2 tasks faces high exposure")

    def test_silent_where_none_is_high(self, rules: Rules) -> None:
        assert rules.say("high-exposure", "lawyer") is None


class TestSkills:
    def test_guards_of_both_kinds(self, rules: Rules) -> None:
        said = rules.say("guarding-skills", "lawyer", week(skills=("Advocacy", "Legal drafting", "Python")))
        assert said == (
            "Of your skills, Advocacy holds where models do little, "
            "and Legal drafting gains worth where models do much."
        )

    def test_pressed_one_and_many(self, rules: Rules) -> None:
        one = rules.say("pressed-skills", "ml-engineer", week(skills=("Python",)))
        many = rules.say("pressed-skills", "ml-engineer", week(skills=("Python", "SQL")))
        assert one == "Python faces growing pressure: its routine part is what models take on first."
        assert many == "Python and SQL face growing pressure: their routine part is what models take on first."

    def test_silent_where_no_skill_is_known(self, rules: Rules) -> None:
        report = rules.report("ml-engineer", week(skills=("juggling",)))
        assert not {"guarding-skills", "pressed-skills"} & {insight.rule for insight in report.insights}


class TestHowSure:
    def test_agreement_on_all_some_none(self, rules: Rules) -> None:
        everything = rules.say("agreement", "ml-engineer", week((CODE, 1), (PIPELINES, 1)))
        some = rules.say("agreement", "ml-engineer")
        nothing = rules.say("agreement", "ml-engineer", week((MODELS, 1)))
        assert everything == "Human raters and GPT-4 agree on the level of each task here."
        assert some is not None
        assert some.startswith("Human raters and GPT-4 agree on the level of 2 of 3 tasks; they part ways on Train and")
        assert nothing is not None
        assert nothing.startswith("Human raters and GPT-4 part ways on Train and evaluate ML models")

    def test_tooling_only_where_it_matters(self, rules: Rules) -> None:
        lawyer = rules.say("tooling", "lawyer")
        assert lawyer is not None
        assert "about 6 with a language model alone, about 89 with all" in lawyer
        assert rules.say("tooling", "electrician") is None

    def test_seen_in_use_leaves_out_what_could_not_be_seen(self, rules: Rules) -> None:
        every = rules.say("seen-in-use", "ml-engineer")
        assert every is not None
        assert every.startswith("Every task that could be looked for turned up")
        assert rules.say("seen-in-use", "ml-engineer", week((MODELS, 1))) is None
        none = rules.say("seen-in-use", "registered-nurse", week((CARE, 1)))
        assert none is not None
        assert none.startswith("None of these tasks turned up")


class TestExperience:
    @pytest.mark.parametrize(
        ("years", "words"), [(0.0, "less than a year"), (1.0, "1 year of"), (2.5, "2.5 years of"), (6.0, "6 years of")]
    )
    def test_years_in_words(self, rules: Rules, years: float, words: str) -> None:
        said = rules.say("experience", "ml-engineer", week((CODE, 1), years=years))
        assert said is not None
        assert words in said
        assert "Write production code: deciding on the architecture" in said

    def test_silent_when_not_told(self, rules: Rules) -> None:
        assert rules.say("experience", "ml-engineer") is None


class TestLeftOut:
    def test_names_what_has_no_figures(self, rules: Rules) -> None:
        one = rules.say("left-out", "ml-engineer", week((CODE, 3), ("coffee", 1)))
        two = rules.say("left-out", "ml-engineer", week((CODE, 2), ("coffee", 1), ("tea", 1)))
        assert one == "“coffee” (25 % of your week) has no published figures we can cite; the index leaves it out."
        assert two == (
            "“coffee” and “tea” (50 % of your week) have no published figures we can cite; the index leaves them out."
        )

    def test_only_unknown_tasks(self, rules: Rules) -> None:
        said = rules.say("left-out", "electrician", week(("coffee", 1)))
        assert said is not None
        assert said.endswith("the index is that of the usual Electrician week.")

    def test_silent_where_all_is_known(self, rules: Rules) -> None:
        assert rules.say("left-out", "ml-engineer") is None


def test_the_index_is_never_told_with_decimals(rules: Rules, catalog: Catalog) -> None:
    for slug in catalog.roles:
        report = rules.report(slug)
        for text in [
            report.headline,
            *(insight.text for insight in report.insights),
            *(step.why for step in report.next_steps),
        ]:
            assert not re.search(r"\d\.\d", text), text


def test_every_rule_speaks_for_some_reader(rules: Rules, catalog: Catalog) -> None:
    profile = week((CODE, 3), ("coffee", 1), years=3)
    said = {one.rule for slug in catalog.roles for one in rules.report(slug).insights}
    said |= {one.rule for one in rules.report("ml-engineer", profile).insights}
    assert said == {rule.__name__.replace("_", "-") for rule in RULES}
