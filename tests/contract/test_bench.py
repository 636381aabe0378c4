"""scripts/bench comes to its end with every figure, and what is made of its figures holds all of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench.flame_graph import flame_graph, read_stacks
from tests.bench.page import BEGIN, END, tables, write_page
from tests.bench.per_letter import LEDGERS
from tests.bench.plot import plot
from tests.bench.results import Line, Results
from tests.bench.stages import DELIVERING

ROOT = Path(__file__).resolve().parents[2]
STACKS = (
    'process 7:"worker";thread (8): T;run (dramatiq/worker.py:10);compose (worker/letter/compose.py:30) 60',
    'process 7:"worker";thread (9): T;run (dramatiq/worker.py:12);compose (worker/letter/compose.py:41) 20',
    'process 7:"worker";thread (9): T;run (dramatiq/worker.py:12);ack (worker/broker.py:5) 19',
    'process 7:"worker";thread (9): T;rarely (worker/broker.py:5) 1',
)


@pytest.fixture
def results() -> Results:
    stages = dict.fromkeys(DELIVERING, 0.1)
    return Results(
        lines=[
            Line("met", 2.0, 2.5), Line("missed", 2.6, 2.5), Line("as many", 9.0, 6.0, at_least=True), Line("free", 1),
        ],
        each={"usual": 9.5, "floor, sqlite": 1.97},
        stages={ledger: {**stages, "unexplained": -0.2, "whole": 1.0, "before: receive": 0.5} for ledger in LEDGERS},
        latency={"half": {"p50": 51.4}},
        notes=["not measured: a rival"],
    )  # fmt: skip


def test_a_bar_is_met_on_its_own_side():
    assert [Line("", figure, 2.0).met for figure in (1.9, 2.0, 2.1)] == [True, True, False]
    assert [Line("", figure, 2.0, at_least=True).met for figure in (1.9, 2.0, 2.1)] == [False, True, True]
    assert Line("", 99.0).met


def test_results_are_read_back_as_they_were_written(results: Results, tmp_path: Path):
    results.write(tmp_path / "results.json")
    assert Results.read(tmp_path / "results.json") == results


def test_table_and_page_hold_every_line_stage_and_note(results: Results, tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_page(page, results)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    for text in (results.table(), tables(results)):
        names = {line.name for line in results.lines} | set(DELIVERING) | {"unexplained", "not measured: a rival"}
        assert [name for name in names if name not in text] == []
    assert "| missed | 2.60 | ≤ 2.5 | **missed** |" in written
    assert "| as many | 9.00 | ≥ 6 | met |" in written


def test_the_plot_is_well_formed_and_draws_each_rival_that_was_measured(results: Results):
    texts = [element.text for element in ET.fromstring(plot(results)).iter() if element.text]
    assert {"usual pipeline", "the floor, sqlite"} <= set(texts)
    assert "django-post_office" not in texts


def test_a_flame_graph_merges_threads_and_lines_and_leaves_out_what_is_rare():
    root = read_stacks(STACKS)
    assert root.samples == 100
    (run, rarely) = root.calls.values()
    assert (run.samples, rarely.samples) == (99, 1)
    assert {call.name: call.samples for call in run.calls.values()} == {"compose": 80, "ack": 19}
    drawn = flame_graph([*STACKS, *STACKS[:1] * 9], "title")  # one sample in 640 is below the least
    titles = [element.text for element in ET.fromstring(drawn).iter() if element.tag.endswith("}title")]
    assert "compose worker/letter/compose.py: 96.9%" in titles
    assert not [title for title in titles if "rarely" in (title or "")]


@pytest.mark.long
def test_a_tiny_run_comes_to_its_end_with_every_line_and_its_stages_make_the_whole(tmp_path: Path):
    command = [
        sys.executable,
        "scripts/bench",
        "--quick",
        "--rounds",
        "1",
        "--letters",
        "3",
        "--json",
        str(tmp_path / "j"),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1}, run.stderr  # 1: a bar is missed, as one of three letters may be
    found = json.loads((tmp_path / "j").read_text(encoding="utf-8"))
    names = [line["name"] for line in found["lines"]]
    assert [name for name in names if name not in run.stdout] == []
    for words in ("worker run, sqlite", "worker run, postgresql", "compose and lint", "worker --help", "worker status"):
        assert re.search(re.escape(words), "\n".join(names)), words
    for stages in found["stages"].values():
        assert set(stages) == {*DELIVERING, "unexplained", "whole", "before: receive", "the floor"}
        assert all(stages[stage] > 0 for stage in DELIVERING)
        assert sum(stages[stage] for stage in (*DELIVERING, "unexplained")) == pytest.approx(stages["whole"])
