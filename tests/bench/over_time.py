"""Whether the worker stays as it is: its memory over many letters, and the cost of a letter in a long backlog."""

from __future__ import annotations

import statistics
import sys

from tests.bench.mix import Mix
from tests.bench.results import Line, Results
from tests.bench.worker_run import worker_run
from tests.bench.world import World

MEMORY_BAR = 1.03
DRAIN_BAR = 1.10
FEW, MANY = 5_000, 20_000
SHORT, LONG = 1_000, 10_000
BATCH = 500


def memory(world: World, results: Results, *, few: int = FEW, many: int = MANY, batch: int = BATCH) -> None:
    """The proportional set of a worker process after 20,000 reports, over that after 5,000."""
    with worker_run(world.install("memory", "sqlite")) as run:
        mix = Mix(run.core.catalogue)
        for number in range(batch, many + 1, batch):
            run.owe(mix.signups(batch, name=f"m{number}"))
            run.drain()
            results.memory[str(number)] = run.memory()
            sys.stderr.write(f"{number:,} letters, {run.memory():,} octets\n")
    ratio = results.memory[str(many)] / results.memory[str(few)]
    results.lines.append(Line(f"memory after {many:,} reports / after {few:,}", ratio, MEMORY_BAR))


def drain(world: World, results: Results, *, short: int = SHORT, long: int = LONG) -> None:
    """CPU of a letter in a backlog of 10,000, over that in one of 1,000 before it and one after it."""
    with worker_run(world.install("drain", "postgresql")) as run:
        mix = Mix(run.core.catalogue)
        each: list[float] = []
        for number, count in enumerate((short, short, long, short)):  # the first warms up
            run.owe(mix.signups(count, name=f"d{number}"))
            each.append(run.drain())
            sys.stderr.write(f"drained {count:,}\n")
    ratio = each[2] / statistics.mean((each[1], each[3]))
    results.lines.append(Line(f"drain of {long:,} / of {short:,}, CPU of each report", ratio, DRAIN_BAR))
