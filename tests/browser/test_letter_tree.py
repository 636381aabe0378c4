"""The letter as a screen reader meets it: lists, headings, each value in its row, and no picture read aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.parts.browser import axe_script, chromium, violations
from tests.unit.letter import samples
from worker.content.tree import content_of
from worker.letter.renderer import Renderer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LANDMARKS = ("landmark-", "region")  # a letter is a part of a mail program's page, whose landmarks are its own
READ = ("role-only", "tasks-hours-skills-years", "some-tasks-unknown", "week-placed-in-part", "family", "many-scripts")


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(samples.TEMPLATES)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def tree_of(browser: Browser, html: str) -> str:
    """The accessibility tree as text, one role and name a line."""
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.set_content(html)
    tree = page.locator("body").aria_snapshot()
    page.close()
    return tree


@pytest.mark.parametrize("sample", READ)
def test_what_a_screen_reader_says(renderer: Renderer, browser: Browser, sample: str) -> None:
    report = samples.SAMPLES[sample]
    content = content_of(report)
    tree = tree_of(browser, renderer.render(report, samples.CONTEXT).html)
    assert not re.search("[●○]", tree)
    assert content.preheader not in tree
    lines = [line.strip().lstrip("- ").strip("'") for line in tree.splitlines()]
    headings = [line for line in lines if line.startswith("heading")]
    assert "[level=1]" in headings[0]
    assert content.verdict.answer.text.split("“")[0].strip() in headings[0]
    for slice_ in content.week.slices:
        row = next(line for line in lines if slice_.level.short in line and slice_.amount in line)
        assert row.startswith("listitem")
    for count in content.counts.counts:
        assert re.search(rf'cell "{count.value} {count.noun}"|{count.value}.*\n?.*{count.noun}', tree)
    if content.steps:
        for step in content.steps.steps:
            at = next(at for at, line in enumerate(lines) if line.startswith("heading") and step.title in line)
            assert lines[at - 1].startswith("listitem")
            assert "[level=3]" in lines[at]
    for item in content.tasks.full:
        at = next(
            at for at, line in enumerate(lines) if line.startswith("heading") and item.title.pieces[0].text[:12] in line
        )
        assert lines[at - 1].startswith("listitem")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("sample", READ)
def test_axe_finds_nothing(renderer: Renderer, browser: Browser, sample: str, dark: bool) -> None:
    script = axe_script()
    if script is None:
        pytest.skip("no axe")
    page = browser.new_page(viewport={"width": 360, "height": 640}, color_scheme="dark" if dark else "light")
    page.set_content(renderer.render(samples.SAMPLES[sample], samples.CONTEXT).html)
    found = violations(page, script)
    page.close()
    assert [problem for problem in found if not problem.startswith(LANDMARKS)] == []


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_the_first_screen_holds_mondays_step(renderer: Renderer, browser: Browser, sample: str) -> None:
    if not samples.SAMPLES[sample].next_steps:
        pytest.skip("no step")
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.set_content(renderer.render(samples.SAMPLES[sample], samples.CONTEXT).html)
    box = page.get_by_role("heading", name="On Monday").locator("xpath=ancestor::td[1]").bounding_box()
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert box
    assert box["y"] + box["height"] <= 640
    assert width <= 360
