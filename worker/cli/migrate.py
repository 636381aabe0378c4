"""`worker migrate`: bring the ledger to this version's schema."""

from __future__ import annotations

import contextlib

from worker.cli.console import stdout
from worker.cli.resources import settings_for_command
from worker.ledger.migrate import migrate as migrate_ledger
from worker.ledger.store import open_ledger


def migrate() -> None:
    """Bring the ledger to this version's schema.

    Safe to repeat, and safe while another does the same. Run it before every new version.

    Exit codes: 0 done, 1 the ledger does not answer, 2 a newer version has migrated it.

    Example: `DATABASE_URL=postgresql://worker@db/exposure worker migrate`
    """
    settings = settings_for_command()
    with contextlib.closing(open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)) as ledger:
        before, after = migrate_ledger(ledger)
    stdout.print(f"ledger at revision {after}" + (" already" if before == after else f", was {before or 'empty'}"))
