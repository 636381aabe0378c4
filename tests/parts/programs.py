"""Programs of the machine that tests need: without them a test is skipped, but under CI=true it fails."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def find_program(name: str, *, remedy: str) -> str:
    """The path of a program, also of one for administrators; without it see `missing`."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        missing(f"{name} is missing: {remedy}")
    return found


def missing(text: str) -> NoReturn:
    """Skip the test with these words; under CI=true fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)
