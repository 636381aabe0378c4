"""`worker recount`: a full count of the ledger, held against the counts that status, metrics and board show."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.console import stdout
from worker.cli.on_record import Actor, Reason, on_record
from worker.cli.resources import opened_ledger, settings_for_command
from worker.ledger.recount import check
from worker.operations.recount import write_recount

SHOWN = 20


def recount(
    write: Annotated[bool, typer.Option("--write", help="Write what was counted in place of the counts.")] = False,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Count every row of the ledger, and compare with the counts that are kept.

    Status, metrics and board show counts that are kept with each write. A worker compares them with a full count once
    a day; this does so now. It may take minutes, and nothing waits for it. With --write, which is recorded in `audit`,
    it writes what it counted; the counts of purged rows stay as they are.

    Exit codes: 0 all counts are right, 1 some are wrong.

    Example: `worker recount`, then `worker recount --write --reason "after a repair by hand"`
    """
    with opened_ledger(settings_for_command()) as ledger:
        record = on_record(actor, reason) if write else None
        found = check(ledger)
        for difference in found[:SHOWN]:
            stdout.print(difference.words, soft_wrap=True)
        if len(found) > SHOWN:
            stdout.print(f"and {len(found) - SHOWN} more")
        if found and record is not None:
            found = write_recount(ledger, found, actor=record.actor, reason=record.reason)
            stdout.print("written: what a full count finds")
        elif found:
            stdout.print('[yellow]wrong[/yellow]: `worker recount --write --reason "..."` writes what was counted')
    if not found:
        stdout.print("[green]all counts are right[/green]")
    raise typer.Exit(1 if found else 0)
