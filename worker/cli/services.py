"""What the commands that act open: Redis, and all services of a worker."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import redis

from worker.boot.worker import WorkerServices, boot_worker
from worker.cli.console import stderr
from worker.errors import QueueUnavailable
from worker.ledger.installation import Installation
from worker.ledger.revision import require_migrated
from worker.local.redis import embedded_redis
from worker.operations.installation import require_ours
from worker.redis_owner import RedisOwner
from worker.settings import EMBEDDED_REDIS, Settings


@contextlib.contextmanager
def opened_redis(settings: Settings) -> Iterator[str]:
    """The URL of Redis; the embedded one runs until the block ends."""
    if settings.redis_url == EMBEDDED_REDIS:
        with embedded_redis(settings.state_dir) as url:
            yield url
    else:
        yield settings.redis_url


def claim_redis(client: redis.Redis, pinned: Installation) -> None:
    """Claim Redis for this ledger at the start of a process. While Redis is away this process claims it later.

    Raises WrongInstallation where it serves another ledger.
    """
    try:
        RedisOwner(client).claim(pinned.ledger_id)
    except QueueUnavailable as error:
        stderr.print(f"[yellow]warning[/yellow]: REDIS_URL: Redis does not answer ({error}); it is asked again")


@contextlib.contextmanager
def opened_services(settings: Settings) -> Iterator[WorkerServices]:
    """All services of a worker, on a migrated ledger. Raises ConfigurationError if it must be migrated first."""
    with opened_redis(settings) as redis_url:
        services = boot_worker(settings, redis_url)
        try:
            require_migrated(services.core.ledger)
            claim_redis(services.core.redis, require_ours(services.core.ledger, settings))
            yield services
        finally:
            services.close()
