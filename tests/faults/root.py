"""The worker's composition root, for fault tests: the product's own parts, with a port wrapped where a test says so.

Started as `python -m dramatiq tests.faults.root:setup`. FAULT_POINT names where the fault strikes, FAULT_MARK a part of
the address whose report it strikes, FAULT_SIGNAL the signal this worker sends itself there: SIGKILL or SIGSTOP.
FAULT_CLOCK_AHEAD_S sets this process's clock wrong from the start.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dramatiq
import sqlalchemy as sa
import time_machine
from dramatiq.middleware import Middleware

from tests.faults.points import Point
from worker.actors import RESOLVED_REDIS_URL, finish_sends_before_stopping, register
from worker.boot.worker import boot_worker
from worker.broker import DELIVER_ACTOR, SignupBroker
from worker.ledger.channels import Lane
from worker.ledger.schema import report
from worker.ledger.store import Ledger
from worker.logs import configure_logs
from worker.mailers.mailer import Accepted, BeforePost, Mailer, Outgoing
from worker.settings import load_settings


@dataclass(frozen=True, slots=True)
class Fault:
    """A signal to itself, at one point, for one reader."""

    point: Point
    mark: str
    signal: signal.Signals

    def strike(self, point: Point, address: str) -> None:
        """The whole process group, dramatiq's supervisor too: as a power cut, or a laptop's lid, would."""
        if point is self.point and self.mark in address:
            os.killpg(os.getpgid(0), self.signal)


def setup() -> None:
    """What `worker.actors.setup` does, with the environment's fault built in."""
    if ahead_s := float(os.environ["FAULT_CLOCK_AHEAD_S"]):
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead_s), tick=True).start()
    finish_sends_before_stopping()
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    redis_url = os.environ[RESOLVED_REDIS_URL]
    if "FAULT_POINT" not in os.environ:
        register(boot_worker(settings, redis_url))
        return
    fault = Fault(
        Point(os.environ["FAULT_POINT"]),
        os.environ["FAULT_MARK"],
        signal.Signals[os.environ["FAULT_SIGNAL"]],
    )
    services = boot_worker(settings, redis_url, wrap_mailer=lambda mailer: FaultyMailer(mailer, fault))
    if fault.signal is signal.SIGSTOP:  # frozen in the middle of a periodic task, it would keep SQLite locked
        services = dataclasses.replace(services, periodic_tasks=())
    register(services)
    queue = FaultyQueue(services.core.ledger, fault)
    queue.strike_before_putting_on(services.core.broker)
    services.core.broker.add_middleware(queue)


class FaultyMailer:
    """A mailer whose process is struck just before it, inside it, or just after it."""

    def __init__(self, mailer: Mailer, fault: Fault) -> None:
        self.name = mailer.name
        self._mailer = mailer
        self._fault = fault

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """See Mailer."""
        self._fault.strike(Point.WHILE_CLAIMED, outgoing.recipient)

        def intend(signed_at: datetime) -> None:
            before_post(signed_at)
            self._fault.strike(Point.AFTER_INTENT, outgoing.recipient)

        accepted = self._mailer.send(outgoing, intend)
        self._fault.strike(Point.AFTER_REPLY, outgoing.recipient)
        return accepted


class FaultyQueue(Middleware):
    """A queue whose process is struck between a signup's commit and the wake, or between the record and the ack."""

    def __init__(self, ledger: Ledger, fault: Fault) -> None:
        self._ledger = ledger
        self._fault = fault

    def strike_before_putting_on(self, broker: SignupBroker) -> None:
        """The signup is committed by now, and nothing has been answered."""
        put_on = broker.put_on

        def struck(queue: str, lane: Lane, message: dramatiq.Message[Any]) -> None:
            self._strike(Point.AFTER_SIGNUP_COMMIT, message)
            put_on(queue, lane, message)

        broker.put_on = struck  # type: ignore[method-assign]

    def before_ack(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """The outcome is recorded by now, and the message still on the queue."""
        self._strike(Point.AFTER_RECORD, message)

    def _strike(self, point: Point, message: dramatiq.Message[Any] | dramatiq.MessageProxy) -> None:
        if message.actor_name == DELIVER_ACTOR and point is self._fault.point:
            with self._ledger.read() as tx:
                address = tx.execute(sa.select(report.c.address).where(report.c.id == message.args[0])).scalar()
            self._fault.strike(point, address or "")
