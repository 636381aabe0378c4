"""Dramatiq's worker processes, as `worker run` and `worker demo` start them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from types import FrameType

from worker.actors import RESOLVED_REDIS_URL, STARTED_BY
from worker.settings import Settings

ARENAS = "2"
"""The heaps that glibc spreads threads over. With its usual eight for each core a worker process was an eighth larger,
and grew for longer; threads that take turns at one interpreter need not wait for each other at a heap."""
DRAIN_MS = 120_000  # a stopping worker may take this long to finish the sends it has begun
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # the last where a terminal is closed


@contextlib.contextmanager
def worker_processes(
    settings: Settings, redis_url: str, more_environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Dramatiq's own command line over our actors. Each of STOP_SIGNALS becomes its SIGTERM; the block's end too.

    A signal that is ignored at the start, as SIGHUP is under `nohup`, stays ignored.
    """
    environment = {
        "MALLOC_ARENA_MAX": ARENAS,  # unless the operator says otherwise
        **os.environ,
        **(more_environment or {}),
        RESOLVED_REDIS_URL: redis_url,
        STARTED_BY: str(os.getpid()),
        "dramatiq_queue_prefetch": str(settings.threads),  # what waits in a process that dies must wait for its lease
    }
    command = [sys.executable, "-m", "dramatiq", "worker.actors:setup", "--skip-logging"]
    command += ["--processes", str(settings.processes), "--threads", str(settings.threads)]
    command += ["--worker-shutdown-timeout", str(DRAIN_MS)]
    stopped = False
    process: subprocess.Popen[bytes] | None = None

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        if process is not None:
            process.terminate()

    handled = [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in handled}
    try:
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        if stopped:  # the signal came while it was being started
            process.terminate()
        yield process
    finally:
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)
