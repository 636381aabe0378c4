"""Steps: Monday's and up to three others, and which of them are about using AI."""

from __future__ import annotations

from datetime import date

import pytest

from worker.report.ai_steps import ai_step, is_about_ai
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.knowledge import Stage
from worker.report.matching import Matcher
from worker.report.next_steps import STEPS
from worker.report.profile import TaskProfile, TaskShare
from worker.report.report import Band, NextStep
from worker.report.roles import Job

TODAY = date(2026, 11, 28)


def steps(catalogue: Catalogue, matcher: Matcher, role: str | None, *tasks: tuple[str, float]) -> tuple[NextStep, ...]:
    profile = TaskProfile(tuple(TaskShare(task, share) for task, share in tasks))
    report = assemble_report(catalogue, matcher, role_slug=role, role_text=role or "unheard of", profile=profile)
    return report.next_steps


def test_time_times_exposure_decides(catalogue: Catalogue, matcher: Matcher) -> None:
    found = steps(
        catalogue,
        matcher,
        "ml-engineer",
        ("install-wiring", 89),
        ("build-data-pipelines", 6),
        ("write-production-code", 5),
    )
    names = [step.task for step in found]
    assert names == [
        "Write production code",
        "Build and maintain data pipelines",
        "Install wiring, boxes and equipment",
        "Train and evaluate ML models",
    ]


def test_too_few_own_tasks_are_joined_by_the_roles_usual_ones(catalogue: Catalogue, matcher: Matcher) -> None:
    found = steps(catalogue, matcher, "ml-engineer", ("build-data-pipelines", 1))
    assert [step.task for step in found] == [
        "Build and maintain data pipelines",
        "Write production code",
        "Train and evaluate ML models",
    ]


def test_what_we_could_not_place_gets_no_step(catalogue: Catalogue, matcher: Matcher) -> None:
    found = steps(catalogue, matcher, None, ("write-production-code", 1), ("coffee", 1), ("tea", 2))
    assert [step.task for step in found] == ["Write production code"]


@pytest.mark.parametrize("years", [None, 1, 5, 25])
def test_a_step_of_every_exposed_week_is_about_using_ai_and_names_its_tools(
    catalogue: Catalogue, matcher: Matcher, years: float | None
) -> None:
    for slug in [*catalogue.roles, *list(catalogue.onet.occupations)[::15]]:
        report = assemble_report(
            catalogue, matcher, role_slug=slug, role_text=slug, profile=TaskProfile(experience_years=years)
        )
        if any(task.band is not Band.LOW for task in report.tasks):
            assert any(step.about_ai for step in report.next_steps), slug
            later = [step for step in report.next_steps[1:] if step.about_ai]
            assert not later or any("Copilot" in step.text for step in later), slug
            assert len(report.next_steps) <= STEPS


def test_mondays_step_is_one_action_of_the_catalogue(catalogue: Catalogue, matcher: Matcher) -> None:
    """Tools and what studies say stand with a later step."""
    for slug in catalogue.roles:
        for years in (None, 1, 25):
            profile = TaskProfile(experience_years=years)
            monday = assemble_report(catalogue, matcher, role_slug=slug, role_text=slug, profile=profile).next_steps[0]
            assert monday.text == catalogue.tasks[monday.slug].next_step, slug
            assert monday.statement_ids == ()


def test_mondays_step_is_about_ai_where_no_other_task_is_exposed(catalogue: Catalogue, matcher: Matcher) -> None:
    (only,) = steps(catalogue, matcher, None, ("write-production-code", 1), ("coffee", 1))
    assert only.about_ai
    assert only.text == catalogue.tasks["write-production-code"].next_step


def test_a_step_is_titled_by_the_catalogues_task(catalogue: Catalogue, matcher: Matcher) -> None:
    for step in steps(catalogue, matcher, "lawyer", ("write legal stuff for my boss", 5), ("contract review", 3)):
        assert step.task == catalogue.tasks[step.slug].name


def test_no_step_moves_hours_from_one_task_to_another(catalogue: Catalogue, matcher: Matcher) -> None:
    for slug in catalogue.roles:
        report = assemble_report(catalogue, matcher, role_slug=slug, role_text=slug, profile=TaskProfile())
        assert not [step.text for step in report.next_steps if "hours moved" in step.text]


class TestAiSteps:
    STEP = NextStep("Ask an assistant for a plan of the week.", "Plan the week", about_ai=True)
    MOVE = NextStep("Walk through the hall once.", "Check the hall")

    def step(self, catalogue: Catalogue, step: NextStep, stage: Stage | None, code: str = "11-1011.00") -> NextStep:
        return ai_step(step, stage, (Job("", "", code),), catalogue.findings, TODAY)

    def test_a_step_about_ai_keeps_its_words(self, catalogue: Catalogue) -> None:
        made = self.step(catalogue, self.STEP, None)
        assert made.text.startswith(f"{self.STEP.text} Copilot, ChatGPT,")
        assert made.statement_ids == ()

    def test_another_is_replaced(self, catalogue: Catalogue) -> None:
        made = self.step(catalogue, self.MOVE, None)
        assert made.text.startswith("Give one finished piece of “Check the hall” to an assistant")
        assert made.about_ai

    def test_developers_read_of_agents(self, catalogue: Catalogue) -> None:
        assert "Claude Code" in self.step(catalogue, self.STEP, None, "15-1252.00").text

    def test_stages_differ_and_carry_their_evidence(self, catalogue: Catalogue) -> None:
        made = {stage: self.step(catalogue, self.STEP, stage) for stage in Stage}
        assert len({step.text for step in made.values()}) == 3
        assert {made[Stage.BEGINNER].statement_ids, made[Stage.SENIOR].statement_ids} == {
            ("who-gains-from-assistants",)
        }
        assert made[Stage.SETTLED].statement_ids == ("practice-with-assistants",)

    def test_stages_do_not_differ_once_the_evidence_is_stale(self, catalogue: Catalogue) -> None:
        jobs = (Job("", "", "11-1011.00"),)
        made = {ai_step(self.STEP, stage, jobs, catalogue.findings, date(2030, 1, 1)).text for stage in Stage}
        assert len(made) == 1


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Ask an assistant for three drafts.", True),
        ("Let AI draft it.", True),
        ("Dictate it to a free assistant.", True),
        ("Let a language model draft it.", True),
        ("Have ChatGPT list the risks.", True),
        ("Try a coding agent on one bug.", True),
        ("Ask the estate agent for the plans.", False),
        ("Build a model of the bridge.", False),
        ("Show the medical assistant how you do it.", False),
    ],
)
def test_which_steps_are_about_ai(text: str, about: bool) -> None:
    assert is_about_ai(text) is about
