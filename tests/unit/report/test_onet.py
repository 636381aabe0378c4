"""Occupations compiled from the published figures: their index is the published one, their words those of the kinds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.unit.report import tiny
from worker.errors import CatalogueError
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.estimates import Z
from worker.report.occupation_titles import singular_title
from worker.report.onet import ENOUGH_PLACED
from worker.report.reading import TitleKind
from worker.report.spelling import fold_work
from worker.report.subject import MAX_GROUPS, Candidate, family_of, is_other_work

ROOT = Path(__file__).parents[3]
KIND = """
[{slug}]
iwa = "{iwa}"
name = "{name}"
synonyms = ["{name} by hand", "All {name}"]
rationale = "What a model does of {slug} and where that ends."
stays_human = "What stays with the person who does {slug}."
next_step = "One thing to try this week in {slug}."
"""
BAKING = KIND.format(slug="baking", iwa="4.A.3.a.2.I01", name="Baking")
CLEANING = KIND.format(slug="cleaning", iwa="4.A.3.a.2.I02", name="Cleaning")


def published() -> dict[str, float]:
    with (ROOT / "data/evidence/occupations.csv").open(encoding="utf-8", newline="") as file:
        return {row["onet_soc"]: float(row["mean_beta"]) for row in csv.DictReader(file)}


def test_the_index_of_every_occupation_is_the_published_mean(catalogue: Catalogue) -> None:
    means = published()
    assert len(means) == 923
    for code, mean in means.items():
        subject = catalogue.onet.subject(code)
        assert subject.role.estimate.value == pytest.approx(100 * mean, abs=0.006), code
        if not subject.borrowed:
            week = sum(part.share * subject.tasks[part.task].rating.figures.score for part in subject.role.tasks)
            assert week == pytest.approx(mean, abs=6e-5), code


def test_every_week_is_whole_and_short(catalogue: Catalogue) -> None:
    for code in catalogue.onet.occupations:
        parts = catalogue.onet.subject(code).role.tasks
        assert sum(part.share for part in parts) == pytest.approx(1), code
        assert len([part for part in parts if not is_other_work(part.task)]) <= MAX_GROUPS, code


def test_the_entries_for_occupations_are_right(catalogue: Catalogue) -> None:
    catalogue.onet.check()


def test_every_title_is_short_enough_to_be_shown(catalogue: Catalogue) -> None:
    titles = {code: catalogue.onet.title(code) for code in catalogue.onet.occupations}
    assert {code: title for code, title in titles.items() if len(title) > 70} == {}
    assert len(set(titles.values())) == len(titles), "no two occupations share a title"


def tiny_catalogue(directory: Path, **files: str) -> Catalogue:
    data = tiny.write(directory)
    for name, text in files.items():
        path = data / name.replace("__", "/")
        path.with_suffix(".toml").parent.mkdir(exist_ok=True)
        path.with_suffix(".toml").write_text(text)
    return load_catalogue(data)


def test_tasks_are_grouped_by_kind_and_the_others_have_no_text(tmp_path: Path) -> None:
    subject = tiny_catalogue(tmp_path, kinds__food=BAKING + CLEANING).onet.subject("51-3011.00")
    shares = {part.task: part.share for part in subject.role.tasks}
    assert shares == pytest.approx({"baking": 2 / 3, "other-work-low": 1 / 3}), "a match below .8 is none"
    baking, other = subject.tasks["baking"], subject.tasks["other-work-low"]
    assert (baking.rating.figures.score, baking.rationale[:4]) == (0.75, "What")
    assert (other.rating.figures.score, other.rationale, other.next_step) == (0.0, "", "")
    assert subject.names[fold_work("baking by hand")] == "baking"


def test_a_kind_without_a_text_is_other_work_at_its_own_level(tmp_path: Path) -> None:
    subject = tiny_catalogue(tmp_path, kinds__food=CLEANING).onet.subject("51-3011.00")
    assert {part.task: part.share for part in subject.role.tasks} == pytest.approx(
        {"other-work-high": 2 / 3, "other-work-low": 1 / 3}
    ), "baking is high, the rest low; their mean would be one medium task"
    assert subject.role.summary.index.value == 50


def test_other_work_is_shown_at_its_levels(catalogue: Catalogue) -> None:
    """The farmer's was one medium task of 73%, though a quarter of it is little exposed."""
    for code in ("11-9013.00", "29-2043.00", "33-3021.00"):
        subject = catalogue.onet.subject(code)
        other = [part for part in subject.role.tasks if is_other_work(part.task)]
        assert len({part.task for part in other}) == len(other) > 1, code
        for part in other:
            assert subject.tasks[part.task].rating.band == part.task.rpartition("-")[2], code


def test_an_override_changes_one_occupation(tmp_path: Path) -> None:
    overrides = '["51-3011.00".baking]\nname = "Bake bread and rolls"\n'
    catalogue = tiny_catalogue(tmp_path, kinds__food=BAKING, occupations__overrides=overrides)
    task = catalogue.onet.subject("51-3011.00").tasks["baking"]
    assert (task.name, task.stays_human[:4]) == ("Bake bread and rolls", "What")


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("occupations__overrides", '["51-3011.00".boiling]\nname = "Boil"\n', "no such kind"),
        ("occupations__overrides", '["51-3011.01".baking]\nname = "Boil"\n', "no such occupation"),
        ("occupations__overrides", '["51-3011.00".baking]\nnom = "Boil"\n', "unknown key"),
        ("occupations__titles", '"51-3011.01" = "Baker"\n', "no such occupation"),
        ("occupations__titles", '"51-3011" = "Baker"\n', "match pattern"),
        ("occupations__groups", '51 = "Production"\n', "no title"),
    ],
)
def test_the_check_refuses(file: str, text: str, problem: str, tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path, kinds__food=BAKING, **{file: text})
    with pytest.raises(CatalogueError, match=problem):
        catalogue.onet.check()


def test_an_occupation_with_little_placed_borrows_its_groups_tasks_and_keeps_its_index(catalogue: Catalogue) -> None:
    subject = catalogue.onet.subject("13-2011.00")
    assert subject.borrowed == "Business and finance"
    assert subject.role.estimate.value == pytest.approx(100 * published()["13-2011.00"], abs=0.006)
    assert not catalogue.onet.subject("41-2011.00").borrowed, f"at least {ENOUGH_PLACED} of its work is placed"


def test_a_family_is_the_mean_of_its_candidates_and_less_certain(catalogue: Catalogue) -> None:
    waiter, surgeon = (catalogue.onet.subject(code) for code in ("35-3031.00", "29-1242.00"))
    family = family_of([Candidate(waiter, 300), Candidate(surgeon, 100)], "Either", catalogue.percentiles)
    mean = 0.75 * waiter.role.estimate.value + 0.25 * surgeon.role.estimate.value
    assert family.kind is TitleKind.FAMILY
    assert family.role.estimate.value == pytest.approx(mean)
    apart = abs(waiter.role.estimate.value - surgeon.role.estimate.value)
    assert family.role.estimate.margin > Z * apart * (0.75 * 0.25) ** 0.5
    assert family.candidates == (waiter.role.title, surgeon.role.title)
    assert sum(part.share for part in family.role.tasks) == pytest.approx(1)


@pytest.mark.parametrize(
    ("title", "singular"),
    [
        ("Cashiers", "Cashier"),
        ("Waiters and Waitresses", "Waiter or waitress"),
        ("Landscaping and Groundskeeping Workers", "Landscaping and groundskeeping worker"),
        ("Plumbers, Pipefitters, and Steamfitters", "Plumber, pipefitter or steamfitter"),
        ("Wholesale and Retail Buyers, Except Farm Products", "Wholesale and retail buyer"),
        ("First-Line Supervisors of Security Workers", "Supervisor of security workers"),
        ("Forging Machine Setters, Operators, and Tenders, Metal and Plastic",
         "Forging machine setter, operator or tender (metal and plastic)"),
        ("Cutting, Punching, and Press Machine Setters, Operators, and Tenders",
         "Cutting, punching and press machine setter, operator or tender"),
        ("Nurse Midwives", "Nurse midwife"),
        ("Coaches and Scouts", "Coach or scout"),
        ("Paramedics", "Paramedic"),
        ("English Language Teachers, Postsecondary", "English language teacher (postsecondary)"),
    ],
)  # fmt: skip
def test_a_title_is_that_of_one_worker(title: str, singular: str) -> None:
    assert singular_title(title) == singular


def test_jobs_covered_counts_each_bls_occupation_once(catalogue: Catalogue) -> None:
    onet = catalogue.onet
    everything = onet.jobs_covered(onet.occupations)
    assert everything == 1
    cashiers = onet.jobs_covered(["41-2011.00"])
    assert 0 < cashiers < 0.05
    assert onet.jobs_covered(["41-2011.00", "41-2011.00", "no such code"]) == cashiers
    assert onet.jobs_covered(["53-1042.00", "53-1043.00"]) == onet.jobs_covered(["53-1042.00"])  # one BLS occupation
