"""What an author should look at; the catalogue as it is has a reason for each."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.unit.report.conftest import ROOT
from worker.report.catalogue_loading import load_catalogue
from worker.report.quality import SPEARMAN_FLOOR, catalogue_quality, ranks, to_look_at_again
from worker.report.rationales import opening

TODAY = date(2026, 11, 28)


def test_ranks_share_ties():
    assert ranks([3.0, 1.0, 3.0, 2.0]) == [3.5, 1.0, 3.5, 2.0]


def test_the_catalogue_is_clean(catalogue):
    found = catalogue_quality(catalogue, TODAY)
    assert found.spearman is not None
    assert found.spearman >= SPEARMAN_FLOOR
    assert [apart.role for apart in found.apart if not apart.because] == []
    assert found.unused_tasks == ()
    assert found.unused_skills == ()
    assert found.unfit_rationales == ()


def test_unused_skills_are_listed(data_copy):
    (data_copy / "skills" / "zz.toml").write_text(
        '[juggling]\nname = "Juggling"\neffect = "resilient"\nreason = "Three balls ask for two hands and an eye."\n'
    )
    found = catalogue_quality(load_catalogue(data_copy), TODAY)
    assert "juggling" in found.unused_skills
    assert not found.clean


def with_rationale(file: Path, slug: str, rationale: str) -> None:
    """Write another rationale into an entry of a copied file."""
    before, entry = file.read_text().split(f"[{slug}]", 1)
    file.write_text(
        before + f"[{slug}]" + re.sub(r'(?m)^rationale = ".*"$', f'rationale = "{rationale}"', entry, count=1)
    )


@pytest.mark.parametrize(
    ("rationale", "why"),
    [
        (
            "Software drafts the note in a minute. The hand is held by somebody at the bedside.",
            "more than one sentence",
        ),
        ("Nothing here is ever written down.", "6 words, not 8 to 24"),
        (" ".join(["words"] * 25) + ".", "25 words, not 8 to 24"),
        ("Washing and turning people is beyond today's language models, and so is the night.", "says today's"),
    ],
)
@pytest.mark.parametrize(
    ("file", "slug"), [("tasks/health.toml", "give-medication-treatment"), ("kinds/upkeep.toml", "repair-equipment")]
)
def test_a_rationale_is_one_short_undated_sentence(data_copy, file, slug, rationale, why):
    with_rationale(data_copy / file, slug, rationale)
    found = catalogue_quality(load_catalogue(data_copy), TODAY)
    assert [(text.place, text.why[: len(why)]) for text in found.unfit_rationales] == [(slug, why)]
    assert not found.clean


def test_the_rationales_of_a_role_open_differently(data_copy):
    for slug, first in (("monitor-patients", "A model"), ("record-nursing-care", "Software"), ("teach-patients", "AI")):
        text = f"{first} does most of {slug.replace('-', ' ')} once somebody has looked and listened."
        with_rationale(data_copy / "tasks/health.toml", slug, text)
    found = catalogue_quality(load_catalogue(data_copy), TODAY)
    assert [(text.place, text.why) for text in found.unfit_rationales] == [
        ("registered-nurse", "more than 2 tasks open with AI")
    ]


@pytest.mark.parametrize(
    ("rationale", "first"),
    [("The till adds up.", "till"), ("A, b.", "b"), ("An assistant reads.", "AI"), ("Language models write.", "AI")],
)
def test_an_opening_is_the_first_word_that_is_no_article(rationale, first):
    assert opening(rationale) == first


@pytest.mark.long
def test_titles_that_people_report_get_a_right_report():
    command = [sys.executable, str(ROOT / "scripts" / "title-recall"), "--wrong"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr)


def test_statements_past_their_day_are_listed_and_are_no_fault(catalogue):
    assert to_look_at_again(catalogue, TODAY) == ()
    later = catalogue_quality(catalogue, date(2027, 3, 1))
    assert later.overdue[0].startswith("chatbots-in-danish-workplaces (since 2027-01-31; Humlum, Vestergaard (2025))")
    assert {statement.partition(" ")[0] for statement in later.overdue} < set(catalogue.findings)
    assert later.clean


def test_people_s_own_words_for_titles_tasks_and_skills_are_understood():
    """Bars: 85 % of phrases and of stated time, 90 % of skills, 92 % of titles."""
    command = [sys.executable, str(ROOT / "scripts" / "word-recall"), "--all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr)
