"""A test run that is interrupted, or killed, leaves no server behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.parts.watchdog import RUN_DIRECTORY, processes_of

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
SLEEPER = """
import os
import time
from pathlib import Path

def test_nothing(redis_url, postgres_url):
    Path(os.environ["READY"]).write_text(os.environ["{run}"])
    time.sleep(600)
"""


def until(reached, what):
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_an_ended_run_leaves_no_process_and_no_file(tmp_path, how):
    ready = tmp_path / "ready"
    (tmp_path / "test_sleeper.py").write_text(SLEEPER.format(run=RUN_DIRECTORY))
    command: list[str | Path] = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", ROOT / "pyproject.toml"]
    command += ["--numprocesses", "1", tmp_path / "test_sleeper.py"]
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "READY": str(ready)}, stdout=log, stderr=log)
    try:
        until(lambda: ready.exists() and ready.read_text(), "the servers run")
        directory = ready.read_text()
        names = {process.name() for process in processes_of(directory)}
        assert {"redis-server", "postgres"} <= names
        run.send_signal(how)
        until(lambda: run.poll() is not None, "pytest ends")
        until(lambda: not processes_of(directory), "its processes end")
        until(lambda: not Path(directory).exists(), "its files are gone")
    finally:
        run.kill()
        run.wait()
