"""What is made once and serves many simulations: the databases, Redis, the catalogue, and one composed letter."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import structlog

from tests.simulation.clock import BEGIN
from tests.simulation.ledgers import SqliteStore, Store
from tests.simulation.letters import compose_first
from tests.simulation.redis_side import RedisServer
from worker.boot.core import build_composer, read_catalogue
from worker.delivery.composer import Composed, Composer
from worker.report.matching import Matcher
from worker.setting_types import MailerKind
from worker.settings import Settings, load_settings

_IN_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Parts:
    """`store` is the installation's ledger, `other_store` one that does not belong to it."""

    store: Store
    other_store: Store
    redis: RedisServer
    settings: Settings
    composer: Composer
    matcher: Matcher
    first_letter: Composed
    home: Path


@contextlib.contextmanager
def made_once(redis_url: str, store: Store | None = None) -> Iterator[Parts]:
    """The parts, on SQLite unless a store is given. Nothing is logged as long as they are used."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), processors=[_drop])
    directory = _IN_MEMORY if _IN_MEMORY.is_dir() else None  # the spool syncs its files
    with tempfile.TemporaryDirectory(prefix="simulation-", dir=directory) as home:
        settings = load_settings({"WORKER_STATE_DIR": home, "WORKER_IDENTITY_KEY": "k" * 32})
        composer = build_composer(settings)
        _catalogue, matcher = read_catalogue()
        try:
            yield Parts(
                store or SqliteStore(), SqliteStore(), RedisServer(redis_url), _sending(settings), composer, matcher,
                compose_first(composer, BEGIN), Path(home),
            )  # fmt: skip
        finally:
            structlog.reset_defaults()


def _sending(settings: Settings) -> Settings:
    """The settings of an installation that sends through SES, which no simulation reaches."""
    return replace(settings, mailer=MailerKind.SES)


def _drop(*_event: Any) -> NoReturn:
    raise structlog.DropEvent
