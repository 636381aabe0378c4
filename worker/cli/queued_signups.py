"""What Redis answers to `worker status`: how many messages wait on its queues.

Imports redis-py only where there is a Redis to ask: an embedded one that does not run is not started for a count.
"""

from __future__ import annotations

import contextlib

from worker.cli.console import counted, stdout
from worker.local.redis_place import home_of, known_socket, living_process
from worker.operations.health.facts import Queues
from worker.settings import EMBEDDED_REDIS, Settings


def ask_queues(settings: Settings) -> Queues:
    """Count the messages."""
    url = settings.redis_url
    if url == EMBEDDED_REDIS:
        home = home_of(settings.state_dir)
        socket = known_socket(home)
        if socket is None or living_process(home) is None:
            return Queues(asked=False)
        url = f"unix://{socket}"
    from worker.operations.health.redis_answers import ask_redis  # noqa: PLC0415 - see the module
    from worker.redis_queues import open_redis  # noqa: PLC0415

    with contextlib.closing(open_redis(url)) as client:
        return ask_redis(client)


def print_queued(queues: Queues) -> None:
    """One line, where signups wait."""
    if waiting := queues.signups:
        verb = "waits" if waiting == 1 else "wait"
        stdout.print(f"{counted(waiting, 'signup')} {verb} on the queue, not received yet")
