"""Latency of a letter: from the commit of its signup to its acceptance by SES, at half and at full pace.

Full pace is the worker's own rate limit. Signups come evenly spaced, each received by this process as `worker serve`
receives it; this process and the SES server read the same clock.
"""

from __future__ import annotations

import time

from tests.bench.mix import Mix
from tests.bench.results import Line, Results
from tests.bench.worker_run import WorkerRun, worker_run
from tests.bench.world import World
from tests.parts.open_loop import percentile
from worker.intake.receive import Receiver
from worker.ledger.channels import Channel, Lane

RATE_PER_S = 5.0
PACES = {"half": 0.5, "full": 1.0}
PERCENTILES = (50, 95, 99)
LETTERS = 200
WARM_UP = 20
BAR = 3.0


def latency(world: World, results: Results, *, letters: int = LETTERS, ledger: str = "postgresql") -> None:
    """Milliseconds at each pace, into the results; judged is only the median at full pace over that at half."""
    with worker_run(world.install("latency", ledger, rate_per_s=RATE_PER_S)) as run:
        mix = Mix(run.core.catalogue)
        _signups_at(run, mix, RATE_PER_S / 2, WARM_UP, "warm-up")
        for name, pace in PACES.items():
            taken = _signups_at(run, mix, RATE_PER_S * pace, letters, name)
            results.latency[name] = {f"p{percent}": 1000 * percentile(taken, percent / 100) for percent in PERCENTILES}
    ratio = results.latency["full"]["p50"] / results.latency["half"]["p50"]
    results.lines.append(Line("latency at full pace / at half pace, median", ratio, BAR))


def _signups_at(run: WorkerRun, mix: Mix, rate_per_s: float, count: int, name: str) -> list[float]:
    """Receive so many signups at this rate; the seconds that each letter took."""
    committed: dict[str, float] = {}
    signups = mix.signups(count, name=name)
    receiver, start = _waking(run, committed), time.monotonic()
    for number, signup in enumerate(signups):
        time.sleep(max(0.0, start + number / rate_per_s - time.monotonic()))
        receiver.receive(signup, channel=Channel.SERVER)
        committed[signup["email"]] = committed.pop("last")
    run.wait_for(count)
    accepted = {message.destination: message.at for message in run.installation.ses.accepted}
    return [accepted[address] - at for address, at in committed.items()]


def _waking(run: WorkerRun, committed: dict[str, float]) -> Receiver:
    """A receiver that notes the time right after each commit, and wakes the report."""

    def wake(report_id: int, lane: Lane) -> None:
        committed["last"] = time.time()
        run.core.queue.wake([report_id], lane)

    return run.receiver(wake)
