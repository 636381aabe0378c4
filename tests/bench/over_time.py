"""Whether the worker stays as it is: its memory over many letters, and the time of a letter in a long backlog."""

from __future__ import annotations

import time

from tests.bench.mix import Mix
from tests.bench.results import Line
from tests.bench.worker_run import worker_run
from tests.bench.world import World

MEMORY_BAR = 1.03
DRAIN_BAR = 1.10
FEW, MANY = 5_000, 20_000
SHORT, LONG = 1_000, 10_000
BATCH = 1_000


def memory(world: World) -> Line:
    """The proportional set of a worker process after 20,000 reports, over that after 5,000."""
    with worker_run(world.install("memory", "sqlite")) as run:
        mix = Mix(run.core.catalogue)
        after: dict[int, int] = {}
        for number in range(BATCH, MANY + 1, BATCH):
            run.owe(mix.signups(BATCH, name=f"m{number}"))
            run.drain()
            after[number] = run.memory()
    return Line(f"memory after {MANY:,} reports / after {FEW:,}", after[MANY] / after[FEW], MEMORY_BAR)


def drain(world: World) -> Line:
    """Wall time of a letter in a backlog of 10,000, over that in one of 1,000."""
    with worker_run(world.install("drain", "postgresql")) as run:
        mix = Mix(run.core.catalogue)
        each: dict[int, float] = {}
        for count in (SHORT, SHORT, LONG):  # the first warms up
            run.owe(mix.signups(count, name=f"d{count}-{len(each)}"))
            before = time.monotonic()
            run.drain()
            each[count] = (time.monotonic() - before) / count
    return Line(f"drain of {LONG:,} / of {SHORT:,}, each report", each[LONG] / each[SHORT], DRAIN_BAR)
