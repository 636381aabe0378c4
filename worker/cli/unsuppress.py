"""`worker unsuppress`: a person may be mailed again; what would be lifted is shown first."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from worker.cli.console import stdout
from worker.cli.not_found import NotFound
from worker.cli.on_record import Actor, OnRecord, Reason, on_record
from worker.cli.person import Email, recipient_key_of
from worker.cli.resources import opened_ledger, settings_for_command
from worker.intake.identity import read_address
from worker.ledger.signups import find_report
from worker.ledger.store import Ledger
from worker.ledger.suppressions import SuppressedRecipient, find_suppression
from worker.mailers.registry import mailer_module
from worker.mailers.suppression_list import ListedAddress, SuppressionList
from worker.masking import mask_address
from worker.privacy import suppression
from worker.times import timestamp


def unsuppress(
    email: Email,
    only_here: Annotated[bool, typer.Option("--only-here", help="Leave the list of the mail provider alone.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Lift it; without, show only what would be lifted.")] = False,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Lift a person's suppression, here and on SES's own list.

    Shows both first; --yes lifts them. Nothing is sent: `worker replay` may then send a report that came back.

    Exit codes: 0 done or shown, 1 the provider's list cannot be asked, 3 the person is not suppressed.

    Example: `worker unsuppress ada@example.com`, then the same with `--yes --reason "she wrote to us"`
    """
    settings = settings_for_command()
    key, address = recipient_key_of(settings, email), read_address(email).given
    provider = None if only_here else mailer_module(settings).suppression_list(settings)
    with opened_ledger(settings) as ledger:
        with ledger.read() as tx:
            here = find_suppression(tx, key)
        listed = None if provider is None else provider.find(address)
        if here is None and listed is None:
            raise NotFound(f"{mask_address(address)} is not suppressed")
        _show(mask_address(address), here, listed)
        if not (yes or _confirmed()):
            stdout.print("Nothing was changed: the same command with --yes --reason TEXT lifts it.")
            return
        _lift(ledger, key, address, here, listed, provider, on_record(actor, reason))


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
