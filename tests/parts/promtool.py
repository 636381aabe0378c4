"""Prometheus' own checker of rules and configurations."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def find_promtool() -> str:
    """The path of promtool; skips the test where there is none, except under CI=true, where it fails."""
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("promtool is missing")
    if found is None:
        pytest.skip("promtool is missing: take it out of Debian's package prometheus, as .ci/run does")
    return found


def promtool(*words: str | Path) -> str:
    """What promtool prints; fails the test with it where promtool is not content."""
    ran = subprocess.run([find_promtool(), *words], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout + ran.stderr
