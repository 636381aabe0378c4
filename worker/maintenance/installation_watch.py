"""Checks again and again that this process, the ledger and Redis belong together, and stops the process where not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from worker.errors import WrongInstallation

log = structlog.get_logger(__name__)


class InstallationWatch:
    """Runs the checks of `worker.operations.installation` and of `worker.operations.redis_owner`.

    `stop` stops this process: what it does for another installation would be done for the wrong people.
    """

    def __init__(self, checks: Sequence[Callable[[], object]], *, stop: Callable[[], None]) -> None:
        self._checks = checks
        self._stop = stop
        self._confirmed = False

    def require_confirmed(self) -> None:
        """Check unless a check has passed before. Raises as `check`: then nothing of the queue may be received."""
        if not self._confirmed:
            self.check()

    def check(self) -> None:
        """Run each check. Raises WrongInstallation after `stop`, or LedgerUnavailable or QueueUnavailable."""
        try:
            for check in self._checks:
                check()
        except WrongInstallation as error:
            self._confirmed = False
            log.critical("this process stops: wrong installation", text=str(error))
            self._stop()
            raise
        self._confirmed = True
