"""A soak: thousands of signups under a random schedule of faults, by seed; then the promise is checked.

    scripts/soak --seed 1 --signups 5000 --faults 40 --database postgresql

Real worker processes, a real Redis, a real database and an SES that misbehaves. The same seed gives the same signups,
answers of SES and faults, in the same order; what they meet in full flight is as random as life.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import redis
import sqlalchemy as sa

from tests.faults.installation import Installation, WorkerProcess, signup
from tests.faults.promise import assert_promise_kept
from tests.faults.servers import restartable_redis
from tests.parts.clock import let_time_pass
from tests.parts.postgres_server import PostgresServer, postgres_server
from tests.parts.ses_behaviour import (
    ACCEPT,
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    ACCEPT_THEN_HANG,
    ACCEPT_THEN_RESET,
    DROP_UNREAD,
    ERROR_503_HTML,
    PAUSED,
    RESET_AFTER_READING,
    THROTTLED,
    TRUNCATED,
)
from tests.ses_server import SesServer
from worker.errors import LedgerUnavailable
from worker.ledger import pauses
from worker.ledger.channels import Channel
from worker.ledger.lifecycle import ReportState
from worker.ledger.migrate import migrate
from worker.ledger.schema import report
from worker.ledger.status import conservation
from worker.ledger.store import open_ledger
from worker.logs import configure_logs
from worker.setting_types import LogFormat

QUIET_TIMEOUT_S = 600.0
AMBIGUOUS = (ACCEPT_THEN_HANG, ACCEPT_THEN_DROP, ACCEPT_THEN_RESET, ACCEPT_THEN_500, DROP_UNREAD, ERROR_503_HTML,
             RESET_AFTER_READING)  # fmt: skip
CERTAIN = (THROTTLED, PAUSED, TRUNCATED)


class Soak:
    """One run. Faults are its methods that begin with `fault_`."""

    def __init__(
        self, installation: Installation, seed: int, redis_url: str, postgresql: PostgresServer | None
    ) -> None:
        self.installation = installation
        self.postgresql = postgresql
        self.random = random.Random(seed)
        self.redis = redis.Redis.from_url(redis_url)
        self.workers: list[WorkerProcess] = []
        self.injected: Counter[str] = Counter()
        self._undealt: list[str] = []
        self.ambiguous = 0

    def keep_two_workers(self) -> None:
        """Replace who died, as a supervisor would."""
        self.workers = [worker for worker in self.workers if worker.running]
        while len(self.workers) < 2:
            self.workers.append(self.installation.start(threads=4))

    def inject(self) -> None:
        """One fault. They are dealt like cards: in the seed's order, all of them before any comes again."""
        faults = self.faults()
        if not self._undealt:
            self._undealt = sorted(faults)
            self.random.shuffle(self._undealt)
        name = self._undealt.pop()
        with contextlib.suppress(redis.RedisError, LedgerUnavailable):
            faults[name]()
        self.injected[name] += 1

    def faults(self) -> dict[str, Callable[[], None]]:
        """Name -> fault, those this database can have."""
        names = [name for name in dir(self) if name.startswith("fault_")]
        unfit = "sqlite" if self.postgresql else "postgresql"
        return {name: getattr(self, name) for name in names if unfit not in name}

    def fault_kill(self) -> None:
        """kill -9."""
        self.random.choice(self.workers).kill()

    def fault_terminate(self) -> None:
        """SIGTERM, and a new worker."""
        self.random.choice(self.workers).stop()

    def fault_freeze(self) -> None:
        """SIGSTOP, and SIGCONT past every lease."""
        worker = self.random.choice(self.workers)
        worker.signal(signal.SIGSTOP)
        time.sleep(5)
        worker.signal(signal.SIGCONT)

    def fault_wrong_clock(self) -> None:
        """One more worker, whose own clock is eight days ahead: SES refuses its signatures. Then it is killed."""
        worker = self.installation.start(threads=4, clock_ahead_s=8 * 86_400.0)
        time.sleep(5)
        worker.kill()

    def fault_flushall(self) -> None:
        """Redis forgets everything."""
        self.redis.flushall()

    def fault_redis_pauses(self) -> None:
        """Redis freezes."""
        self.redis.client_pause(2000)

    def fault_duplicate_messages(self) -> None:
        """Every report is on the queue again."""
        with self.installation.services.core.ledger.read() as tx:
            ids = list(tx.execute(sa.select(report.c.id)).scalars())
        self.installation.services.core.queue.wake(self.random.sample(ids, min(100, len(ids))))

    def fault_ses_ambiguous(self) -> None:
        """Answers after which the outcome is unknown."""
        chosen = [self.random.choice(AMBIGUOUS) for _ in range(3)]
        self.ambiguous += len(chosen)
        self.installation.ses.script.queue.extend(chosen)

    def fault_ses_refuses(self) -> None:
        """Answers that say no, for now."""
        self.installation.ses.script.queue.extend(self.random.choice(CERTAIN) for _ in range(3))

    def fault_clock_jumps(self) -> None:
        """The ledger's clock goes 61 seconds ahead."""
        while True:
            try:
                let_time_pass(self.installation.services.core.ledger, 61)
            except LedgerUnavailable:  # it touches every row, so it may deadlock with the workers: then once more
                continue
            return

    def fault_postgresql_terminates_sessions(self) -> None:
        """Every session of the ledger is cut."""
        url = sa.make_url(self.installation.environment["DATABASE_URL"])
        statement = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
        with psycopg.connect(f"user=postgres dbname=postgres host={url.query['host']}", autocommit=True) as session:
            session.execute(statement.encode())

    def fault_postgresql_ends_at_once(self) -> None:
        """As `pg_ctl stop -m immediate`; it recovers at its next start."""
        assert self.postgresql is not None, "only a ledger on PostgreSQL has this fault"
        self.postgresql.stop_immediately()
        time.sleep(1)
        self.postgresql.start()

    def fault_sqlite_locked(self) -> None:
        """Another connection holds the ledger's lock."""
        with self.installation.services.core.ledger.write():
            time.sleep(2)

    def let_it_go_on(self) -> None:
        """What an operator does: end the pauses. And time, which a test does not have: retries are due now."""
        with contextlib.suppress(LedgerUnavailable), self.installation.services.core.ledger.write() as tx:
            pauses.resume(tx)
            tx.execute(
                sa.update(report).where(report.c.state == ReportState.READY).values(not_before=report.c.created_at)
            )


def run(*, seed: int, signups: int, faults: int, database: str) -> None:
    """One soak; raises AssertionError where the promise is broken."""
    began = time.monotonic()
    with _installation(database) as (installation, redis_url, postgresql):
        soak = Soak(installation, seed, redis_url, postgresql)
        names = [f"reader-{seed}-{number}" for number in range(signups)]
        due = {round((step + 1) * signups / (faults + 1)) for step in range(faults)}
        soak.keep_two_workers()
        for number, name in enumerate(names):
            _sign_up(installation, name)
            if number in due:
                soak.inject()
                soak.keep_two_workers()
                soak.let_it_go_on()
                letters, injected = len(installation.ses.accepted), sum(soak.injected.values())
                _say(f"{number:6} signups, {letters:6} letters, {injected} faults")
        installation.ses.script.queue.clear()
        _quieten(soak)
        _judge(installation, soak, signups, time.monotonic() - began)


def _sign_up(installation: Installation, name: str) -> None:
    """As a website does: again, until the answer says that the signup was received."""
    while True:
        try:
            installation.services.core.receiver.receive(signup(name), channel=Channel.SERVER)
        except LedgerUnavailable:
            time.sleep(0.2)
        else:
            return


def _quieten(soak: Soak) -> None:
    deadline = time.monotonic() + QUIET_TIMEOUT_S
    while not soak.installation.at_rest() or _paused(soak.installation):
        assert time.monotonic() < deadline, soak.installation.described()
        soak.keep_two_workers()
        soak.let_it_go_on()
        time.sleep(1)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _paused(installation: Installation) -> bool:
    with installation.services.core.ledger.read() as tx:
        return pauses.current_pause(tx) is not None


def _judge(installation: Installation, soak: Soak, signups: int, seconds: float) -> None:
    ledger = installation.services.core.ledger
    with ledger.read() as tx:
        states = {state: count for state, count in conservation(tx).states.items() if count}
    _say(f"{signups} signups, {sum(soak.injected.values())} faults in {seconds:.0f} s: {dict(soak.injected)}")
    _say(f"letters {len(installation.ses.accepted)}, states {dict(states)}")
    assert_promise_kept(ledger, installation.ses.accepted, signups=signups)
    assert states.keys() <= {ReportState.SENT, ReportState.UNKNOWN}, "a report neither sent nor unknown"
    # In the hands of a worker that is killed, frozen or cut off there are at most as many as it has threads.
    struck = sum(count for name, count in soak.injected.items() if "ses" not in name)
    assert states.get(ReportState.UNKNOWN, 0) <= soak.ambiguous + 8 * struck, "unknown for no reason"
    _say("the promise held")


@contextlib.contextmanager
def _installation(database: str) -> Iterator[tuple[Installation, str, PostgresServer | None]]:
    with contextlib.ExitStack() as stack:
        postgresql = None
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        if database == "sqlite":
            url = f"sqlite:///{home / 'ledger.db'}"
        else:
            postgresql = stack.enter_context(postgres_server())
            url = postgresql.url(postgresql.create_database())
        ledger = open_ledger(url)
        migrate(ledger)
        ledger.close()
        redis_url = stack.enter_context(restartable_redis()).url
        ses = stack.enter_context(SesServer(log=home / "ses.jsonl"))
        os.environ.update(ses.environment)
        ses.script.default = ACCEPT
        installation = Installation(
            home, database_url=url, redis_url=redis_url, ses=ses, settings={"WORKER_MAX_CLAIMS": "1000"}
        )
        stack.callback(installation.close)
        yield installation, redis_url, postgresql


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signups", type=int, default=5000)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    configure_logs("ERROR", LogFormat.CONSOLE)
    try:
        run(seed=options.seed, signups=options.signups, faults=options.faults, database=options.database)
    except AssertionError as broken:
        sys.exit(f"seed {options.seed}: {broken}")


if __name__ == "__main__":
    main()
