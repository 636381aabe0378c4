"""CPU of `worker --help` and `worker status`, against `python -c "import typer, rich"`, in turn."""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.bench.child import ROOT
from tests.bench.results import Line
from worker.ledger.migrate import migrate
from worker.ledger.store import open_ledger

WORKER = (sys.executable, "-c", "from worker.cli.main import run; run()")
IMPORTS = (sys.executable, "-c", "import typer, rich")
BARS = {"--help": 2.5, "status": 5.0}


def commands(rounds: int) -> list[Line]:
    """Medians of each round's ratios."""
    ratios: dict[str, list[float]] = {name: [] for name in BARS}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        with contextlib.closing(open_ledger(url)) as ledger:
            migrate(ledger)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WORKER_")}
        environment = {**kept, "DATABASE_URL": url, "WORKER_STATE_DIR": str(Path(folder) / "var")}
        cpu_of((*WORKER, "status"), environment)  # makes the keys in var/
        for _ in range(rounds):
            base = cpu_of(IMPORTS, environment)
            for name, taken in ratios.items():
                taken.append(cpu_of((*WORKER, name), environment) / base)
    return [
        Line(f"worker {name} / python -c 'import typer, rich'", statistics.median(taken), BARS[name])
        for name, taken in ratios.items()
    ]


def cpu_of(command: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """User and system seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)  # to the microsecond; os.times() counts in hundredths
    subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
