"""Letters on occupations and families: each is composed, passes the lint, and says how the title was read."""

from __future__ import annotations

import random
from functools import cache

import pytest

from tests.unit.letter import samples
from tests.unit.letter.fit import fit_letter
from worker.letter.compose import Letter
from worker.letter.renderer import Renderer
from worker.report.assembly import assemble_report, report_on
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report.reading import TitleKind, TitleReading
from worker.report.report import Report
from worker.report.subject import is_other_work
from worker.report.subjects import read_subject

DATA = samples.TEMPLATES.parent / "data"
SAMPLE = 50


@cache
def read() -> tuple[Catalogue, Matcher, Renderer]:
    catalogue = load_catalogue(DATA)
    return catalogue, Matcher(catalogue), Renderer(samples.TEMPLATES)


def codes() -> list[str]:
    return list(read()[0].onet.occupations)


def letter_on(report: Report) -> Letter:
    """Raises LetterError or AssertionError if the letter fails the lint."""
    return fit_letter(read()[2], report)


def check_occupation(code: str, week: int) -> None:
    """The letters of a reader who gave the title alone, and of one who named all but the first kind of work."""
    catalogue, matcher, _ = read()
    subject = catalogue.onet.subject(code)
    words = "a title nobody has"
    report = assemble_report(catalogue, matcher, role_slug=code, role_text=words, profile=EMPTY_PROFILE)
    assert report.kind is TitleKind.OCCUPATION
    assert report.index.value == int(subject.role.estimate.value + 0.5)
    text = " ".join(letter_on(report).text.split())
    assert f"You wrote “{words}”; we read {subject.role.title}." in text
    named = [subject.tasks[part.task].name for part in subject.role.tasks if not is_other_work(part.task)][1:]
    profile = TaskProfile((*(TaskShare(name, 10) for name in named), TaskShare("juggling", week)), ("juggling",), week)
    report = assemble_report(catalogue, matcher, role_slug=code, role_text=code, profile=profile)
    assert [task.own_words for task in report.unrated_tasks] == ["juggling"], code
    text = " ".join(letter_on(report).text.split())
    assert "You wrote “" not in text
    assert "no published figures" not in text
    assert "You did not name it" not in text


@pytest.mark.parametrize("code", random.Random(11).sample(codes(), SAMPLE))
def test_an_occupation_has_its_letter(code: str) -> None:
    check_occupation(code, week=40)


@pytest.mark.long
@pytest.mark.parametrize("week", [1, 400])
def test_every_occupation_has_its_letter(week: int) -> None:
    for code in codes():
        check_occupation(code, week)


@pytest.mark.parametrize("seed", range(20))
def test_a_family_has_its_letter(seed: int) -> None:
    catalogue, matcher, _ = read()
    drawn = random.Random(seed)
    candidates = (*drawn.sample(codes(), drawn.randint(1, 6)), drawn.choice(list(catalogue.roles)))
    subject = read_subject(catalogue, TitleReading(TitleKind.FAMILY, candidates=candidates))
    report = report_on(catalogue, matcher, subject, "a title of several", EMPTY_PROFILE)
    assert (report.kind, set(report.candidates)) == (
        TitleKind.FAMILY,
        {catalogue.roles[slug].title if slug in catalogue.roles else catalogue.onet.title(slug) for slug in candidates},
    )
    text = " ".join(letter_on(report).text.split())
    assert "You wrote “a title of several”, which may mean" in text
    assert report.candidates[0] in text
    values = [
        assemble_report(catalogue, matcher, role_slug=slug, role_text=slug, profile=EMPTY_PROFILE).index
        for slug in candidates
    ]
    assert min(index.value for index in values) <= report.index.value <= max(index.value for index in values)
