"""The kinds of work: how their files are read, and what their texts may say."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from worker.errors import CatalogueError
from worker.report.kinds import Kind, read_kinds

DATA = Path(__file__).parents[3] / "data"
WITHOUT_TASKS = {"4.A.3.a.2.I44"}  # hunting: O*NET has the kind, and no occupation with published labels does it

SERVE = """
[serve-food]
iwa = "4.A.3.a.1.I15"
name = "Serve food and drink"
synonyms = ["Waiting tables", "Serving"]
rationale = "Text software carries no plates, and menus are what it can draft."
stays_human = "Everything between the kitchen door and the table."
next_step = "Ask an assistant for three wordings of tonight's special."
"""


@pytest.fixture(scope="module")
def kinds() -> Mapping[str, Kind]:
    return read_kinds({f"kinds/{path.name}": path.read_text() for path in sorted((DATA / "kinds").glob("*.toml"))})


def test_a_kind_is_read_by_its_iwa() -> None:
    kind = read_kinds({"kinds/food.toml": SERVE, "tasks/food.toml": "not even TOML"})["4.A.3.a.1.I15"]
    assert (kind.slug, kind.name, kind.synonyms) == (
        "serve-food",
        "Serve food and drink",
        ("Waiting tables", "Serving"),
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("4.A.3.a.1.I15", "4.A.3.a.1.15", "serve-food.iwa", "should match"),
        ('"Waiting tables", ', "", "serve-food.synonyms", "at least 2"),
        ("plates, ", "<b>plates</b>, ", "serve-food.rationale", "without markup"),
        ("special.", "special", "serve-food.next_step", "ending in a full stop"),
        ('name = "Serve food and drink"', "", "serve-food.name", "missing"),
    ],
)
def test_refuses(old: str, new: str, key: str, problem: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_kinds({"kinds/food.toml": SERVE.replace(old, new)})
    assert (caught.value.file, caught.value.key) == ("kinds/food.toml", key)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("another", "key"),
    [
        (SERVE.replace("[serve-food]", "[wait]"), "wait.iwa"),
        (SERVE.replace("[serve-food]", "[wait]").replace("I15", "I16"), "wait.name"),
        (
            SERVE.replace("[serve-food]", "[wait]").replace("I15", "I16").replace("Serve food", "Bring food"),
            "wait.rationale",
        ),
        (SERVE, "serve-food"),
    ],
)
def test_refuses_what_another_kind_has(another: str, key: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_kinds({"kinds/a.toml": SERVE, "kinds/b.toml": another})
    assert (caught.value.file, caught.value.key) == ("kinds/b.toml", key)


def used_iwas() -> set[str]:
    with (DATA / "evidence" / "kinds_of_work.csv").open(encoding="utf-8", newline="") as file:
        return {iwa for row in csv.DictReader(file) for iwa in row["iwa"].split("|")}


def test_each_kind_is_one_of_onets(kinds: Mapping[str, Kind]) -> None:
    assert kinds.keys() <= used_iwas() | WITHOUT_TASKS


def test_every_kind_of_work_has_a_text(kinds: Mapping[str, Kind]) -> None:
    assert used_iwas() <= kinds.keys()


def texts(kinds: Mapping[str, Kind]) -> dict[str, str]:
    return {
        f"{kind.slug}.{key}": getattr(kind, key)
        for kind in kinds.values()
        for key in ("rationale", "stays_human", "next_step")
    }


def test_no_two_texts_are_nearly_alike(kinds: Mapping[str, Kind]) -> None:
    prose = texts(kinds)
    for place, text in prose.items():
        alike = process.extract(text, prose, scorer=fuzz.ratio, processor=None, score_cutoff=75, limit=2)
        assert not [other for _, _, other in alike if other != place], place


@pytest.mark.parametrize("words", [r"\d", r"\btoday's", r"\breplac(es|ed|ing) (you|people|workers)\b", r"\braters?\b"])
def test_no_text_dates_itself_foretells_or_speaks_of_ratings(kinds: Mapping[str, Kind], words: str) -> None:
    for place, text in texts(kinds).items():
        assert not re.search(words, text, re.IGNORECASE), place


@pytest.mark.parametrize("place", ["bedpan", "prisoner", "ward", "toilet", "weld"])
def test_no_reason_speaks_of_a_single_trade(kinds: Mapping[str, Kind], place: str) -> None:
    """A reason is read in every occupation that does such work: a roofer has no bedpans."""
    shared = {"remove-waste", "clean-premises", "escort-people", "keep-track-of-stock", "check-finished-work"}
    found = [kind.slug for kind in kinds.values() if kind.slug in shared and re.search(rf"\b{place}", kind.rationale)]
    assert not found
