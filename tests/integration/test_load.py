"""scripts/load runs, briefly: its figures are there and its sums right, whatever they are on this machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
@pytest.mark.slow
def test_a_short_load_gives_its_figures(tmp_path):
    options = ["--hold", "2", "--step", "1", "--start", "3", "--most", "3", "--rate", "3", "--rows", "20"]
    command = [sys.executable, "scripts/load", *options, "--json", tmp_path / "load.json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "load.json").read_text())
    stretches = found["stretches"]
    assert {each["scenario"] for each in stretches} == {"signups", "spike", "import", "reading", "slow-ses"}
    for each in stretches:
        assert sum(each["errors"].values()) <= each["answers"]
        assert set(each["http_s"]) == set(each["letter_s"]) == {"p50", "p95", "p99"}
    letters = sum(each["letters"] for each in stretches if each["scenario"] != "import") + 20
    assert found["costs"]["letters"] >= letters
    assert set(found["costs"]["cpu_ms_per_letter"]) == {"serve", "run", "postgresql", "redis", "load and SES"}
