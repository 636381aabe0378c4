"""A whole installation to load, on this machine: `worker serve`, `worker run`, PostgreSQL, Redis, the tests' SES."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import redis
import sqlalchemy as sa

from tests.parts.open_loop import HttpConnections
from tests.parts.postgres_server import PostgresServer, postgres_server
from tests.parts.redis_server import redis_server
from tests.parts.ses_process import SesProcess, ses_process
from tests.parts.waiting import wait_for
from worker.ledger.migrate import migrate
from worker.ledger.store import Ledger, open_ledger

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "the-token-of-the-load-script"
COMMAND = (sys.executable, "-c", "from worker.cli.main import run; run()")
ROLES = ("ml-engineer", "Software Engineer", "nurse", "Accountant", "data analyst", "Teacher")
LOAD = "load and SES"
_SIZE = "SELECT pg_database_size(current_database())"


@dataclass
class Site:
    """The installation under load. `parts` are its processes by name, for their CPU time."""

    ledger: Ledger
    redis: redis.Redis
    ses: SesProcess
    http: HttpConnections
    environment: Mapping[str, str]
    home: Path
    parts: dict[str, psutil.Process] = field(default_factory=dict)
    empty_bytes: int = 0
    begun: float = 0.0
    busy_s: float = 0.0
    used_s: Mapping[str, float] = field(default_factory=dict)
    run: str = field(default_factory=lambda: f"{time.time_ns():x}")

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds that each part has used; the load and SES are what is left of this process and its children."""
        used = {
            name: sum(_used(each) for each in (part, *part.children(recursive=True)))
            for name, part in self.parts.items()
        }
        return used | {LOAD: 2 * used[LOAD] - sum(used.values())}

    def letters(self, since: datetime, channel: str) -> list[float]:
        """Seconds from the commit to SES's yes of each report made since; inf where the letter has not left."""
        query = """
            SELECT extract(epoch FROM report.sent_at - report.created_at)
            FROM report JOIN signup ON signup.id = report.signup_row
            WHERE report.created_at >= :since AND signup.channel = :channel
        """
        with self.ledger.read() as tx:
            found = tx.execute(sa.text(query), {"since": since, "channel": channel}).scalars()
            return [float("inf") if each is None else float(each) for each in found]

    def number(self, query: str) -> int:
        """The one number that a query answers."""
        with self.ledger.read() as tx:
            return int(tx.execute(sa.text(query)).scalar_one())

    def backlog(self) -> int:
        """Reports that have not left."""
        return self.number("SELECT count(*) FROM report WHERE sent_at IS NULL")

    def now(self) -> datetime:
        """The ledger's clock."""
        with self.ledger.read() as tx:
            moment: datetime = tx.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
            return moment

    async def from_server(self, number: int) -> str:
        """A server signs somebody up."""
        status, _ = await self.http.ask(
            "POST", "/v1/signups", self.signup(number), {"Authorization": f"Bearer {TOKEN}"}
        )
        return str(status)

    async def from_browser(self, number: int) -> str:
        """Somebody opens the form and sends it."""
        status, body = await self.http.ask("GET", "/v1/form-token")
        if status != 200:
            return str(status)
        fields = self.signup(number)
        form = {
            "email": fields["email"],
            "role": fields["role"],
            "form_token": json.loads(body)["form_token"],
            "website": "",
        }
        origin = {"Origin": "https://outlook.example.com"}
        status, _ = await self.http.ask("POST", "/v1/signups", form, origin)
        return str(status)

    def signup(self, number: int) -> dict[str, Any]:
        """A person who has never signed up."""
        who = f"{next(_people)}-{self.run}"
        return {"version": 1, "signup_id": who, "email": f"load-{who}@example.com", "role": ROLES[number % len(ROLES)]}


_people = itertools.count(1)


def _busy_s() -> float:
    """CPU seconds that the whole machine has used since it started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextlib.contextmanager
def site(*, processes: int, threads: int) -> Iterator[Site]:
    """Start everything; ends it with the block."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres: PostgresServer = stack.enter_context(postgres_server(durable=True))
        redis_url = stack.enter_context(redis_server(["--appendonly", "yes", "--appendfsync", "everysec"]))
        ses = stack.enter_context(ses_process(home / "ses.jsonl"))
        url = postgres.url(postgres.create_database())
        ledger = stack.enter_context(contextlib.closing(open_ledger(url)))
        migrate(ledger)
        environment = {**os.environ, **_settings(home, processes, threads), "DATABASE_URL": url, "REDIS_URL": redis_url}
        environment |= {"AWS_ENDPOINT_URL_SESV2": ses.url}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        client = stack.enter_context(redis.Redis.from_url(redis_url))
        made = Site(ledger, client, ses, HttpConnections(port), environment, home)
        serve = stack.enter_context(started(home, environment, "serve", "--port", str(port)))
        run = stack.enter_context(started(home, environment, "run"))
        made.empty_bytes = made.number(_SIZE)
        made.parts = {
            "serve": psutil.Process(serve),
            "run": psutil.Process(run),
            "postgresql": psutil.Process(postgres.process_id),
        }
        made.parts |= {"redis": psutil.Process(client.info()["process_id"]), LOAD: psutil.Process()}
        wait_for(lambda: _answers(port), "`worker serve` answers", describe=(home / "serve.log").read_text)
        wait_for(lambda: made.number("SELECT count(*) FROM process WHERE kind = 'run'") > 0, "`worker run` lives")
        made.begun, made.busy_s, made.used_s = time.monotonic(), _busy_s(), made.cpu_s()
        yield made


def _settings(home: Path, processes: int, threads: int) -> dict[str, str]:
    limits = {
        f"WORKER_{name}_LIMIT_PER_{per}": "0"
        for name, per in (("SOURCE", "HOUR"), ("DOMAIN", "HOUR"), ("TOTAL", "HOUR"), ("MAILBOX", "DAY"))
    }
    return limits | {
        "WORKER_MAILER": "ses", "WORKER_FROM": "AI Exposure Report <reports@outlook.example.com>",
        "WORKER_PUBLIC_URL": "https://outlook.example.com", "WORKER_POSTAL_ADDRESS": "1 Example Street, Example City",
        "WORKER_SECRET_KEY": "s" * 32, "WORKER_IDENTITY_KEY": "i" * 32, "WORKER_API_TOKENS": f"load={TOKEN}",
        "WORKER_ALLOWED_ORIGINS": "https://outlook.example.com", "WORKER_FORM_MIN_FILL_S": "0",
        "WORKER_SEND_RATE_PER_S": "5000", "WORKER_PROCESSES": str(processes), "WORKER_THREADS": str(threads),
        "WORKER_STATE_DIR": str(home / "state"), "WORKER_LOG_LEVEL": "WARNING", "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    }  # fmt: skip


@contextlib.contextmanager
def started(home: Path, environment: Mapping[str, str], *command: str) -> Iterator[int]:
    with (home / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, *command], env={**environment, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def costs(at: Site, letters: int) -> dict[str, Any]:
    """What a letter cost, over the whole run: CPU by part, connections, Redis and disk."""
    info, used_s = at.redis.info(), {name: used - at.used_s[name] for name, used in at.cpu_s().items()}
    own_s, lasted_s = sum(used_s.values()), time.monotonic() - at.begun
    size = at.number(_SIZE) - at.empty_bytes
    sessions = at.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    commits = at.number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    return {
        "letters": letters,
        "cpu_ms_per_letter": {name: round(used * 1000 / max(1, letters), 2) for name, used in used_s.items()},
        "cores_used": round(own_s / lasted_s, 2),
        "cores_taken_by_others": round((_busy_s() - at.busy_s - own_s) / lasted_s, 2),
        "redis_commands_per_letter": round(info["total_commands_processed"] / max(1, letters), 1),
        "redis_bytes": info["used_memory"], "redis_connections": info["connected_clients"],
        "postgresql_sessions": sessions - 1, "transactions_per_letter": round(commits / max(1, letters), 1),
        "ledger_bytes_per_letter": round(size / max(1, letters)),
    }  # fmt: skip
