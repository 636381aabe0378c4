"""The queue's door: two actors and the sweep, translated to use cases. `dramatiq worker.actors:setup` starts here."""

from __future__ import annotations

import os
import threading
from typing import Any

import dramatiq
import structlog
from dramatiq.middleware import Middleware

from worker.boot import Services, boot
from worker.broker import DELIVER_ACTOR, DELIVER_QUEUE, RECEIVE_ACTOR, SIGNUPS_QUEUE
from worker.delivery.sweep import Sweeper
from worker.errors import LedgerUnavailable
from worker.logs import configure_logs
from worker.settings import load_settings

log = structlog.get_logger(__name__)

RESOLVED_REDIS_URL = "EXPOSURE_REPORT_REDIS_URL"  # set by `worker run` for its children: the embedded server's address
FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 300_000


def setup() -> None:
    """Make this worker process's services and actors, after the fork. What dramatiq's command line calls."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    register(boot(settings, os.environ.get(RESOLVED_REDIS_URL) or settings.redis_url))


def register(services: Services) -> None:
    """Declare the actors on the services' broker, start the sweep with the worker, make the broker dramatiq's own."""
    broker = services.broker

    @dramatiq.actor(
        broker=broker, queue_name=SIGNUPS_QUEUE, actor_name=RECEIVE_ACTOR, min_backoff=FIRST_RETRY_MS,
        max_backoff=LONGEST_RETRY_MS, max_retries=None,  # for as long as the ledger is away; nothing is ever dropped
    )  # fmt: skip
    def receive_signup(payload: Any) -> None:
        services.receiver.receive(payload if isinstance(payload, (dict, str)) else repr(payload), door="queue")

    @dramatiq.actor(
        broker=broker, queue_name=DELIVER_QUEUE, actor_name=DELIVER_ACTOR, max_retries=0, throws=(LedgerUnavailable,)
    )
    def deliver(report_id: int) -> None:
        services.deliverer.deliver(report_id)

    broker.add_middleware(SweepEvery(services.sweeper, services.settings.sweep_interval_s))
    dramatiq.set_broker(broker)


class SweepEvery(Middleware):
    """Runs the sweep beside the worker threads, every `interval_s` seconds, from the worker's start to its stop."""

    def __init__(self, sweeper: Sweeper, interval_s: float) -> None:
        self._sweeper = sweeper
        self._interval_s = interval_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Start with the worker."""
        self._thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Stop with it."""
        self._stopped.set()

    def _run(self) -> None:
        while True:
            try:
                self._sweeper.sweep()
            except LedgerUnavailable as error:
                log.error("sweep put off", ledger=str(error))
            except Exception:  # a bug in one pass must not end all later ones
                log.exception("sweep failed")
            if self._stopped.wait(self._interval_s):
                return
