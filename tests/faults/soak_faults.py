"""The faults of a soak: each a method that begins with `fault_`."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
import sqlalchemy as sa

from tests.faults.installation import WorkerProcess, signup
from tests.faults.soak_world import World
from tests.parts.clock import let_time_pass
from tests.parts.ses_behaviour import (
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
from tests.parts.ses_events import event
from tests.ses_server import AcceptedMessage
from worker.delivery.witness import ATTEMPTS_KEY
from worker.errors import LedgerUnavailable, QueueUnavailable
from worker.feedback.recorder import FeedbackRecorder
from worker.intake.client import enqueue_signup
from worker.ledger import attempts, lost_attempts
from worker.ledger.channels import Channel, Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.pauses import resume
from worker.ledger.schema import report
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.operations import restore
from worker.operations.resolve import Decision, resolve
from worker.redis_queues import SIGNUPS_QUEUE

AMBIGUOUS = (ACCEPT_THEN_HANG, ACCEPT_THEN_DROP, ACCEPT_THEN_RESET, ACCEPT_THEN_500, DROP_UNREAD, ERROR_503_HTML,
             RESET_AFTER_READING)  # fmt: skip
CERTAIN = (THROTTLED, PAUSED, TRUNCATED)
LOST_SIGNUPS = 20  # signups while the ledger is losing what it commits
OPERATOR = {"actor": "soak", "reason": "a fault of the soak"}
FULL = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
AWAY_ON_HOLIDAY = {"bounceType": "Transient", "bounceSubType": "General"}


class Soak:
    """One run: its workers, its signups, its faults and its operator."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.installation = world.installation
        self.seed = seed
        self.random = random.Random(seed)
        self.workers: list[WorkerProcess] = []
        self.names: list[str] = []
        self.injected: Counter[str] = Counter()
        self.ambiguous = 0
        self.declared_unknown = 0
        self.lost_letters = 0  # at most: those that left while the ledger was losing what it commits
        self._undealt: list[str] = []

    # The website, the supervisor and the operator.

    def sign_up(self, count: int = 1) -> None:
        """New signups as a website makes them, one in three by the queue: again, until each is taken."""
        for _ in range(count):
            name = f"reader-{self.seed}-{len(self.names)}"
            self.names.append(name)
            if self.random.random() < 1 / 3:
                self._enqueue(name)
            else:
                self._receive(name)

    def say_again(self, names: list[str]) -> None:
        """Signups that may be lost are made again, which is harmless where they are not."""
        for name in names:
            self._receive(name)

    def _receive(self, name: str) -> None:
        while True:
            try:
                self.installation.services.core.receiver.receive(signup(name), channel=Channel.SERVER)
            except LedgerUnavailable:
                time.sleep(0.2)
            else:
                return

    def _enqueue(self, name: str) -> None:
        while True:
            try:
                enqueue_signup(signup(name), redis_url=self.installation.redis_url)
            except QueueUnavailable:
                time.sleep(0.2)
            else:
                return

    def keep_two_workers(self) -> None:
        """Replace who died, as a supervisor would."""
        self.workers = [worker for worker in self.workers if worker.running]
        while len(self.workers) < 2:
            self.workers.append(self.installation.start(threads=4))

    def let_it_go_on(self) -> None:
        """What an operator does: declare a restore, end the pauses. And time, which a test lacks: retries are due."""
        ledger = self.installation.services.core.ledger
        with contextlib.suppress(LedgerUnavailable):
            if restore.survey(ledger).suspected:
                self.declared_unknown += restore.declare(ledger, **OPERATOR)
            with ledger.write() as tx:
                resume(tx)
                tx.execute(
                    sa.update(report).where(report.c.state == ReportState.READY).values(not_before=report.c.created_at)
                )

    def resolve_unknown(self) -> None:
        """Once no request can reach SES any more, and its events have come: what none of them is about was not sent."""
        ledger = self.installation.services.core.ledger
        let_time_pass(ledger, SIGNING_FENCE_S + 60)
        with ledger.read() as tx:
            unknown = tx.execute(sa.select(report.c.id).where(report.c.state == ReportState.UNKNOWN)).scalars().all()
        for report_id in unknown:
            resolve(ledger, report_id, Decision.ASSUME_UNSENT, looked_at=datetime.now(UTC), **OPERATOR)

    def settled(self) -> bool:
        """Whether nothing is due, in anybody's hands or on the queue."""
        try:
            return self.installation.at_rest() and self.world.redis.hlen(f"dramatiq:{SIGNUPS_QUEUE}.msgs") == 0
        except LedgerUnavailable:
            return False

    def settle_within(self, seconds: float) -> None:
        """Wait until nothing is left to do, but not for ever."""
        deadline = time.monotonic() + seconds
        while not self.settled() and time.monotonic() < deadline:
            self.let_it_go_on()
            time.sleep(0.5)

    # Dealing faults.

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
        unfit = "sqlite" if self.world.postgres else "postgresql"
        return {name: getattr(self, name) for name in names if unfit not in name}

    # Processes.

    def fault_kill(self) -> None:
        """kill -9."""
        self.random.choice(self.workers).kill()

    def fault_terminate(self) -> None:
        """SIGTERM, and a new worker."""
        self.random.choice(self.workers).stop()

    def fault_terminate_again_and_again(self) -> None:
        """An impatient Ctrl-C, or a service manager that signals the whole group."""
        worker = self.random.choice(self.workers)
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            worker.signal(number)
            time.sleep(0.2)
        worker.stop()

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

    # Redis and the network.

    def fault_flushall(self) -> None:
        """Redis forgets everything; what it had of the website is said again.

        Not before a sweep has seen which letters the ledger has lost: no witness would be left.
        """
        deadline = time.monotonic() + 60
        while self._marks_without_a_trace_in_the_ledger() and time.monotonic() < deadline:
            self.keep_two_workers()
            self.let_it_go_on()
            time.sleep(0.5)
        self.world.redis.flushall()
        self.say_again(self.names)

    def _marks_without_a_trace_in_the_ledger(self) -> bool:
        marks = {key.decode(): attempt.decode() for key, attempt in self.world.redis.hgetall(ATTEMPTS_KEY).items()}
        with self.installation.services.core.ledger.read() as tx:
            known = attempts.known(tx, list(marks.values()))
            return any(
                attempt not in known and lost_attempts.remembered(tx, key) is None for key, attempt in marks.items()
            )

    def fault_redis_pauses(self) -> None:
        """Redis freezes."""
        self.world.redis.client_pause(2000)

    def fault_network_cut(self) -> None:
        """Redis and, where it is a server, the ledger are away together."""
        for proxy in self.world.between:
            proxy.cut()
        time.sleep(3)
        for proxy in self.world.between:
            proxy.mend()

    def fault_answers_to_fetches_lost(self) -> None:
        """Signups that Redis has given to a worker, and the worker has not got."""
        for _ in range(2):
            self.world.redis_proxy.lose_answer_to(b"fetch\r\n", b"\r\nsignups\r\n")
            self.sign_up(4)
            time.sleep(1)

    def fault_duplicate_messages(self) -> None:
        """Every report is on the queue again."""
        with self.installation.services.core.ledger.read() as tx:
            ids = list(tx.execute(sa.select(report.c.id)).scalars())
        self.installation.services.core.queue.wake(self.random.sample(ids, min(100, len(ids))), Lane.SERVER)

    # SES.

    def fault_ses_ambiguous(self) -> None:
        """Answers after which the outcome is unknown."""
        chosen = [self.random.choice(AMBIGUOUS) for _ in range(3)]
        self.ambiguous += len(chosen)
        self.installation.ses.script.queue.extend(chosen)

    def fault_ses_refuses(self) -> None:
        """Answers that say no, for now."""
        self.installation.ses.script.queue.extend(self.random.choice(CERTAIN) for _ in range(3))

    def fault_credentials_expire(self) -> None:
        """They are good for a minute, and the identity provider is away."""
        self.world.provider.away = True
        time.sleep(3)
        self.world.provider.away = False

    def fault_nat_forgets(self) -> None:
        """A quiet time, after which a NAT gateway knows no idle connection any more."""
        self.settle_within(20)
        time.sleep(21)
        self.world.nat.forget_idle(20.5)

    def fault_events(self) -> None:
        """Events of SES, late, twice and in any order: deliveries, full mailboxes a day ago, out-of-office replies."""
        accepted = self.installation.ses.accepted
        chosen = self.random.sample(accepted, min(30, len(accepted)))
        texts = [text for message in chosen for text in self._events_of(message)]
        self.random.shuffle(texts)
        self.feed(texts + texts[::3])

    # The ledger.

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
        assert self.world.postgres is not None
        name = sa.make_url(self.installation.environment["DATABASE_URL"]).database
        self.world.postgres.primary.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    def fault_postgresql_ends_at_once(self) -> None:
        """As `pg_ctl stop -m immediate`; it recovers at its next start."""
        assert self.world.postgres is not None
        self.world.postgres.primary.stop_immediately()
        time.sleep(1)
        self.world.postgres.primary.start()

    def fault_postgresql_answers_to_commits_lost(self) -> None:
        """Nobody knows whether these are committed."""
        assert self.world.postgres is not None
        for _ in range(3):
            self.world.postgres.proxy.lose_answer_to(b"COMMIT")
            self.sign_up(4)
            time.sleep(0.5)

    def fault_postgresql_fails_over_and_loses_commits(self) -> None:
        """The standby was some seconds behind."""
        assert self.world.postgres is not None
        self.settle_within(20)
        self.world.postgres.fall_behind()
        with self._commits_are_lost():
            self.world.postgres.fail_over()

    def fault_sqlite_loses_commits(self) -> None:
        """A snapshot of the volume, some seconds old, is put back."""
        self.settle_within(20)
        snapshot = self.world.snapshot()
        with self._commits_are_lost():
            for worker in self.workers:
                worker.kill()
            self.world.put_back(snapshot)

    def fault_sqlite_locked(self) -> None:
        """Another connection holds the ledger's lock."""
        with self.installation.services.core.ledger.write():
            time.sleep(2)

    @contextlib.contextmanager
    def _commits_are_lost(self) -> Iterator[None]:
        """Letters leave before the body takes the ledger back to before; what the website said since is said again."""
        first = len(self.names)
        letters = len(self.installation.ses.accepted)
        self.sign_up(LOST_SIGNUPS)
        deadline = time.monotonic() + 10
        while len(self.installation.ses.accepted) < letters + LOST_SIGNUPS // 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        yield
        self.lost_letters += len(self.installation.ses.accepted) - letters
        self.keep_two_workers()
        self.say_again(self.names[first:])

    # Events.

    def feed(self, texts: list[str]) -> None:
        """Hand events over as SQS does: again, until each is taken."""
        recorder = FeedbackRecorder(self.installation.services.core.ledger)
        for text in texts:
            while True:
                try:
                    recorder.take(text)
                except LedgerUnavailable:
                    time.sleep(0.2)
                else:
                    break

    def _events_of(self, message: AcceptedMessage) -> Iterator[str]:
        yield event_about(message, "Send")
        match self.random.randrange(4):
            case 0:
                yield event_about(message, "Bounce", timestamp=_hours_ago(25), **FULL)  # the delivery comes at the end
            case 1:
                yield event_about(message, "Delivery", timestamp=_hours_ago(0))
                yield event_about(message, "Bounce", timestamp=_hours_ago(0), **AWAY_ON_HOLIDAY)
            case _:
                yield event_about(message, "Delivery", timestamp=_hours_ago(0))


def event_about(message: AcceptedMessage, kind: str, **part: Any) -> str:
    """An event of SES about a letter that it accepted."""
    text = event(kind, attempt=message.attempt, message=message.ses_message_id, **part)
    data = json.loads(text)
    data["mail"]["destination"] = [message.destination]
    return json.dumps(data)


def _hours_ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
