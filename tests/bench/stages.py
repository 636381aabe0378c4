"""What each stage of a letter's way costs alone, in the worker's own parts, so that the sum explains the whole.

`ledger` is claim, intent and record with their log lines: a delivery with a letter that is ready, without pace, witness
or POST. `hop` is dramatiq and Redis: a message to an actor that does nothing, in a worker with all its threads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import dramatiq

from tests.bench.child import answer, cpu_s, spent_on
from tests.bench.mix import Mix, reader_of
from worker.actors import UnexpectedErrors
from worker.boot.worker import WorkerServices, boot_worker
from worker.broker import DELIVER_ACTOR, Queue, open_broker
from worker.delivery.composer import Composed, Composer, Reader
from worker.delivery.deliver import Deliverer, Policy
from worker.delivery.witness import Witness
from worker.intake.receive import Receiver
from worker.ledger.channels import Channel, Lane
from worker.letter.lint import lint_letter
from worker.letter.rendered_letter import RenderedLetter
from worker.logs import configure_logs
from worker.mailers.mailer import Accepted, BeforePost, Mailer, Outgoing
from worker.mailers.pacing import RedisPacer, Unpaced
from worker.mailers.registry import mailer_module
from worker.redis_queues import DELIVER_QUEUE, open_redis
from worker.settings import load_settings

LETTERS = 200
"""Different letters; a stage takes them in turn."""
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)


class Stages:
    """Each stage by its name: what does it so many times, and returns the CPU seconds of that."""

    def __init__(self, services: WorkerServices, mailer: Mailer) -> None:
        core = services.core
        self._services = services
        self._mailer = mailer
        self._mix = Mix(core.catalogue)
        self._readers = [reader_of(signup, core.matcher) for signup in self._mix.signups(LETTERS, name="stages")]
        self._letters = [self._compose(reader) for reader in self._readers]
        self._owed: list[int] = []
        self._receiver: Receiver = core.receiver
        self._receiver._wake = lambda report_id, _lane: self._owed.append(report_id)
        self._pacer = RedisPacer(core.redis, lambda: 100_000.0)
        self._hop = _Hop(core.settings.redis_url, core.settings.threads)

    def all(self) -> dict[str, Callable[[int], float]]:
        """The stages."""
        return {
            "receive": self._receive,
            "compose": lambda count: spent_on(lambda number: self._compose(self._readers[number % LETTERS]), count),
            "lint": lambda count: spent_on(self._lint, count),
            "ledger": self._ledger,
            "witness": lambda count: spent_on(self._witness, count),
            "pace": lambda count: spent_on(lambda _: self._pacer.wait_for_slot(Lane.SERVER), count),
            "post": lambda count: spent_on(self._post, count),
            "hop": self._hop.drain,
        }

    def _receive(self, count: int) -> float:
        signups = self._mix.signups(count, name=f"r{os.urandom(6).hex()}")
        return spent_on(lambda number: self._receiver.receive(signups[number], channel=Channel.FILE), count)

    def _compose(self, reader: Reader) -> Composed:
        composed = self._services.core.composer.compose(reader, attempt_id="0" * 32, date=NOW)
        assert isinstance(composed, Composed), composed
        return composed

    def _lint(self, number: int) -> None:
        core, letter = self._services.core, self._letters[number % LETTERS].letter
        context = core.composer._context(self._readers[number % LETTERS].link_token)
        problems = lint_letter(
            RenderedLetter(letter.subject, letter.html, letter.text), letter.message, context, core.theme
        )
        assert not problems, problems

    def _ledger(self, count: int) -> float:
        self._owed.clear()
        self._receive(count)
        settings = self._services.core.settings
        policy = Policy(settings.claim_lease_s, settings.ses_read_timeout_s, settings.max_claims, settings.max_attempts)
        ready = self._letters[0]
        deliverer = Deliverer(
            self._services.core.ledger, _Ready(self._services.core.composer, ready), Unpaced(), _Accepting(),
            self._services.spool, policy, witness=_NoWitness(), breaker=self._services.deliverer._breaker,
            process="bench:1",
        )  # fmt: skip
        owed = list(self._owed)
        return spent_on(lambda number: deliverer.deliver(owed[number]), len(owed))

    def _witness(self, _number: int) -> None:
        self._services.core.witness.mark(os.urandom(16).hex(), os.urandom(32).hex())

    def _post(self, number: int) -> None:
        letter = self._letters[number % LETTERS].letter
        self._mailer.send(Outgoing("0" * 32, letter.recipient, letter.message, letter.html), lambda _signed_at: None)


class _Ready(Composer):
    """A composer whose letter is ready."""

    def __init__(self, composer: Composer, composed: Composed) -> None:
        self.__dict__.update(composer.__dict__)
        self._composed = composed

    def compose(self, reader: Reader, *, attempt_id: str, date: datetime) -> Composed:
        """See Composer."""
        return self._composed


class _Accepting:
    """A mailer that accepts at once."""

    name = "ses"

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """See Mailer."""
        before_post(datetime.now(UTC))
        return Accepted(f"ses-{outgoing.attempt_id}-{os.urandom(8).hex()}")


class _NoWitness(Witness):
    """A witness that notes nothing."""

    def __init__(self) -> None:
        """Needs nothing."""

    def mark(self, attempt_id: str, recipient_key: str) -> None:
        """See Witness."""


class _Hop:
    """An actor that does nothing, on a broker and a worker as production has them."""

    def __init__(self, redis_url: str, threads: int) -> None:
        self._broker = open_broker(open_redis(redis_url))
        self._broker.add_middleware(UnexpectedErrors())
        self._queue = Queue(self._broker)

        @dramatiq.actor(broker=self._broker, queue_name=DELIVER_QUEUE, actor_name=DELIVER_ACTOR, max_retries=0)
        def deliver(_report_id: int) -> None:
            pass

        self._worker = dramatiq.Worker(self._broker, worker_threads=threads, worker_timeout=100)

    def drain(self, count: int) -> float:
        """CPU seconds of as many messages."""
        if not self._worker.workers:
            self._worker.start()
        self._worker.pause()
        self._queue.wake(range(count), Lane.SERVER)
        before = cpu_s()
        self._worker.resume()
        self._broker.join(DELIVER_QUEUE)
        self._worker.join()
        return cpu_s() - before


def main() -> None:
    """Serve the benchmark."""
    os.environ["dramatiq_queue_prefetch"] = "8"  # noqa: SIM112 - dramatiq's own name
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    services = boot_worker(settings, settings.redis_url)
    mailer = mailer_module(settings).build(settings).mailer
    answer(Stages(services, mailer).all())
    sys.stdout.flush()
    os._exit(0)  # the worker's threads wait for messages


if __name__ == "__main__":
    main()
