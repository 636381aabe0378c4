"""data/evidence as it is: all of O*NET, figures that follow from each other, and no task statement."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from scripts.evidence.compare import HEADERS, KEYS, as_rows, as_text, differences
from scripts.evidence.publishers import FILES
from scripts.evidence.rebuild import rebuild, wording
from tests.unit.report.conftest import DATA, ROOT
from worker.report.catalogue import Catalogue
from worker.report.estimates import rank_of
from worker.report.evidence import (
    KINDS_FILE,
    OCCUPATIONS_FILE,
    PERCENTILES_FILE,
    REPORTED_TITLES_FILE,
    TASKS_FILE,
    read_occupations,
    read_onet_tasks,
    read_percentiles,
)

TEXTS = {file: (DATA / file).read_text(encoding="utf-8") for file in HEADERS}
FEWEST_WORDS = 5  # shorter phrases, such as "change dressings", are common speech
COUNTS = {"E0": Fraction(0), "E2": Fraction(1, 2), "E1": Fraction(1)}

# every cell of the files that hold no title: an id, a code, a label, a figure or a fingerprint
CELLS = {
    "onet_soc": r"\d\d-\d{4}\.\d\d",
    "task_id": r"\d{1,5}",
    "task_type": r"Core|Supplemental|",
    "human": r"E[012]",
    "gpt4": r"E[012]",
    "alternative": r"E[012]",
    "seen": r"[01]?",
    "claude_percent": r"\d*(\.\d+)?(e-\d+)?",
    "in_onet_30_1": r"[01]",
    "wording": r"[0-9a-f]{8}",
    "iwa": r"4\.A\.\d\.[a-c]\.\d\.I\d\d(\|4\.A\.\d\.[a-c]\.\d\.I\d\d)*",
    "source": r"onet-18\.1|nearest",
    "confidence": r"(0\.\d+|1\.0+)?",
}


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    return {file: as_rows(text) for file, text in TEXTS.items()}


def test_all_of_onet_can_be_read() -> None:
    occupations = read_occupations(TEXTS[OCCUPATIONS_FILE])
    tasks = read_onet_tasks(TEXTS[TASKS_FILE], occupations)
    assert (len(tasks), len(occupations)) == (19_265, 923)
    assert {key.partition(":")[0] for key in tasks} == occupations.keys()
    read_percentiles(TEXTS[PERCENTILES_FILE])


def test_the_cited_rows_are_read_as_when_all_are(catalogue: Catalogue) -> None:
    occupations = read_occupations(TEXTS[OCCUPATIONS_FILE])
    every = read_onet_tasks(TEXTS[TASKS_FILE], occupations)
    cited = {key for task in catalogue.tasks.values() for key in task.rating.figures.onet_tasks}
    assert read_onet_tasks(TEXTS[TASKS_FILE], occupations, cited) == {key: every[key] for key in every if key in cited}
    assert catalogue.occupations == {code: occupations[code] for code in catalogue.occupations}


@pytest.mark.parametrize("file", HEADERS)
def test_rows_are_sorted_and_written_in_one_way(file: str, stored: dict[str, Any]) -> None:
    assert as_text(file, stored[file]) == TEXTS[file]
    keys = [tuple(int(row[name]) if row[name].isdigit() else row[name] for name in KEYS[file]) for row in stored[file]]
    assert all(before < after for before, after in pairwise(keys))


@pytest.mark.parametrize("file", [TASKS_FILE, KINDS_FILE])
def test_no_cell_of_a_task_holds_words(file: str, stored: dict[str, Any]) -> None:
    for row in stored[file]:
        for column, cell in row.items():
            assert re.fullmatch(CELLS[column], cell), (row["task_id"], column, cell)


def test_no_onet_statement_is_in_the_catalogue(stored: dict[str, Any]) -> None:
    statements = {row["wording"] for row in stored[TASKS_FILE]}
    for path in DATA.rglob("*.toml"):
        for text in every_text(tomllib.loads(path.read_text(encoding="utf-8"))):
            sentences = [text, *re.split(r"(?<=[.!?;:])\s+", text)]
            copied = [each for each in sentences if len(each.split()) >= FEWEST_WORDS and wording(each) in statements]
            assert copied == [], path.name


def every_text(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in inner for text in every_text(part)]


def test_means_of_all_occupations_follow_from_the_labels_of_their_tasks(stored: dict[str, Any]) -> None:
    tasks = defaultdict(list)
    for row in stored[TASKS_FILE]:
        tasks[row["onet_soc"]].append(row)
    for occupation in stored[OCCUPATIONS_FILE]:
        own = tasks[occupation["onet_soc"]]
        weights = [1 + (row["task_type"] == "Core") for row in own]
        for column, rater in (("human_beta", "human"), ("gpt4_beta", "gpt4"), ("alternative_beta", "alternative")):
            mean = sum(weight * COUNTS[row[rater]] for weight, row in zip(weights, own, strict=True)) / sum(weights)
            assert float(occupation[column]) == pytest.approx(float(mean), abs=0.000051), occupation["title"]


def test_stored_figures_follow_from_each_other(stored: dict[str, Any]) -> None:
    """Without a publisher's file the script still computes means, coverage and percentiles from the stored rows."""
    made = rebuild({}, stored)
    assert [line for file in HEADERS for line in differences(file, stored[file], made[file])] == []


def test_percentiles_order_all_occupations_as_published(stored: dict[str, Any]) -> None:
    table = read_percentiles(TEXTS[PERCENTILES_FILE]).mean_beta
    for occupation in read_occupations(TEXTS[OCCUPATIONS_FILE]).values():
        assert occupation.percentile is not None
        rank = rank_of(100 * occupation.mean_beta, table)
        assert rank == pytest.approx(occupation.percentile, abs=3), occupation.title


def test_levels_of_single_tasks_are_distributed_as_the_method_page_says(stored: dict[str, Any]) -> None:
    """HIGH 21 %, MEDIUM 24 %, LOW 55 % of tasks; 65 % and 11 % of observed use are in HIGH and LOW ones."""
    tasks, use = Counter[str](), defaultdict[str, float](float)
    for row in stored[TASKS_FILE]:
        mean = (COUNTS[row["human"]] + COUNTS[row["gpt4"]]) / 2
        level = "high" if mean > Fraction(2, 3) else "low" if mean < Fraction(1, 3) else "medium"
        tasks[level] += 1
        use[level] += float(row["claude_percent"] or 0)
    shares = {level: round(100 * tasks[level] / tasks.total()) for level in tasks}
    assert shares == {"high": 21, "medium": 24, "low": 55}
    assert [round(100 * use[level] / sum(use.values())) for level in ("high", "low")] == [65, 11]


def test_kinds_and_titles_belong_to_tasks_and_occupations_that_are_there(stored: dict[str, Any]) -> None:
    tasks = {(row["onet_soc"], row["task_id"]) for row in stored[TASKS_FILE]}
    assert {(row["onet_soc"], row["task_id"]) for row in stored[KINDS_FILE]} <= tasks
    assert all(bool(row["confidence"]) == (row["source"] == "nearest") for row in stored[KINDS_FILE])
    occupations = {row["onet_soc"] for row in stored[OCCUPATIONS_FILE]}
    assert {row["onet_soc"] for row in stored[REPORTED_TITLES_FILE]} <= occupations


def test_the_method_page_lists_each_publishers_file_with_its_checksum() -> None:
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([^`]+)` \|.*\| `?([0-9a-f]{64}|not yet seen)`? \|$", page, re.MULTILINE))
    assert listed == {file.name: file.recorded for file in FILES}
