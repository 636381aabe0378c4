"""What most commands open: the settings and the ledger. Imports no queue and no mailer, which are slow to load."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.markup import escape

from worker.cli.console import stderr
from worker.ledger.revision import require_migrated
from worker.ledger.store import Ledger, open_ledger
from worker.operations.installation import require_ours, why_not_ours
from worker.settings import Settings, load_settings


def settings_for_command(*, logs: bool = True) -> Settings:
    """The settings, with logs set up unless the command's own modules log nothing. Raises ConfigurationError."""
    settings = load_settings()
    if logs:
        from worker.logs import configure_logs  # noqa: PLC0415 - structlog is slow to import

        configure_logs(settings.log_level, settings.log_format)
    return settings


@contextlib.contextmanager
def opened_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger, at this version's schema, for a command that writes.

    Raises ConfigurationError if it must be migrated first, WrongInstallation if it belongs to another identity key.
    """
    with contextlib.closing(open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)) as ledger:
        require_migrated(ledger)
        require_ours(ledger, settings)
        yield ledger


@contextlib.contextmanager
def opened_to_read(settings: Settings, *, warns: bool = True) -> Iterator[Ledger]:
    """The ledger, for a command that only reads, or only stops something: under another identity key it `warns`.

    Raises ConfigurationError if it must be migrated first.
    """
    with contextlib.closing(open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)) as ledger:
        require_migrated(ledger)
        if warns and (why := why_not_ours(ledger, settings)) is not None:
            stderr.print(f"[yellow]warning[/yellow]: {escape(why)}", soft_wrap=True)
        yield ledger
