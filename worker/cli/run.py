"""`worker run`: the worker itself."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
from pathlib import Path

import typer

from worker.actors import ALIVE_DIR
from worker.boot.worker import boot_worker
from worker.cli.console import stderr
from worker.cli.metrics_endpoint import COUNTS_DIR, counts_environment, metrics_shown
from worker.cli.resources import settings_for_command
from worker.cli.run_health import health_shown
from worker.cli.services import claim_redis, opened_redis
from worker.cli.worker_processes import worker_processes
from worker.ledger.heartbeats import ProcessKind
from worker.ledger.revision import require_migrated
from worker.local.alive_marks import alive
from worker.operations.installation import require_ours
from worker.operations.refused_start import refusals_recorded
from worker.settings import Settings

LOOK_S = 1.0  # so long a signal may wait that another thread than the main one was given


def run() -> None:
    """Receive signups and deliver reports, until stopped.

    Starts the worker processes and the periodic tasks (sweep, retention, SES account, feedback). Ctrl-C, SIGTERM or a
    closed terminal stops it cleanly: sends that have begun are finished, nothing new is claimed.

    Exit codes: 0 stopped, 1 a worker process failed, 2 a setting or the ledger's schema is wrong.

    Example: `WORKER_MAILER=ses worker run`
    """
    settings = settings_for_command()
    with opened_redis(settings) as redis_url:
        with refusals_recorded(settings, ProcessKind.RUN):
            # What would fail in every worker process fails here, once, with one message.
            services = boot_worker(settings, redis_url)
            require_migrated(services.core.ledger)
            claim_redis(services.core.redis, require_ours(services.core.ledger, settings, sends=True))
        if services.restore_watch.notice_restore():  # before any worker could send what the ledger wrongly calls due
            stderr.print(
                "[red]sending is paused[/red]: this ledger looks like a restored backup: `worker restore-check`"
            )
        stderr.print(
            f"worker: {settings.processes} x {settings.threads} threads, mailer {settings.mailer}, "
            f"{len(services.core.catalogue.roles)} roles. Stop with Ctrl-C."
        )
        counts = counts_environment(settings.state_dir) if settings.metrics_listen else {}
        with (
            tempfile.TemporaryDirectory(prefix="exposure-report-alive-") as marks,
            metrics_shown(services, counts.get(COUNTS_DIR)),
            worker_processes(settings, redis_url, {**counts, ALIVE_DIR: marks}) as processes,
            health_shown(settings.run_health_listen, lambda: _why_unhealthy(settings, processes, Path(marks))),
        ):
            status = _wait_for(processes)
        services.close()
    raise typer.Exit(0 if status in {0, -signal.SIGTERM} else 1)  # -SIGTERM: stopped before it had begun


def _wait_for(processes: subprocess.Popen[bytes]) -> int:
    """Wait until the worker processes have ended; returns their exit code.

    Not in one call: Python handles a signal in the main thread alone, between two calls, and a signal that the system
    gives to another thread, that of the health port, ends no call of the main one.
    """
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return processes.wait(timeout=LOOK_S)


def _why_unhealthy(settings: Settings, processes: subprocess.Popen[bytes], marks: Path) -> str | None:
    """Why this worker does not do its work; None where each of its processes lives and consumes."""
    if processes.poll() is not None:
        return "the worker processes have ended"
    living = alive(marks)
    if living < settings.processes:
        return f"{living} of {settings.processes} worker processes live and take messages from the queue"
    return None
