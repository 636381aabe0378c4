"""Labels of 2023 are never said of today's models, exposure is what raters were asked, and what changed is dated."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from tests.unit.letter import samples
from worker.content.changes import publisher
from worker.letter.renderer import Renderer
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile

REPO = samples.TEMPLATES.parent
TODAY = date(2026, 11, 28)
SAMPLE = 40
UNTRUE = re.compile(
    r"today.s\s+(language\s+)?(model|AI\b|assistant)|current(ly)?\s+language\s+model|do a task much faster",
    re.IGNORECASE,
)
FOLDERS = {"worker": (".py",), "data": (".toml", ".md"), "templates": (".html", ".txt"), "docs": (".md",)}


@cache
def read() -> tuple[Catalogue, Matcher, Renderer]:
    catalogue = load_catalogue(REPO / "data")
    return catalogue, Matcher(catalogue), Renderer(samples.TEMPLATES)


def subjects() -> list[str]:
    catalogue = read()[0]
    return [*catalogue.roles, *catalogue.onet.occupations]


def check(slug: str, years: float | None) -> None:
    catalogue, matcher, renderer = read()
    profile = TaskProfile(experience_years=years)
    report = assemble_report(catalogue, matcher, role_slug=slug, role_text=slug, profile=profile, today=TODAY)
    letter = renderer.render(report, samples.CONTEXT)
    words = " ".join(letter.text.split())
    for text in (letter.subject, letter.html, words):
        assert UNTRUE.search(text) is None, slug
    shown = [statement for statement in report.statements if statement.text in words]
    assert len(shown) >= 2
    for statement in shown:
        assert f"{publisher(statement.source)}, {statement.dated}. {statement.text}" in words, slug


def texts() -> Iterator[Path]:
    for folder, endings in FOLDERS.items():
        yield from (path for path in (REPO / folder).rglob("*") if path.suffix in endings)
    yield from REPO.glob("*.md")


def test_no_text_says_of_2023_that_it_is_today() -> None:
    found = [path for path in texts() if UNTRUE.search(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("slug", random.Random(12).sample(subjects(), SAMPLE))
def test_a_letter_is_dated(slug: str) -> None:
    check(slug, years=None)


@pytest.mark.long
@pytest.mark.parametrize("years", [None, 1, 25])
def test_every_letter_is_dated(years: float | None) -> None:
    for slug in subjects():
        check(slug, years)
