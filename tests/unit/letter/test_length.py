"""A letter people finish: few words, few figures before the first task, far from Gmail's clip."""

from __future__ import annotations

import random
import re
import statistics
from functools import cache
from html import unescape

import pytest

from tests.unit.content.random_weeks import catalogue, random_week, report_of, role_only
from tests.unit.letter import samples
from worker.letter.mime import quoted_printable
from worker.letter.renderer import RenderedLetter, Renderer
from worker.report.profile import TaskProfile, TaskShare
from worker.report.report import Report

GMAIL_CLIP = 102 * 1024
MOST_FIGURES = 12


@cache
def renderer() -> Renderer:
    return Renderer(samples.TEMPLATES)


def letter_on(report: Report) -> RenderedLetter:
    return renderer().render(report, samples.CONTEXT)


def words(report: Report) -> int:
    return len(letter_on(report).text.split())


def check_role_only(slugs: list[str]) -> None:
    counts = {slug: words(role_only(slug)) for slug in slugs}
    assert statistics.median(counts.values()) <= 700
    assert max(counts.values()) <= 850, max(counts, key=lambda slug: counts[slug])


def test_role_only_letters_are_short() -> None:
    drawn = random.Random(1)
    check_role_only([*drawn.sample(list(catalogue().roles), 60), *drawn.sample(list(catalogue().onet.occupations), 60)])


@pytest.mark.long
def test_every_role_only_letter_is_short() -> None:
    check_role_only([*catalogue().roles, *catalogue().onet.occupations])


def figures_before_the_first_task(report: Report) -> list[str]:
    """Numerals a reader sees before the first task; their own hours are theirs."""
    html = letter_on(report).html
    body = html[html.index("<h1") - 200 : html.index("<ol")]
    text = unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<!--.*?-->", " ", body[body.index(">") :])))
    return re.findall(r"\d+(?:\.\d+)?", re.sub(r"\d+(?:\.\d+)? hours?", " ", text))


@pytest.mark.parametrize("seed", range(60))
def test_few_figures_come_first(seed: int) -> None:
    _, report = random_week(seed)
    assert len(figures_before_the_first_task(report)) <= MOST_FIGURES


@pytest.mark.parametrize("seed", range(60))
def test_no_letter_is_long(seed: int) -> None:
    _, report = random_week(seed)
    assert words(report) <= 1200


@pytest.mark.parametrize("filling", ["a b " * 50, "word " * 40, "語" * 200])
def test_the_longest_letter(filling: str) -> None:
    """Forty tasks, sixty skills, each as long as the contract allows."""
    names = [task.name for task in catalogue().tasks.values()]
    tasks = tuple(TaskShare(f"{name}" if at % 2 else f"{at} {filling}"[:200], 1) for at, name in enumerate(names[:40]))
    skills = (*list(catalogue().skills)[:30], *(f"{at} {filling}"[:200] for at in range(30)))
    letter = letter_on(report_of("ml-engineer", TaskProfile(tasks, skills, 12)))
    assert len(letter.text.split()) <= 1200
    assert len(quoted_printable(letter.html)) <= 0.6 * GMAIL_CLIP
