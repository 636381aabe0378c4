"""Records in the ledger why a process does not start, so that `worker status` can name it on any machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from worker.errors import (
    CatalogueError,
    ConfigurationError,
    LedgerUnavailable,
    TemplateError,
    ThemeError,
    WrongInstallation,
)
from worker.ledger.heartbeats import ProcessKind, record_refusal, this_process
from worker.ledger.revision import is_usable
from worker.ledger.store import open_ledger
from worker.settings import Settings

REFUSALS = (CatalogueError, ConfigurationError, TemplateError, ThemeError)


@contextlib.contextmanager
def refusals_recorded(settings: Settings, kind: ProcessKind) -> Iterator[None]:
    """Record an error that ends the block, where it is why this process does not start, and raise it again.

    Nothing is written to a ledger of another installation, or to one that must be migrated first.
    """
    try:
        yield
    except WrongInstallation:
        raise
    except REFUSALS as error:
        with contextlib.suppress(LedgerUnavailable, ConfigurationError):
            _record(settings, kind, error)
        raise


def _record(settings: Settings, kind: ProcessKind, error: Exception) -> None:
    with contextlib.closing(open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)) as ledger:
        if is_usable(ledger):
            with ledger.write() as tx:
                record_refusal(tx, this_process(), kind, error)
