"""The range of an index holds what it is to hold: a sample here, every role and occupation with --long."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from scripts.evidence.coverage import Coverage, ranges_of
from tests.unit.report.conftest import DATA, ROOT
from worker.report.catalogue import Catalogue
from worker.report.estimates import estimate, index_of
from worker.report.evidence import TASKS_FILE, read_onet_tasks

SAMPLE = 19  # every so many of the 923 occupations
DRAWS = 100


@pytest.fixture(scope="module")
def coverage(catalogue: Catalogue) -> Coverage:
    text = (DATA / TASKS_FILE).read_text(encoding="utf-8")
    return Coverage(catalogue, read_onet_tasks(text, catalogue.onet.occupations))


def test_the_raters_own_index_lies_inside_for_every_role(coverage: Coverage) -> None:
    assert ranges_of(coverage.role_weeks()).raters_inside == 1


def test_the_raters_own_index_lies_inside_for_occupations(coverage: Coverage) -> None:
    assert ranges_of(coverage.occupation_weeks(SAMPLE)).raters_inside == 1


def test_what_the_range_was_not_made_of_lies_inside(coverage: Coverage) -> None:
    roles = ranges_of(coverage.role_weeks())
    assert roles.alternative_inside >= 0.9
    assert roles.width <= 1.6 * roles.old_width


def test_half_of_the_onet_tasks_foretell_the_other_half(coverage: Coverage) -> None:
    rng = random.Random(7)
    roles = coverage.role_weeks()
    held = sum(coverage.half_holds_other(rng.choice(roles), rng) for _ in range(DRAWS))
    assert 0.88 * DRAWS <= held < DRAWS, "within what 100 draws of 92 to 98 % can show"


def test_the_range_of_the_catalogue_is_that_of_its_week(catalogue: Catalogue, coverage: Coverage) -> None:
    for role, week in zip(catalogue.roles.values(), coverage.role_weeks(), strict=True):
        assert role.summary.index == index_of(estimate(week)), role.slug


@pytest.mark.long
def test_every_figure_reaches_its_bar() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "intervals")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
