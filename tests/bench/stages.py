"""What each stage of a letter's way costs, in the worker's own parts, one letter after the other in one thread.

Signups are received, with their messages to the queue; dramatiq takes the messages to an actor that does nothing, in a
worker with all its threads; then each report is delivered, and the CPU between two of the steps of its delivery is put
down to the stage that they bound. So nothing of it is left out.
"""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import dramatiq
from prometheus_client import CollectorRegistry

import worker.letter.compose
import worker.letter.shared_letter
from tests.bench.child import answer, cpu_s
from tests.bench.mix import Mix
from worker.actors import UnexpectedErrors
from worker.boot.worker import WorkerServices, boot_worker
from worker.broker import DELIVER_ACTOR, open_broker
from worker.delivery.composer import Composer
from worker.delivery.witness import Witness
from worker.ledger.channels import Channel
from worker.ledger.lifecycle import ReportState
from worker.letter.renderer import Renderer
from worker.logs import configure_logs
from worker.mailers.mailer import Accepted, BeforePost, Mailer, Outgoing
from worker.mailers.pacing import RedisPacer
from worker.metrics import MeteredMailer, SendMeters
from worker.redis_queues import DELIVER_QUEUE, open_redis
from worker.settings import load_settings

RECEIVE, HOP, CLAIM, REPORT, RENDER, MIME, LINT, PACE, POST, INTENT, WITNESS, RECORD = (
    "receive", "hop", "claim", "report", "HTML and text", "MIME", "lint", "pace", "POST", "intent", "witness", "record",
)  # fmt: skip
COMPOSING = (REPORT, RENDER, MIME, LINT)
DELIVERING = (HOP, CLAIM, *COMPOSING, PACE, INTENT, WITNESS, POST, RECORD)
"""All between the queue's message and the recorded result."""
STEPS: tuple[tuple[Any, str, str, str], ...] = (
    (Composer, "compose", CLAIM, REPORT),
    (Renderer, "render", REPORT, RENDER),
    (worker.letter.compose, "build_message", REPORT, MIME),
    (worker.letter.compose, "lint_reader", REPORT, LINT),
    (worker.letter.shared_letter, "message_of_parts", REPORT, MIME),
    (worker.letter.shared_letter, "lint_completed", REPORT, LINT),
    (RedisPacer, "wait_for_slot", CLAIM, PACE),
    (Witness, "mark", INTENT, WITNESS),
)
"""Where a function is, its name, the stage that it interrupts, and its own."""


class Laps:
    """CPU seconds of this process by stage: each lap ends one and begins the next."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._at = 0.0

    def begin(self) -> None:
        """Forget what was spent since the last lap."""
        self._at = time.process_time()

    def lap(self, stage: str) -> None:
        """Put all since the last lap down to this stage."""
        now = time.process_time()
        self.spent[stage] += now - self._at
        self._at = now

    def around(self, function: Callable[..., Any], *, outer: str, own: str) -> Callable[..., Any]:
        """The function; what was spent before it is the outer stage's."""

        def lapped(*arguments: Any, **named: Any) -> Any:
            self.lap(outer)
            try:
                return function(*arguments, **named)
            finally:
                self.lap(own)

        return lapped


class LappedMailer:
    """A mailer whose POST and whose intent are told apart."""

    def __init__(self, mailer: Mailer, laps: Laps) -> None:
        self.name = mailer.name
        self._mailer = mailer
        self._laps = laps

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """See Mailer."""
        self._laps.lap(CLAIM)
        intend: Callable[[datetime], None] = self._laps.around(before_post, outer=POST, own=INTENT)
        accepted = self._mailer.send(outgoing, intend)
        self._laps.lap(POST)
        return accepted


class Way:
    """The way of letters, stage by stage."""

    def __init__(self, services: WorkerServices, laps: Laps) -> None:
        self._services = services
        self._mix = Mix(services.core.catalogue)
        self._laps = laps
        for owner, name, outer, own in STEPS:
            setattr(owner, name, laps.around(getattr(owner, name), outer=outer, own=own))

    def go(self, count: int) -> dict[str, float]:
        """CPU seconds of each stage for so many letters."""
        self._laps.spent.clear()
        signups = self._mix.signups(count, name=f"way{os.urandom(6).hex()}")
        self._laps.begin()
        for signup in signups:
            self._services.core.receiver.receive(signup, channel=Channel.SERVER)
        self._laps.lap(RECEIVE)
        reports, self._laps.spent[HOP] = self._hop(count)
        for report_id in reports:
            self._laps.begin()
            state = self._services.deliverer.deliver(report_id)
            self._laps.lap(RECORD)
            assert state is ReportState.SENT, state
        return dict(self._laps.spent)

    def _hop(self, count: int) -> tuple[list[int], float]:
        """The reports of all messages that wait, and the CPU seconds of taking those from the queue."""
        settings = self._services.core.settings
        broker = open_broker(open_redis(settings.redis_url))
        broker.add_middleware(UnexpectedErrors())
        reports: list[int] = []

        @dramatiq.actor(broker=broker, queue_name=DELIVER_QUEUE, actor_name=DELIVER_ACTOR, max_retries=0)
        def deliver(report_id: int) -> None:
            reports.append(report_id)

        before = cpu_s()
        worker = dramatiq.Worker(broker, worker_threads=settings.threads)
        worker.start()
        broker.join(DELIVER_QUEUE)
        worker.stop()
        spent = cpu_s() - before
        broker.close()
        assert len(reports) == count, f"{len(reports)} messages instead of {count}"
        return reports, spent


def main() -> None:
    """Serve the benchmark."""
    settings = load_settings()
    os.environ["dramatiq_queue_prefetch"] = str(settings.threads)  # noqa: SIM112 - dramatiq's own name
    configure_logs(settings.log_level, settings.log_format)
    laps = Laps()
    meters = SendMeters(CollectorRegistry(auto_describe=True))
    services = boot_worker(
        settings, settings.redis_url, wrap_mailer=lambda mailer: LappedMailer(MeteredMailer(mailer, meters), laps)
    )
    way = Way(services, laps)
    answer(way.go)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
