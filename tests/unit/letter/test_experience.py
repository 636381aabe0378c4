"""One person with 1, 5 and 25 years: three letters, and each sentence that differs rests on evidence with an id."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

import pytest

from tests.unit.letter import samples
from worker.content.tree import content_of
from worker.letter.renderer import Renderer
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile
from worker.report.report import Report

YEARS = (1, 5, 25)
TODAY = date(2026, 11, 28)


@cache
def read() -> tuple[Catalogue, Matcher, Renderer]:
    catalogue = load_catalogue(samples.TEMPLATES.parent / "data")
    return catalogue, Matcher(catalogue), Renderer(samples.TEMPLATES)


def report_of(role: str, years: float) -> Report:
    catalogue, matcher, _ = read()
    profile = TaskProfile(experience_years=years)
    return assemble_report(catalogue, matcher, role_slug=role, role_text=role, profile=profile, today=TODAY)


def blocks(report: Report) -> set[str]:
    """The paragraphs of the letter's text part, each on a line."""
    text = read()[2].render(report, samples.CONTEXT).text
    return {" ".join(block.split()) for block in re.split(r"\n\s*\n", text)}


def traced(report: Report) -> list[str]:
    """The texts that may differ by years, each made from findings whose ids it carries."""
    content, stage = content_of(report), report.experience
    assert stage is not None
    assert stage.statement_ids, "the verdict and the block on years follow from these"
    assert content.years is not None
    steps = [step.text for step in report.next_steps if step.statement_ids]
    named = [source.name.partition(" (")[0] for source in report.sources]
    return [content.verdict.answer.text, content.years.title, stage.text, *steps, *named]


@pytest.mark.parametrize(
    "role", ["software-engineer", "customer-service-representative", "registered-nurse", "43-6012.00"]
)
def test_what_differs_between_1_5_and_25_years_rests_on_evidence(role: str) -> None:
    reports = [report_of(role, years) for years in YEARS]
    letters = [blocks(report) for report in reports]
    shared = set.intersection(*letters)
    findings = read()[0].findings
    for report, letter in zip(reports, letters, strict=True):
        assert len(letter - shared) >= 3
        for block in letter - shared:
            assert any(text.casefold() in block.casefold() for text in traced(report)), block
        ids = [*report.experience.statement_ids] if report.experience else []
        ids += [slug for step in report.next_steps for slug in step.statement_ids]
        assert ids
        assert all(findings[slug].statement.grade in ("A", "B") for slug in ids)
