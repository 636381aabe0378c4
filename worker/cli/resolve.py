"""`worker resolve`: decide what became of a send whose outcome is unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from worker.cli.console import stderr, stdout
from worker.cli.not_found import MAX_ID, NotFound
from worker.cli.on_record import Actor, OnRecord, Reason, asked, on_record
from worker.cli.resources import opened_ledger, settings_for_command
from worker.cli.unknown_sends import print_unknown_sends
from worker.ledger.store import Ledger
from worker.ledger.timeline import missing_reports
from worker.ledger.unknown_sends import unknown_sends
from worker.operations import resolve as resolving
from worker.operations.resolve import Decision, Resolved


def resolve(
    ids: Annotated[
        list[int], typer.Argument(metavar="ID...", min=1, max=MAX_ID, help="Reports whose outcome is unknown.")
    ],
    sent: Annotated[bool, typer.Option("--sent", help="The letter left; it is not sent again.")] = False,
    assume_unsent: Annotated[
        bool,
        typer.Option("--assume-unsent", help="The letter did not leave; send it. If wrong, it comes twice."),
    ] = False,
    looked_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When you last looked for it in SES: `now`, or a time in UTC."),
    ] = None,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Decide what became of a send whose outcome is unknown.

    Without --sent or --assume-unsent it shows what is known. Most unknown sends resolve themselves when SES's event
    comes. --assume-unsent is refused while AWS might still accept the request in question, and where an event shows
    that SES accepted the letter. It rests on a look at SES's logs after that, so it asks when you looked.

    Exit codes: 0 done, 1 a report could not be decided, 3 no such report.

    Example: `worker resolve 42`, then `worker resolve 42 --sent --reason "the reader answered it"`
    """
    decision = _decision(sent=sent, assume_unsent=assume_unsent)
    with opened_ledger(settings_for_command()) as ledger:
        _require_reports(ledger, ids)
        if decision is None:
            refused = _show(ledger, ids)
        else:
            record = on_record(actor, reason)
            looked = _looked_at(looked_at) if decision is Decision.ASSUME_UNSENT else None
            refused = sum(not _decide(ledger, report_id, decision, record, looked) for report_id in ids)
    raise typer.Exit(1 if refused else 0)


def _require_reports(ledger: Ledger, ids: list[int]) -> None:
    """Raises NotFound if one of the reports does not exist: then none is decided."""
    with ledger.read() as tx:
        missing = missing_reports(tx, ids)
    if missing:
        raise NotFound(f"no such report: {', '.join(map(str, missing))}; `worker log --state unknown` lists them")


def _decision(*, sent: bool, assume_unsent: bool) -> Decision | None:
    if sent and assume_unsent:
        raise typer.BadParameter("give one of --sent and --assume-unsent, not both", param_hint="--sent")
    return Decision.SENT if sent else Decision.ASSUME_UNSENT if assume_unsent else None


def _looked_at(given: str | None) -> datetime:
    """When the operator last looked. A terminal is asked where the option is missing, else that is a usage error."""
    text = given or asked("--looked-at", "When did you last look for it in SES? `now`, or a time in UTC")
    if text.strip().lower() == "now":
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        problem = "expected `now`, or a time in UTC as 2026-11-29 10:30"
        raise typer.BadParameter(problem, param_hint="--looked-at") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _show(ledger: Ledger, ids: list[int]) -> int:
    """Print what is known about each; returns how many of `ids` are not unknown."""
    with ledger.read() as tx:
        found = [send for report_id in ids for send in unknown_sends(tx, limit=1, report_id=report_id)]
        others = {report_id: resolving.why_not_unknown(tx, report_id) for report_id in ids}
    if found:
        print_unknown_sends(found)
        stdout.print("\nDecide with --sent or --assume-unsent, and --reason TEXT.")
    missing = [report_id for report_id in ids if report_id not in {send.report_id for send in found}]
    for report_id in missing:
        stderr.print(f"report {report_id}: {escape(others[report_id])}", soft_wrap=True)
    return len(missing)


def _decide(ledger: Ledger, report_id: int, decision: Decision, record: OnRecord, looked_at: datetime | None) -> bool:
    result = resolving.resolve(
        ledger, report_id, decision, actor=record.actor, reason=record.reason, looked_at=looked_at
    )
    if isinstance(result, Resolved):
        stdout.print(f"report {report_id}: {result.state}")
        return True
    stderr.print(f"report {report_id}: [yellow]not decided[/yellow]: {escape(result.why)}", soft_wrap=True)
    return False
