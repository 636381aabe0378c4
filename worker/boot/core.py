"""What every process needs: the ledger, the queue, the catalogue, and the parts built on them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import redis
import structlog

from worker.assets import data_dir, templates_dir
from worker.broker import Queue, SignupBroker, open_broker
from worker.delivery.composer import Composer, Sender
from worker.delivery.witness import Witness
from worker.errors import QueueUnavailable
from worker.intake.identity import Identity
from worker.intake.limits import LimitCounter
from worker.intake.queued import keys_of_payload
from worker.intake.receive import Receiver
from worker.intake.signup_limits import Limits, SignupLimits
from worker.ledger.cached_counts import CachedCounts
from worker.ledger.channels import Lane
from worker.ledger.store import Ledger, open_ledger
from worker.letter.renderer import Renderer
from worker.letter.theme import Theme, load_theme
from worker.letter.workshop import Checked, check_templates
from worker.operations.health.reading import VerdictReader
from worker.operations.health.redis_answers import ask_redis
from worker.privacy.eraser import Eraser
from worker.privacy.queued_signups import QueuedSignups
from worker.privacy.redis_files import RedisFiles
from worker.reader_links import ReaderLinks, new_link_token
from worker.redis_queues import ANSWER_S, open_redis
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.settings import Settings

log = structlog.get_logger(__name__)

# For what has threads of its own: the periodic tasks of `worker run`, the send log and the events of `worker serve`.
CONNECTIONS_BESIDE_THREADS = 8


@dataclass(frozen=True, slots=True)
class CoreServices:
    """What every process needs. Make it once per process, after the fork."""

    settings: Settings
    ledger: Ledger
    counts: CachedCounts
    redis: redis.Redis
    broker: SignupBroker
    queue: Queue
    catalogue: Catalogue
    matcher: Matcher
    theme: Theme
    identity: Identity
    links: ReaderLinks
    composer: Composer
    witness: Witness
    receiver: Receiver
    eraser: Eraser
    health: VerdictReader

    def close(self) -> None:
        """Close the connections to the ledger and to Redis."""
        self.ledger.close()
        self.redis.close()


def boot_core(settings: Settings, redis_url: str, *, redis_answer_s: float = ANSWER_S) -> CoreServices:
    """Build the core services; connects to nothing. They wait `redis_answer_s` seconds for each answer of Redis.

    Raises ConfigurationError, CatalogueError, ThemeError or TemplateError.
    """
    ledger = open_ledger(
        settings.database_url,
        pool_size=settings.threads + CONNECTIONS_BESIDE_THREADS,
        timeout_s=settings.ledger_timeout_s,
    )
    client = open_redis(redis_url, answer_s=redis_answer_s)
    counts = CachedCounts(ledger)
    broker = open_broker(client)
    queue = Queue(broker)
    catalogue, matcher = read_catalogue()
    identity = Identity(settings.identity_secret)
    limits = SignupLimits(LimitCounter(client), limits_of(settings))
    return CoreServices(
        settings=settings,
        ledger=ledger,
        counts=counts,
        redis=client,
        broker=broker,
        queue=queue,
        catalogue=catalogue,
        matcher=matcher,
        theme=read_theme(settings),
        identity=identity,
        links=build_links(settings),
        composer=build_composer(settings),
        witness=Witness(client, ledger),
        eraser=build_eraser(settings, ledger, client),
        health=VerdictReader(ledger, counts, settings, lambda: ask_redis(client)),
        receiver=Receiver(ledger, identity, limits, matcher, _wake_or_log(queue), new_link_token),
    )


def limits_of(settings: Settings) -> Limits:
    """The limits on signups."""
    return Limits(
        settings.source_limit_per_hour,
        settings.domain_limit_per_hour,
        settings.total_limit_per_hour,
        settings.mailbox_limit_per_day,
    )


def build_eraser(settings: Settings, ledger: Ledger, client: redis.Redis) -> Eraser:
    """The eraser of people; connects to nothing."""
    identity = Identity(settings.identity_secret)
    queued = QueuedSignups(client, lambda payload: keys_of_payload(identity, payload))
    return Eraser(ledger, queued, RedisFiles(client), settings.outbox_dir)


@functools.cache
def read_catalogue() -> tuple[Catalogue, Matcher]:
    """The catalogue and its matcher, which are the same for every installation: read once per process.

    Raises CatalogueError.
    """
    catalogue = load_catalogue(data_dir())
    return catalogue, Matcher(catalogue)


def read_templates(settings: Settings, theme: Theme) -> Renderer:
    """The letter's templates, inlined, compiled and checked, once per process. Raises TemplateError."""
    return _checked_templates(theme, settings.public_url, settings.links_url).renderer


def check_letter_templates(settings: Settings, theme: Theme) -> tuple[str, ...]:
    """What the check of the letter's templates notes, such as a rule that matches nothing. Raises TemplateError."""
    return _checked_templates(theme, settings.public_url, settings.links_url).notes


@functools.cache
def _checked_templates(theme: Theme, public_url: str, service_url: str) -> Checked:
    return check_templates(templates_dir(), theme, public_url=public_url, service_url=service_url)


def read_theme(settings: Settings) -> Theme:
    """The theme of letters and pages. Raises ThemeError, which names the file and the key."""
    folder = settings.theme or templates_dir() / "theme"
    return load_theme(folder, public_url=settings.public_url, service_url=settings.service_url)


def build_composer(settings: Settings) -> Composer:
    """The composer alone, for a preview. Raises CatalogueError, ThemeError or TemplateError."""
    catalogue, matcher = read_catalogue()
    theme = read_theme(settings)
    return Composer(
        catalogue, matcher, read_templates(settings, theme), build_links(settings), sender_of(settings, theme)
    )


def sender_of(settings: Settings, theme: Theme) -> Sender:
    """The sender of every letter. A setting for replies goes before the theme's."""
    return Sender(
        settings.sender,
        settings.public_url,
        settings.postal_address,
        reply_to=settings.reply_to or theme.reply_to,
        unsubscribe_mailbox=settings.unsubscribe_mailto,
    )


def build_links(settings: Settings) -> ReaderLinks:
    """Makes the links of letters that lead to `worker serve`."""
    return ReaderLinks(settings.links_url)


def _wake_or_log(queue: Queue) -> Callable[[int, Lane], None]:
    """Intake commits first; with Redis away the sweep wakes the report later."""

    def wake(report_id: int, lane: Lane) -> None:
        try:
            queue.wake([report_id], lane)
        except QueueUnavailable as error:
            log.warning("report not woken, the sweep will", report_id=report_id, queue=str(error))

    return wake
