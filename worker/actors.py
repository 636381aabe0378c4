"""The worker process: two actors and the periodic tasks. `dramatiq worker.actors:setup` starts here."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import dramatiq
import structlog
from dramatiq.middleware import Middleware
from prometheus_client import CollectorRegistry

from worker.boot.installation import stop_this_process
from worker.boot.worker import WorkerServices, boot_worker
from worker.broker import DELIVER_ACTOR, RECEIVE_ACTOR
from worker.errors import LedgerUnavailable, QueueUnavailable, WrongInstallation
from worker.ledger.channels import Channel
from worker.local.alive_marks import LIVES_S, MARK_S, mark_alive
from worker.logs import configure_logs
from worker.maintenance.periodic import PeriodicTask, run_periodically
from worker.metrics import MeteredMailer, SendMeters
from worker.redis_queues import DELIVER_QUEUE, SIGNUPS_QUEUE
from worker.settings import load_settings
from worker.unexpected import count_uncaught, count_unexpected

log = structlog.get_logger(__name__)

# Set by `worker run` for its children.
RESOLVED_REDIS_URL = "EXPOSURE_REPORT_REDIS_URL"  # where the embedded server listens
ALIVE_DIR = "EXPOSURE_REPORT_ALIVE_DIR"  # where each worker process marks that it lives
STARTED_BY = "EXPOSURE_REPORT_STARTED_BY"  # its process id
PARENT_LOOK_S = 2.0
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 5.0


def setup() -> None:
    """Make this process's services and actors, after the fork; dramatiq's command line calls this."""
    finish_sends_before_stopping()
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    meters = SendMeters(CollectorRegistry(auto_describe=True))
    if STARTED_BY in os.environ:
        threading.Thread(target=_stop_after, args=(int(os.environ[STARTED_BY]),), daemon=True).start()
    redis_url = os.environ.get(RESOLVED_REDIS_URL) or settings.redis_url
    services = boot_worker(
        settings, redis_url, wrap_mailer=lambda mailer: MeteredMailer(mailer, meters), stop=stop_this_process
    )
    count_uncaught(*(task.name for task in services.periodic_tasks))
    register(_marked_alive(services))


def _marked_alive(services: WorkerServices) -> WorkerServices:
    """The services, with marks for `worker run` as long as this process consumes, where it asks for them."""
    folder = os.environ.get(ALIVE_DIR)
    if not folder:
        return services

    def mark() -> None:
        if services.core.broker.consumes(within_s=LIVES_S):
            mark_alive(Path(folder))

    return replace(services, periodic_tasks=(*services.periodic_tasks, PeriodicTask("alive", MARK_S, mark)))


def register(services: WorkerServices) -> None:
    """Declare the actors and the periodic tasks on the services' broker, and make it dramatiq's default broker."""
    broker = services.core.broker

    away = (LedgerUnavailable, QueueUnavailable)
    expected = (*away, WrongInstallation)

    @dramatiq.actor(
        broker=broker, queue_name=SIGNUPS_QUEUE, actor_name=RECEIVE_ACTOR, max_retries=0, throws=expected
    )  # fmt: skip
    def receive_signup(payload: Any, channel: Any = Channel.QUEUE) -> None:
        """Receive one signup, waiting for as long as ledger or Redis are away: no retry of dramatiq's is as durable."""
        delay_s = FIRST_RETRY_S
        while True:
            try:
                services.installation_watch.require_confirmed()
                services.core.receiver.receive(
                    payload if isinstance(payload, (dict, str)) else repr(payload),
                    channel=Channel.FILE if channel == Channel.FILE else Channel.QUEUE,
                )
                break
            except WrongInstallation:
                broker.stopping.wait()  # this process is about to; the signup then goes back to the queue
                raise
            except away as error:
                log.warning("signup waits", error=type(error).__name__, text=str(error))
                if broker.stopping.wait(delay_s):
                    raise
                delay_s = min(LONGEST_RETRY_S, delay_s * 2)
        broker.received()

    @dramatiq.actor(
        broker=broker, queue_name=DELIVER_QUEUE, actor_name=DELIVER_ACTOR, max_retries=0, throws=(LedgerUnavailable,)
    )
    def deliver(report_id: int) -> None:
        services.deliverer.deliver(report_id)

    broker.add_middleware(PeriodicTasks(services.periodic_tasks, stopping=services.heartbeat.stop))
    broker.add_middleware(UnexpectedErrors())
    dramatiq.set_broker(broker)


def finish_sends_before_stopping() -> None:
    """Pass only the first signal to stop on to dramatiq, which would end this process at the second, during a POST.

    After that only SIGKILL ends it sooner than its drain does. Call it in the main thread of a worker process.
    """
    stop = signal.getsignal(signal.SIGTERM)
    assert callable(stop), "dramatiq has set it"
    stopping = False

    def stop_once(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            stop(number, frame)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_once)


def _stop_after(parent: int) -> None:
    """Stop this process once `worker run` has died without stopping it."""
    while _is_alive(parent):
        time.sleep(PARENT_LOOK_S)
    log.warning("worker run is gone, stopping", parent=parent)
    stop_this_process()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


class UnexpectedErrors(Middleware):
    """Counts what actors raise and nobody foresaw."""

    def after_process_message(
        self, broker: dramatiq.Broker, message: dramatiq.MessageProxy, *, result: Any = None,
        exception: BaseException | None = None,
    ) -> None:  # fmt: skip
        """Count it under the actor's name."""
        if exception is not None:
            count_unexpected(message.actor_name, exception)


class PeriodicTasks(Middleware):
    """Runs each periodic task in a thread of its own, from the worker's start to its stop."""

    def __init__(self, tasks: Sequence[PeriodicTask], *, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=run_periodically, args=(task, self._stopped), name=task.name, daemon=True)
            for task in tasks
        ]

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Start with the worker."""
        for thread in self._threads:
            thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Stop with the worker; a run in progress may be cut short, as if this process had died."""
        self._stopped.set()
        self._stopping()

    def join(self, *, but: str) -> None:
        """Wait until each task that was started has ended its last run, but for the one of this name."""
        for thread in self._threads:
            if thread.ident is not None and thread.name != but:
                thread.join()
