"""One installation under test: a ledger, a Redis, a scripted SES, and real worker processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.faults.points import Point
from tests.parts.running_worker import running_worker
from tests.parts.waiting import wait_for
from tests.ses_server import SesServer
from worker.actors import RESOLVED_REDIS_URL, register
from worker.boot.worker import WorkerServices, boot_worker
from worker.ledger import pauses
from worker.ledger.channels import Channel
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import attempt, report
from worker.ledger.status import conservation
from worker.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
SETTLE_TIMEOUT_S = 60.0
RESTING = frozenset(ReportState) - {ReportState.CLAIMED, ReportState.SENDING}

AS_HOST = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "--uts", "sh", "-c"]
AS_HOST += ['hostname "$0" && exec "$@"']
"""Runs a command as the first process of a host; the host's name comes before the command. Needs root."""

# Short leases: a fault test waits for one to run out. Long enough for a slow machine: nothing here depends on them.
SETTINGS = {
    "WORKER_MAILER": "ses",
    "WORKER_FROM": "AI Exposure Report <reports@outlook.example.com>",
    "WORKER_PUBLIC_URL": "https://outlook.example.com",
    "WORKER_POSTAL_ADDRESS": "AI Exposure Report, 1 Example Street, Example City",
    "WORKER_SECRET_KEY": "a secret of the fault tests of 32 or more",
    "WORKER_IDENTITY_KEY": "an identity key of the fault tests, 32 or more",
    "WORKER_SEND_RATE_PER_S": "2000",
    "WORKER_SES_CONNECT_TIMEOUT_S": "1",
    "WORKER_SES_READ_TIMEOUT_S": "2",
    "WORKER_INTENT_MARGIN_S": "1",
    "WORKER_CLAIM_LEASE_S": "2",
    "WORKER_SWEEP_INTERVAL_S": "0.25",
    "WORKER_LEDGER_TIMEOUT_S": "30",
    "WORKER_SOURCE_LIMIT_PER_HOUR": "0",
    "WORKER_DOMAIN_LIMIT_PER_HOUR": "0",
    "WORKER_TOTAL_LIMIT_PER_HOUR": "0",
    "WORKER_LOG_LEVEL": "WARNING",
    "WORKER_LOG_FORMAT": "json",
}


class Installation:
    """See the module. `settings` overrides SETTINGS; `home` takes spool and logs."""

    def __init__(
        self, home: Path, *, database_url: str, redis_url: str, ses: SesServer, settings: dict[str, str] | None = None
    ) -> None:
        self.home = home
        self.ses = ses
        self.redis_url = redis_url
        self.environment = {
            **SETTINGS,
            "DATABASE_URL": database_url,
            "WORKER_STATE_DIR": str(home / "state"),
            **ses.environment,
            **(settings or {}),
        }
        self._processes: list[WorkerProcess] = []

    @cached_property
    def services(self) -> WorkerServices:
        """The product's own services, in this process."""
        return self.boot()

    def boot(self, **wrapped: Any) -> WorkerServices:
        """Services of another worker; `wrapped` is passed to the composition root."""
        return boot_worker(load_settings(self.environment), self.redis_url, **wrapped)

    def sign_up(self, *names: str) -> dict[str, int]:
        """Receive one signup of each name at example.com, as the HTTP API does; name -> report id."""
        receipts = {name: self.services.core.receiver.receive(signup(name), channel=Channel.SERVER) for name in names}
        return {name: receipt.report_id for name, receipt in receipts.items() if receipt.report_id is not None}

    def start(
        self, point: Point | None = None, *, mark: str = "", fault_signal: str = "SIGKILL", threads: int = 2,
        drain_ms: int = 20_000, clock_ahead_s: float = 0.0, checkout: Path = ROOT, host: str | None = None,
    ) -> WorkerProcess:  # fmt: skip
        """Start a worker of one process under dramatiq's own command line, to be struck at `point`.

        `clock_ahead_s`: how far its own clock, and no other, is ahead. `checkout`: where its code is. `host`: the name
        of a host of its own, with process ids and a state directory of its own.
        """
        fault = {} if point is None else {"FAULT_POINT": point, "FAULT_MARK": mark, "FAULT_SIGNAL": fault_signal}
        environment = {**os.environ, **self.environment, **fault, RESOLVED_REDIS_URL: self.redis_url}
        environment["FAULT_CLOCK_AHEAD_S"] = str(clock_ahead_s)
        environment["dramatiq_queue_prefetch"] = str(threads)
        command = [sys.executable, "-m", "dramatiq", "tests.faults.root:setup", "--skip-logging"]
        command += ["--processes", "1", "--threads", str(threads), "--worker-shutdown-timeout", str(drain_ms)]
        if host is not None:
            command = [*AS_HOST, host, *command]
            environment["WORKER_STATE_DIR"] = str(self.home / host)
        with (self.home / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=checkout, stdout=log, stderr=log, start_new_session=True
            )
        worker = WorkerProcess(process, on_a_host=host is not None)
        self._processes.append(worker)
        return worker

    @contextlib.contextmanager
    def worker_thread(self, services: WorkerServices | None = None, *, threads: int = 4) -> Iterator[WorkerServices]:
        """A dramatiq worker in this process, on the real queue: for faults that no process needs to die of."""
        services = services or self.boot()
        register(services)
        try:
            with running_worker(services.core.broker, threads=threads):
                yield services
        finally:
            services.close()

    def settle(self, *, also: Callable[[], bool] = lambda: True, timeout_s: float = SETTLE_TIMEOUT_S) -> None:
        """Wait until every report is at rest, and `also` holds."""
        wait_for(
            lambda: self.at_rest() and also(), "every report at rest", timeout_s=timeout_s, describe=self.described
        )

    def at_rest(self) -> bool:
        """Whether nothing is in anybody's hands or due."""
        with self.services.core.ledger.read() as tx:
            held = self.count(tx, ReportState.CLAIMED, ReportState.SENDING)
            if pauses.current_pause(tx) is not None:
                return held == 0
            return held + self.count(tx, ReportState.READY) == 0

    def count(self, tx: Connection, *states: ReportState) -> int:
        """How many reports are in these states."""
        return int(tx.execute(sa.select(sa.func.count()).where(report.c.state.in_(states))).scalar_one())

    def states(self) -> dict[str, str]:
        """Name -> state of the report."""
        with self.services.core.ledger.read() as tx:
            return {row.address.split("@")[0]: row.state for row in tx.execute(sa.select(report))}

    def attempts(self, name: str) -> list[sa.Row[Any]]:
        """Every attempt to send one person's report, oldest first."""
        query = sa.select(attempt).join(report).where(report.c.address == address(name)).order_by(attempt.c.number)
        with self.services.core.ledger.read() as tx:
            return list(tx.execute(query))

    def report(self, name: str) -> sa.Row[Any]:
        """One person's report."""
        with self.services.core.ledger.read() as tx:
            return tx.execute(sa.select(report).where(report.c.address == address(name))).one()

    def close(self) -> None:
        """End every process that was started, and close what was opened."""
        for worker in self._processes:
            worker.kill()
        if "services" in self.__dict__:
            self.services.close()

    def described(self) -> str:
        """The state of the ledger, and the end of the workers' log."""
        with self.services.core.ledger.read() as tx:
            state = f"{conservation(tx).states}\n{pauses.current_pause(tx)}"
        log = self.home / "worker.log"
        return state + ("\n" + log.read_text(errors="replace")[-4000:] if log.exists() else "")


class WorkerProcess:
    """A worker: dramatiq's supervisor and its one child, in a process group of their own.

    On a host of its own they are the host's only processes, and end with `unshare`, which made the host.
    """

    def __init__(self, process: subprocess.Popen[bytes], *, on_a_host: bool = False) -> None:
        self._process = process
        self._on_a_host = on_a_host

    @property
    def running(self) -> bool:
        """Whether the supervisor lives."""
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """A power cut."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM to the supervisor, as `worker run` does; waits for the end and returns the exit status.

        One that had not yet got as far as handling the signal had not begun anything either: that is a clean end too.
        """
        if self._process.poll() is None:
            os.kill(self._supervisor(), signal.SIGTERM)
        status = self._process.wait(SETTLE_TIMEOUT_S)
        return 0 if status == -signal.SIGTERM else status

    def wait_until_killed(self) -> None:
        """Wait until the fault has struck."""
        assert self._process.wait(SETTLE_TIMEOUT_S) == -signal.SIGKILL

    def _supervisor(self) -> int:
        """The process id of dramatiq's supervisor, as this process sees it."""
        pid = self._process.pid
        if not self._on_a_host:
            return pid
        (first,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return int(first)

    def is_frozen(self) -> bool:
        """Whether the fault has stopped it."""
        state = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"


def signup(name: str, **changes: Any) -> dict[str, Any]:
    """A well-formed signup of this person."""
    return {"version": 1, "signup_id": f"signup-{name}", "email": address(name), "role": "ml-engineer", **changes}


def address(name: str) -> str:
    """This person's address."""
    return f"{name}@example.com"
