"""What a shell completes: commands, states, outcomes, formats and roles."""

import json
import os
import subprocess
import sys

import pytest

from worker.cli.completion import complete_role


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("worker sta", ["status"]),
        ("worker log --state un", ["unknown"]),
        ("worker log --role ml-e", ["ml-engineer"]),
        ("worker replay --role registered", ["registered-nurse"]),
        ("worker roles --show ml-e", ["ml-engineer"]),
    ],
)
def test_a_shell_is_offered_what_fits(typed, offered):
    asked = {
        "_WORKER_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)
    }  # fmt: skip
    command = "import sys; sys.argv[0] = 'worker'; from worker.cli.main import run; run()"
    answer = subprocess.run(
        [sys.executable, "-c", command], env={**os.environ, **asked}, stdout=subprocess.PIPE, check=True
    )
    assert answer.stdout.decode().split() == offered


def test_every_role_is_offered_by_its_slug(worker):
    slugs = [row["slug"] for row in json.loads(worker("roles", "--format", "json"))]
    assert complete_role("") == slugs
