"""`worker unsuppress`: a person may be mailed again; what would be lifted is shown first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from worker.cli.console import stdout
from worker.cli.not_found import NotFound
from worker.cli.on_record import Actor, OnRecord, Reason, on_record
from worker.cli.person import STANDARD_INPUT, Emails, act_for_each_line, recipient_key_of
from worker.cli.resources import opened_ledger, settings_for_command
from worker.intake.identity import read_address
from worker.ledger.signups import find_report
from worker.ledger.store import Ledger
from worker.ledger.suppressions import SuppressedRecipient, find_suppression
from worker.mailers.registry import mailer_module
from worker.mailers.suppression_list import ListedAddress, SuppressionList
from worker.masking import mask_address
from worker.privacy import suppression
from worker.settings import Settings
from worker.times import timestamp


def unsuppress(
    email: Emails,
    only_here: Annotated[bool, typer.Option("--only-here", help="Leave the list of the mail provider alone.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Lift it; without, show only what would be lifted.")] = False,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Lift a person's suppression, here and on SES's own list.

    Shows both first; --yes lifts them. Nothing is sent: `worker replay` may then send a report that came back. With -
    it reads standard input: on each line an address or `Name <address>`.

    Exit codes: 0 done or shown, 1 the provider's list cannot be asked, or a line of standard input is no address or
    nobody who is suppressed, 3 the person is not suppressed.

    Example: `worker unsuppress ada@example.com`, then the same with `--yes --reason "she wrote to us"`
    """
    settings, each_line = settings_for_command(), email == STANDARD_INPUT
    record = on_record(actor, reason) if yes else None
    ask = None if each_line else partial(on_record, actor, reason)  # a list leaves no standard input to ask on
    provider = None if only_here else mailer_module(settings).suppression_list(settings)
    with opened_ledger(settings) as ledger:
        if not each_line:
            _unsuppress(ledger, settings, provider, record, ask, email)
        elif act_for_each_line(partial(_unsuppress, ledger, settings, provider, record, ask)).unwell:
            raise typer.Exit(1)


def _unsuppress(
    ledger: Ledger,
    settings: Settings,
    provider: SuppressionList | None,
    record: OnRecord | None,
    ask: Callable[[], OnRecord] | None,
    email: str,
) -> bool:
    """Show what would be lifted, and lift it: where `record` is given, or a terminal agrees."""
    key, address = recipient_key_of(settings, email), read_address(email).given
    with ledger.read() as tx:
        here = find_suppression(tx, key)
    listed = None if provider is None else provider.find(address)
    if here is None and listed is None:
        raise NotFound(f"{mask_address(address)} is not suppressed")
    _show(mask_address(address), here, listed)
    if record is None and ask is not None and _confirmed():
        record = ask()
    if record is None:
        stdout.print("Nothing was changed: the same command with --yes --reason TEXT lifts it.")
    else:
        _lift(ledger, key, address, here, listed, provider, record)
    return True


def _show(masked: str, here: SuppressedRecipient | None, listed: ListedAddress | None) -> None:
    if here is not None:
        stdout.print(f"{masked} is suppressed here: {here.reason}, by {here.actor}, since {timestamp(here.created_at)}")
    if listed is not None:
        stdout.print(f"{masked} is on the provider's list: {listed.reason}, since {timestamp(listed.since)}")


def _confirmed() -> bool:
    return sys.stdin.isatty() and typer.confirm("Lift it?", default=False)


def _lift(
    ledger: Ledger,
    key: str,
    address: str,
    here: SuppressedRecipient | None,
    listed: ListedAddress | None,
    provider: SuppressionList | None,
    record: OnRecord,
) -> None:
    """The provider's list first: where it fails, nothing was changed, and the command can be repeated."""
    if provider is not None and listed is not None:
        provider.remove(address)
        stdout.print("taken off the provider's list")
    detail = {"was": here.reason, "by": here.actor} if here else {}
    detail |= {"provider": listed.reason} if listed else {}
    with ledger.write() as tx:
        suppression.unsuppress(tx, key, reason=record.reason, actor=record.actor, detail=detail)
        owed = find_report(tx, key)
    stdout.print(f"{mask_address(address)} may be mailed again")
    if owed is not None:
        stdout.print(
            f"report {owed.id} is {owed.state}: `worker replay --id {owed.id}` says whether it can be sent again"
        )
