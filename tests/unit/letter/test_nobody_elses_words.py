"""A stranger writes neither subject, preheader, hero nor step titles, and nothing they write stops a letter."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.content.random_weeks import catalogue, matcher
from tests.unit.content.test_own_words import HOSTILE, finds_nothing
from tests.unit.letter import samples
from tests.unit.letter.fit import fit_letter
from worker.content.line import Line, Tone
from worker.content.tree import Content, content_of
from worker.letter.compose import compose
from worker.letter.renderer import Renderer
from worker.report.assembly import assemble_report
from worker.report.profile import TaskProfile, TaskShare
from worker.report.report import Report

ABUSIVE = (
    "Your Account Is Suspended",
    "FBI warrant notice",
    "PayPal: you were charged 499, call 1-800-555-0100",
    "Kill yourself",
    "URGENT, verify your account today",
    "Sign in at paypal-login.support",
    "Bank of America Security Alert",
)
PLACED = ("write production code", "build data pipelines", "mentor colleagues")
COMMON = {"your", "you", "is", "at", "of", "in", "were", "account", "security", "america", "today", "call", "notice"}


@cache
def renderer() -> Renderer:
    return Renderer(samples.TEMPLATES)


def report_of(role: str, tasks: tuple[str, ...], skills: tuple[str, ...] = ()) -> Report:
    profile = TaskProfile(tuple(TaskShare(task, 10) for task in tasks), skills)
    return assemble_report(catalogue(), matcher(), role_slug=None, role_text=role, profile=profile)


def loud(content: Content) -> str:
    """What an inbox and a first look show."""
    steps = [step.title for step in content.steps.steps] if content.steps else []
    monday = [content.monday.title, content.monday.text] if content.monday else []
    hero = (content.verdict.question, content.verdict.answer.text)
    return " ".join([content.subject, content.preheader, *hero, *monday, *steps])


@pytest.mark.parametrize("title", ABUSIVE)
def test_an_abusive_title_is_nowhere_loud(title: str) -> None:
    report = report_of(title, PLACED)
    content = content_of(report)
    words = {word for word in re.findall(r"[a-z0-9]+", title.lower()) if word not in COMMON}
    assert words
    assert not words & set(re.findall(r"[a-z0-9]+", loud(content).lower()))
    letter = compose(renderer(), report, samples.CONTEXT, samples.HEADERS)
    assert title not in letter.text
    assert title not in letter.html


@pytest.mark.parametrize("words", ABUSIVE)
def test_abusive_tasks_and_skills_are_only_quoted(words: str) -> None:
    content = content_of(report_of("ML Engineer", (words, *PLACED), (words,)))
    assert words not in loud(content)
    quoted = [piece for line in lines(content) for piece in line.pieces if piece.tone is Tone.OWN]
    assert quoted
    assert not [line.ours for line in lines(content) if words in line.ours]


def lines(content: Content) -> list[Line]:
    tasks = content.tasks
    items = [*tasks.full, *tasks.brief, *tasks.unplaced]
    skills = content.skills.lines if content.skills else ()
    return [*content.reading.lines, *(item.title for item in items), *(item.facts for item in items), *skills]


anything = st.text(max_size=200) | st.sampled_from(HOSTILE)


@pytest.mark.parametrize("examples", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_what_is_admitted_can_be_composed(examples: int) -> None:
    """From words to bytes: no title, task or skill of the contract's length makes the lint refuse a letter."""

    @settings(max_examples=examples, deadline=None)
    @given(anything, st.lists(anything, max_size=6), st.lists(anything, max_size=6))
    def holds(title: str, tasks: list[str], skills: list[str]) -> None:
        report = report_of(title, (*PLACED, *PLACED, *tasks[:2]), tuple(skills))
        fit_letter(renderer(), report)
        for line in lines(content_of(report)):
            for piece in line.pieces:
                if piece.tone is Tone.OWN:
                    finds_nothing(piece.text)

    holds()


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_everywhere_can_be_composed(words: str) -> None:
    for report in (report_of("ML Engineer", (words,) * 2, (words,)), report_of(words, PLACED, (words,))):
        fit_letter(renderer(), report)
