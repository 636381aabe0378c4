"""Where the CPU of a draining worker goes: samples of the threads that hold the interpreter's lock, by py-spy.

What runs without the lock (the kernel, SQLite, PostgreSQL's driver while it waits) is not in them.
"""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.bench.child import BenchError
from tests.bench.mix import Mix
from tests.bench.per_letter import LEDGERS, WARM_UP_ROUNDS
from tests.bench.throwaway_environment import throwaway_environment
from tests.bench.worker_run import worker_run
from tests.bench.world import World

SAMPLES_PER_S = "97"  # beats with nothing that the worker does regularly


def profile(world: World, folder: Path, *, letters: int) -> None:
    """Write FOLDER/LEDGER.stacks: a line for each stack, outermost frame first, and how often it was seen.

    Raises BenchError.
    """
    spy = throwaway_environment(world.home / "py-spy", "py-spy") / "py-spy"
    folder.mkdir(parents=True, exist_ok=True)
    for ledger in LEDGERS:
        with worker_run(world.install(f"profile-{ledger}", ledger)) as run:
            mix = Mix(run.core.catalogue)
            run.owe(mix.signups(letters * WARM_UP_ROUNDS, name="warm-up"))
            run.drain()
            run.owe(mix.signups(letters, name="profile"))
            stacks = folder / f"{ledger}.stacks"
            command = [
                str(spy), "record", "--pid", str(run.pid), "--subprocesses", "--format", "raw", "--rate", SAMPLES_PER_S,
                "--nonblocking", "--gil", "--duration", "unlimited", "--output", str(stacks),
            ]  # fmt: skip
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as sampler:
                run.drain()
                sampler.send_signal(signal.SIGINT)
                _output, errors = sampler.communicate()
            if not stacks.exists():
                raise BenchError(f"py-spy took no samples: {errors[-500:]}")
