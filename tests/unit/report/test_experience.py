"""What years mean: by evidence that is always given as a pair, and only for the jobs it is about."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.experience import experience_of, stage_of
from worker.report.knowledge import Stage
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile, TaskShare
from worker.report.report import Report
from worker.report.statements import Use

TODAY = date(2026, 11, 28)


def report_of(catalogue: Catalogue, matcher: Matcher, role: str, years: float) -> Report:
    profile = TaskProfile(experience_years=years)
    return assemble_report(catalogue, matcher, role_slug=role, role_text=role, profile=profile, today=TODAY)


@pytest.mark.parametrize(
    ("years", "stage"),
    [(0, Stage.BEGINNER), (2.9, Stage.BEGINNER), (3, Stage.SETTLED), (9.9, Stage.SETTLED), (10, Stage.SENIOR)],
)
def test_stages(years: float, stage: Stage) -> None:
    assert stage_of(years) is stage


@pytest.mark.parametrize("role", ["software-engineer", "customer-service-representative", "lawyer", "electrician"])
def test_one_person_with_1_5_and_25_years(catalogue: Catalogue, matcher: Matcher, role: str) -> None:
    """Three reports; what differs between them carries the id of the evidence that makes it."""
    reports = [report_of(catalogue, matcher, role, years) for years in (1, 5, 25)]
    for one, other in pairwise(reports):
        assert one.experience
        assert other.experience
        assert one.experience.text != other.experience.text
        assert one.experience.statement_ids
        for mine, theirs in zip(one.next_steps, other.next_steps, strict=True):
            assert mine == theirs or mine.statement_ids or theirs.statement_ids
        assert one.tasks == other.tasks
        assert one.statements == other.statements
    for report in reports:
        assert report.experience
        known = [catalogue.findings[slug] for slug in report.experience.statement_ids]
        assert {finding.use for finding in known} == {Use.EXPERIENCE}


@pytest.mark.parametrize("percentile", [50, 90])
@pytest.mark.parametrize("years", [1, 5, 25])
def test_the_two_studies_are_always_given_together(catalogue: Catalogue, years: float, percentile: float) -> None:
    found = experience_of(years, percentile, catalogue.findings, TODAY)
    assert found
    assert {"young-workers-us", "young-workers-finland"} <= set(found.statement_ids)
    assert "US" in found.text
    assert "Finland" in found.text
    assert len(found.text.split()) <= 45


def test_it_says_whether_the_occupation_is_one_of_the_most_exposed(catalogue: Catalogue, matcher: Matcher) -> None:
    developer = report_of(catalogue, matcher, "software-engineer", 1).experience
    electrician = report_of(catalogue, matcher, "electrician", 1).experience
    assert developer
    assert developer.exposed
    assert "yours among them" in developer.text
    assert electrician
    assert not electrician.exposed
    assert "yours is not among them" in electrician.text


def test_it_is_about_the_occupation_and_not_about_the_readers_own_week(catalogue: Catalogue, matcher: Matcher) -> None:
    profile = TaskProfile((TaskShare("install-wiring", 9), TaskShare("write-production-code", 1)), (), 5)
    report = assemble_report(
        catalogue, matcher, role_slug="software-engineer", role_text="software-engineer", profile=profile, today=TODAY
    )
    assert report.index.value < 20
    assert report.experience
    assert report.experience.exposed


def test_without_a_job_nothing_is_said_of_its_exposure(catalogue: Catalogue, matcher: Matcher) -> None:
    profile = TaskProfile((TaskShare("write-production-code", 1),), (), 5)
    report = assemble_report(
        catalogue, matcher, role_slug=None, role_text="Chief Joy Officer", profile=profile, today=TODAY
    )
    assert report.role is None
    assert report.experience is None


def test_without_years_or_with_half_of_the_pair_nothing_is_said(catalogue: Catalogue) -> None:
    assert experience_of(None, 90, catalogue.findings, TODAY) is None
    half = {slug: known for slug, known in catalogue.findings.items() if slug != "young-workers-finland"}
    assert experience_of(5, 90, half, TODAY) is None
