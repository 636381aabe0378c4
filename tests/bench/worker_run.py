"""`worker run` as it is in production, and the CPU of all its processes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psutil

from tests.bench.child import ROOT, BenchError
from tests.bench.world import Installation
from worker.boot.core import CoreServices, boot_core, limits_of
from worker.intake.limits import LimitCounter
from worker.intake.receive import Receiver
from worker.intake.signup_limits import SignupLimits
from worker.ledger.channels import Channel, Lane
from worker.reader_links import new_link_token
from worker.settings import load_settings

COMMAND = [sys.executable, "-c", "from worker.cli.main import run; run()", "run"]
PATIENCE_S = 600.0
LOOK_S = 0.02


class WorkerRun:
    """A running worker on an installation, and a way to owe it reports without waking them yet."""

    def __init__(self, installation: Installation, core: CoreServices, process: subprocess.Popen[bytes]) -> None:
        self.installation = installation
        self.core = core
        self._started = process
        self._process = psutil.Process(process.pid)
        self._owed: list[int] = []
        self.sent = 0

    def receiver(self, wake: Callable[[int, Lane], None]) -> Receiver:
        """Receives signups, and calls `wake` right after each commit."""
        self._wait_until_it_consumes()
        core = self.core
        limits = SignupLimits(LimitCounter(core.redis), limits_of(core.settings))
        return Receiver(core.ledger, core.identity, limits, core.matcher, wake, new_link_token)

    def owe(self, signups: Sequence[dict[str, Any]]) -> None:
        """Commit signups; their reports are woken by `drain`."""
        receiver = self.receiver(lambda report_id, _lane: self._owed.append(report_id))
        for signup in signups:
            receiver.receive(signup, channel=Channel.FILE)

    def drain(self) -> float:
        """Wake all reports that are owed and wait until SES has accepted them; CPU seconds of one letter."""
        owed, self._owed = self._owed, []
        before = self.cpu_s()
        self.core.queue.wake(owed, Lane.FILE)
        self.wait_for(len(owed))
        return (self.cpu_s() - before) / len(owed)

    def wait_for(self, more: int) -> None:
        """Wait until SES has accepted so many more letters, and the queue is empty."""
        self.sent += more
        deadline = time.monotonic() + PATIENCE_S
        while self.installation.ses.posts < self.sent or self.core.queue.depth():
            if time.monotonic() > deadline:
                raise BenchError(f"{self.sent - self.installation.ses.posts} letters were not sent")
            time.sleep(LOOK_S)

    def cpu_s(self) -> float:
        """User and system seconds of the command and of all its processes so far."""
        return sum(sum(process.cpu_times()[:4]) for process in self._tree())

    def memory(self) -> int:
        """Octets of the proportional set of the largest of its processes."""
        return max(int(process.memory_full_info().pss) for process in self._tree())

    @property
    def pid(self) -> int:
        """The process of the command; the worker's own are its children."""
        return self._process.pid

    def _wait_until_it_consumes(self) -> None:
        """Once dramatiq consumes, its heartbeat is in Redis."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.core.redis.exists("dramatiq:__heartbeats__"):
            if self._started.poll() is not None or time.monotonic() > deadline:
                raise BenchError((self.installation.home / "worker.log").read_text()[-2000:])
            time.sleep(LOOK_S)

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


@contextlib.contextmanager
def worker_run(installation: Installation) -> Iterator[WorkerRun]:
    """Start a worker, for which the first signup waits; ends it with the block."""
    core = boot_core(load_settings(installation.environment), installation.redis_url)
    log = installation.home / "worker.log"
    with log.open("ab") as file:
        process = subprocess.Popen(COMMAND, cwd=ROOT, env=dict(installation.environment), stdout=file, stderr=file)
    try:
        with contextlib.closing(core):
            yield WorkerRun(installation, core, process)
    finally:
        process.terminate()
        process.wait()
