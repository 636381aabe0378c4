"""The watch of a process over the installation it belongs to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from worker.boot.core import CoreServices
from worker.maintenance.installation_watch import InstallationWatch
from worker.operations.installation import require_ours
from worker.redis_owner import RedisOwner


def watch_installation(core: CoreServices, *, stop: Callable[[], None] | None, sends: bool) -> InstallationWatch:
    """Build the watch; connects to nothing. `stop` None: the process goes on, and only receives and sends nothing."""
    owner = RedisOwner(core.redis)

    def check() -> None:
        owner.claim(require_ours(core.ledger, core.settings, sends=sends).ledger_id)

    return InstallationWatch([check], stop=stop or (lambda: None))


def stop_this_process() -> None:
    """Stop this process as SIGTERM does; of a worker, dramatiq then stops the other processes."""
    os.kill(os.getpid(), signal.SIGTERM)


__all__ = ["InstallationWatch", "stop_this_process", "watch_installation"]
