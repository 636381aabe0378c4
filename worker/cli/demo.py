"""`worker demo`: the whole way of a signup, on this machine, with nothing installed but this project."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress
from sqlalchemy.engine import Connection

from worker.assets import data_dir
from worker.broker import Queue, open_broker
from worker.cli.conservation import print_conservation
from worker.cli.console import Format, print_rows, stderr, stdout
from worker.cli.services import claim_redis, opened_redis
from worker.cli.worker_processes import worker_processes
from worker.errors import WorkerError
from worker.ledger.lifecycle import ReportState
from worker.ledger.log_filter import LogFilter
from worker.ledger.migrate import migrate
from worker.ledger.send_log import Entry, entries
from worker.ledger.status import conservation, read_status
from worker.ledger.store import Ledger, open_ledger
from worker.ledger.timeline import attempts_of
from worker.logs import configure_logs
from worker.operations.installation import require_ours
from worker.redis_queues import SIGNUPS_QUEUE, open_redis
from worker.settings import Settings, load_settings

SIGNUPS_FILE = Path("demo") / "signups.jsonl"
DEADLINE_S = 50.0
POLL_S = 0.2
# What the demo fixes, so that the shell's settings do not change it: letters go to files, in the order of the signups.
_ENVIRONMENT = {
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "WORKER_MAILER": "outbox",
    "WORKER_PROCESSES": "1",
    "WORKER_THREADS": "1",
    "WORKER_SOURCE_LIMIT_PER_HOUR": "3",
    "WORKER_LOG_LEVEL": "WARNING",
}
_UNFINISHED = (ReportState.READY, ReportState.CLAIMED, ReportState.SENDING)
_COLUMNS = ("address", "role", "outcome", "why", "state", "letter")


class DemoStalled(WorkerError):
    """The worker did not finish in time."""


@dataclass(frozen=True, slots=True)
class _Progress:
    recorded: int
    unfinished: int
    queued: int


def demo() -> None:
    """Send sample signups all the way to letters in `var/outbox`.

    Starts a Redis, a ledger and a worker of its own; nothing is mailed. Run it twice: the second run sends nothing new,
    because the ledger remembers whom it served.

    Exit codes: 0 done, 1 the worker did not finish in time.

    Example: `worker demo`
    """
    os.environ.update(_ENVIRONMENT)  # the worker processes inherit it
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    signups = (data_dir() / SIGNUPS_FILE).read_text(encoding="utf-8").splitlines()
    ledger = open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)
    try:
        migrate(ledger)
        sent_before = _sent(ledger)
        with opened_redis(settings) as redis_url:
            client = open_redis(redis_url)
            claim_redis(client, require_ours(ledger, settings))
            queue = Queue(open_broker(client))
            _deliver_all(settings, redis_url, ledger, queue, signups)
        _print_outcome(settings, ledger, sent_before)
    finally:
        ledger.close()


def _deliver_all(settings: Settings, redis_url: str, ledger: Ledger, queue: Queue, signups: list[str]) -> None:
    with worker_processes(settings, redis_url) as processes, Progress(console=stderr, transient=True) as bar:
        task = bar.add_task(f"{len(signups)} signups through the queue", total=len(signups))
        for line in signups:
            queue.enqueue_signup(json.loads(line))
        deadline = time.monotonic() + DEADLINE_S
        while True:
            now = _look(ledger, queue)
            bar.update(task, completed=len(signups) - now.queued)
            if not now.queued and not now.unfinished and now.recorded:
                return
            if processes.poll() is not None:
                raise DemoStalled("the worker was stopped before it had finished; the next run goes on from here")
            if time.monotonic() > deadline:
                raise DemoStalled(
                    f"the worker did not finish in {DEADLINE_S:.0f} s: {now.queued} queued, "
                    f"{now.unfinished} reports unfinished; run it again, it goes on from here"
                )
            time.sleep(POLL_S)


def _look(ledger: Ledger, queue: Queue) -> _Progress:
    queued = queue.depth(SIGNUPS_QUEUE)  # first: what leaves the queue is in the ledger by then
    with ledger.read() as tx:
        sums = conservation(tx)
    return _Progress(sums.signups, sum(sums.states[state] for state in _UNFINISHED), queued)


def _sent(ledger: Ledger) -> int:
    with ledger.read() as tx:
        return conservation(tx).states[ReportState.SENT]


def _print_outcome(settings: Settings, ledger: Ledger, sent_before: int) -> None:
    with ledger.read() as tx:
        newest = entries(tx, LogFilter(), limit=1000)
        letters = {entry.report_id: _letter(tx, settings, entry) for entry in newest}
        now = read_status(tx)
    rows = [
        {
            "address": entry.cells["address"] or "(none)",
            "role": entry.cells["role"],
            "outcome": entry.cells["outcome"],
            "why": entry.cells["reason_text"],
            "state": entry.cells["state"],
            "letter": letters.get(entry.report_id),
        }
        for entry in reversed(newest)
    ]
    print_rows(rows, _COLUMNS, Format.TABLE, empty="nothing was received")
    stdout.print()
    print_conservation(now)
    new = now.conservation.states[ReportState.SENT] - sent_before
    stdout.print(
        f"{new} letters written to {settings.outbox_dir}" if new else "nothing new to send: the ledger remembers"
    )


def _letter(tx: Connection, settings: Settings, entry: Entry) -> str | None:
    attempts = attempts_of(tx, entry.report_id) if entry.report_id is not None else []
    return str(settings.outbox_dir / f"{attempts[-1].id}.eml") if attempts else None
