"""The part of `worker status` about the queue: signups that no worker has received yet.

Imports redis-py only where there is a Redis to ask: an embedded one that does not run is not started for a count.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from worker.cli.console import counted, stdout
from worker.errors import QueueUnavailable
from worker.local.redis_place import home_of, known_socket, living_process
from worker.settings import EMBEDDED_REDIS, Settings


@dataclass(frozen=True, slots=True)
class Queued:
    """How many signups are on the queue; None where Redis is not asked, or does not answer. `problem` says which."""

    count: int | None
    problem: str | None = None


def queued_signups(settings: Settings) -> Queued:
    """Count them."""
    url = settings.redis_url
    if url == EMBEDDED_REDIS:
        home = home_of(settings.state_dir)
        socket = known_socket(home)
        if socket is None or living_process(home) is None:
            return Queued(None)
        url = f"unix://{socket}"
    from worker.redis_queues import SIGNUPS_QUEUE, depth, open_redis  # noqa: PLC0415 - see the module

    with contextlib.closing(open_redis(url)) as client:
        try:
            return Queued(depth(client, SIGNUPS_QUEUE))
        except QueueUnavailable as error:
            return Queued(None, f"Redis does not answer ({error}): what waits on the queue is not known")


def print_queued(queued: Queued) -> None:
    """One line, where there is something to say."""
    if queued.problem is not None:
        stdout.print(f"[yellow]REDIS_URL[/yellow]: {queued.problem}")
    elif queued.count:
        verb = "waits" if queued.count == 1 else "wait"
        stdout.print(f"{counted(queued.count, 'signup')} {verb} on the queue, not received yet")
