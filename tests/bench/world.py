"""What the benchmark runs on: a real Redis, PostgreSQL and SQLite, and an SES server on loopback, all of its own."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.parts.postgres_server import postgres_server
from tests.parts.redis_server import redis_server
from tests.parts.ses_process import SesProcess, ses_process
from worker.ledger.migrate import migrate
from worker.ledger.store import open_ledger

LEDGERS = ("sqlite", "postgresql")
UNLIMITED_RATE_PER_S = 100_000.0


@dataclass(frozen=True, slots=True)
class Installation:
    """One ledger with its Redis and SES, and the environment that leads a process to them."""

    name: str
    environment: Mapping[str, str]
    redis_url: str
    ses: SesProcess
    home: Path


class World:
    """The servers; makes installations, each with a ledger, a Redis and an SES of its own."""

    def __init__(self, home: Path, running: contextlib.ExitStack) -> None:
        self.home = home
        self.ses = running.enter_context(ses_process(home / "rivals.jsonl"))
        self.redis_url = running.enter_context(redis_server())
        self._running = running
        self._postgres = running.enter_context(postgres_server())

    def install(self, name: str, ledger: str, *, rate_per_s: float = UNLIMITED_RATE_PER_S) -> Installation:
        """An installation with an empty, migrated ledger: `sqlite` or `postgresql`."""
        place = self.home / name
        place.mkdir()
        url = f"sqlite:///{place}/ledger.db"
        if ledger == "postgresql":
            url = self._postgres.url(self._postgres.create_database())
        ses = self._running.enter_context(ses_process(place / "ses.jsonl"))
        redis_url = self._running.enter_context(redis_server())
        with contextlib.closing(open_ledger(url)) as opened:
            migrate(opened)
        environment = _environment(url, redis_url, ses, place, rate_per_s)
        return Installation(name, environment, redis_url, ses, place)


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Start the servers; all are gone at the end."""
    with contextlib.ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        yield World(home, running)


def _environment(url: str, redis_url: str, ses: SesProcess, place: Path, rate_per_s: float) -> dict[str, str]:
    return {
        **aws_environment(ses.url),
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "WORKER_STATE_DIR": str(place / "var"),
        "WORKER_MAILER": "ses",
        "WORKER_FROM": "Reports <reports@example.com>",
        "WORKER_PUBLIC_URL": "https://example.com",
        "WORKER_POSTAL_ADDRESS": "1 Street, City",
        "WORKER_SECRET_KEY": "s" * 32,
        "WORKER_IDENTITY_KEY": "i" * 32,
        "WORKER_SEND_RATE_PER_S": str(rate_per_s),
        "WORKER_SOURCE_LIMIT_PER_HOUR": "0",
        "WORKER_DOMAIN_LIMIT_PER_HOUR": "0",
        "WORKER_TOTAL_LIMIT_PER_HOUR": "0",
        "WORKER_SWEEP_INTERVAL_S": "600",  # reports are woken all at once, by the benchmark
    }


def aws_environment(ses_url: str) -> dict[str, str]:
    """This process's environment without settings of its own, with the variables that lead boto3 to this server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WORKER_", "AWS_"))}
    return kept | {
        "AWS_ENDPOINT_URL_SESV2": ses_url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "no-secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
