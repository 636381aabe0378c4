"""What `worker run` gives its worker processes."""

import time

import psutil
import pytest

from worker.actors import RESOLVED_REDIS_URL
from worker.cli.worker_processes import worker_processes
from worker.settings import load_settings

PATIENCE_S = 30


@pytest.mark.parametrize(("set_by_operator", "given"), [(None, "2"), ("8", "8")])
def test_few_heaps_unless_the_operator_says_otherwise(monkeypatch, tmp_path, set_by_operator, given):
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if set_by_operator:
        monkeypatch.setenv("MALLOC_ARENA_MAX", set_by_operator)
    settings = load_settings({"WORKER_STATE_DIR": str(tmp_path)})
    with worker_processes(settings, "redis://127.0.0.1:1") as process:
        environment, deadline = {}, time.monotonic() + PATIENCE_S
        while RESOLVED_REDIS_URL not in environment:  # until it has become another program
            assert time.monotonic() < deadline
            environment = psutil.Process(process.pid).environ()
    assert environment["MALLOC_ARENA_MAX"] == given
