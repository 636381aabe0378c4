"""The floor: what the given parts cost alone, in a worker that does nothing of its own.

Dramatiq takes each message to an actor; the driver makes the protocol's three commits, five statements in all, without
SQLAlchemy; Redis answers for a slot and for a mark, by the shortest of scripts; boto3 posts a letter that is ready.
Nothing is composed, guarded, counted, logged or checked. A bar below this floor cannot be met with these parts.
"""

from __future__ import annotations

import itertools
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import boto3
import dramatiq
import psycopg
import redis
from dramatiq.brokers.redis import RedisBroker

from tests.bench.backlog import THREADS, cpu_of_emptying
from tests.bench.child import answer, read_letters

TABLES = (
    "CREATE TABLE floor_report (id INTEGER PRIMARY KEY, state TEXT, token TEXT, body TEXT)",
    "CREATE INDEX floor_report_state ON floor_report (state, id)",
    "CREATE TABLE floor_attempt (id TEXT PRIMARY KEY, report_id INTEGER, state TEXT)",
)
OWE = "INSERT INTO floor_report VALUES (?, 'ready', NULL, ?)"
CLAIM = "UPDATE floor_report SET state = 'claimed', token = ? WHERE id = ? AND state = 'ready' RETURNING *"
SENDING = "UPDATE floor_report SET state = 'sending' WHERE id = ? AND token = ?"
INTENT = "INSERT INTO floor_attempt VALUES (?, ?, 'intent')"
ACCEPTED = "UPDATE floor_attempt SET state = 'accepted' WHERE id = ?"
SENT = "UPDATE floor_report SET state = 'sent' WHERE id = ?"
MARK = "redis.call('SET', KEYS[1], ARGV[1]); return {0}"
BODY = "x" * 300  # as much as a signup's role and profile

Statement = tuple[str, tuple[object, ...]]


class Database:
    """A connection of the driver for each thread, and transactions of a few statements."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_sqlite = url.startswith("sqlite:///")
        self._threads = threading.local()

    def transaction(self, *statements: Statement) -> None:
        """Make one commit that waits for the disk."""
        connection = self._connection()
        if self._is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("BEGIN; SET LOCAL synchronous_commit = on")
        for text, values in statements:
            cursor = connection.execute(text if self._is_sqlite else text.replace("?", "%s"), values)
            if cursor.description:
                cursor.fetchall()
        connection.execute("COMMIT")

    def _connection(self) -> Any:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = self._connect()
        return self._threads.connection

    def _connect(self) -> Any:
        if not self._is_sqlite:
            url = self._url.replace("postgresql+psycopg://", "postgresql://")
            return psycopg.connect(url, autocommit=True, prepare_threshold=None)
        connection = sqlite3.connect(self._url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def main() -> None:
    """Serve the benchmark: LETTERS REDIS_URL DATABASE_URL."""
    letters, redis_url, database_url = read_letters(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
    database, broker, client = Database(database_url), RedisBroker(url=redis_url), boto3.client("sesv2")
    mark = redis.Redis.from_url(redis_url).register_script(MARK)
    for statement in TABLES:
        database.transaction((statement, ()))

    @dramatiq.actor(broker=broker, max_retries=0)
    def deliver(number: int) -> None:
        letter, attempt = letters[number % len(letters)], f"attempt-{number}"
        database.transaction((CLAIM, ("token", number)))
        mark(keys=["pace"], args=[number])
        database.transaction((SENDING, (number, "token")), (INTENT, (attempt, number)))
        mark(keys=["witness"], args=[attempt])
        client.send_email(
            Content={"Raw": {"Data": letter["message"]}}, Destination={"ToAddresses": [letter["recipient"]]},
            EmailTags=[{"Name": "attempt", "Value": "x"}],
        )  # fmt: skip
        database.transaction((ACCEPTED, (attempt,)), (SENT, (number,)))

    worker = dramatiq.Worker(broker, worker_threads=THREADS)
    worker.start()
    numbers = itertools.count()

    def drain(count: int) -> dict[str, float]:
        def enqueue() -> None:
            for number in itertools.islice(numbers, count):
                database.transaction((OWE, (number, BODY)))
                deliver.send(number)

        return {"floor": cpu_of_emptying(worker, enqueue)}

    answer(drain)
    worker.stop()


if __name__ == "__main__":
    main()
