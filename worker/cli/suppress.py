"""`worker suppress`: never mail this person again."""

from __future__ import annotations

import typer

from worker.cli.console import counted, stdout
from worker.cli.on_record import Actor, OnRecord, Reason, on_record
from worker.cli.person import STANDARD_INPUT, Emails, act_for_each_line, recipient_key_of
from worker.cli.resources import opened_ledger, settings_for_command
from worker.ledger.store import Ledger
from worker.masking import mask_address
from worker.privacy import suppression
from worker.settings import Settings


def suppress(
    email: Emails,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Never mail a person again.

    A report that waits is cancelled; one that was sent stays sent. With - it reads standard input: on each line an
    address or `Name <address>`. Every line that is no address is named; the others are suppressed.

    Exit codes: 0 done, 1 a line of standard input is no address.

    Example: `worker suppress ada@example.com --reason "asked by phone"`, `worker suppress - --reason "by mail"`
    """
    record = on_record(actor, reason)
    settings = settings_for_command()
    with opened_ledger(settings) as ledger:
        if email != STANDARD_INPUT:
            _suppress(ledger, settings, email, record)
            return
        lines = act_for_each_line(lambda address: _suppress(ledger, settings, address, record))
    stdout.print(f"{counted(lines.well, 'line')} read, {counted(lines.unwell, 'line')} refused")
    raise typer.Exit(1 if lines.unwell else 0)


def _suppress(ledger: Ledger, settings: Settings, email: str, record: OnRecord) -> bool:
    key = recipient_key_of(settings, email)
    with ledger.write() as tx:
        done = suppression.suppress(tx, key, reason=record.reason, actor=record.actor)
    stdout.print(f"{mask_address(email)} {'is suppressed' if done.new else 'was suppressed already'}")
    if done.cancelled is not None:
        stdout.print(f"report {done.cancelled} is cancelled")
    return True
