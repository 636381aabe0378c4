"""Prometheus' own checker of rules and configurations."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.parts.programs import find_program


def find_promtool() -> str:
    """The path of promtool; without it the test is skipped, or fails."""
    return find_program("promtool", remedy="take it out of Debian's package prometheus, as .ci/run does")


def promtool(*words: str | Path) -> str:
    """What promtool prints; fails the test with it where promtool is not content."""
    ran = subprocess.run([find_promtool(), *words], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout + ran.stderr
