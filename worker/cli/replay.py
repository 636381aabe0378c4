"""`worker replay`: put stopped or returned reports back to ready; a plan first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from worker.cli.completion import complete_role
from worker.cli.console import print_json, stdout, utc
from worker.cli.not_found import MAX_ID, NotFound
from worker.cli.on_record import Actor, OnRecord, Reason, on_record_after_plan
from worker.cli.plans import print_plan, progress
from worker.cli.resources import opened_ledger, settings_for_command
from worker.cli.role_option import slugs_read_as
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState
from worker.ledger.patience import UPKEEP_S
from worker.ledger.stopped_reports import Selection
from worker.ledger.store import Ledger
from worker.operations import replay as replaying
from worker.operations.replay import Group, Plan, Replayed


def replay(
    ids: Annotated[
        list[int] | None, typer.Option("--id", min=1, max=MAX_ID, help="Only this report; may be given again.")
    ] = None,
    state: Annotated[
        ReportState | None, typer.Option(help="Only failed, only quarantined, or only returned reports.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="Stopped at or after this moment, UTC.")] = None,
    role: Annotated[
        str | None,
        typer.Option(
            help="Only this role: a slug, or words, read as a signup's title is.", autocompletion=complete_role
        ),
    ] = None,
    outbox: Annotated[
        bool, typer.Option("--outbox", help="Only sent reports whose letter the outbox mailer wrote to a file.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Replay the safe reports. Without it: only the plan.")] = False,
    reason: Reason = None,
    actor: Actor = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put failed and quarantined reports back to be sent again.

    Fix the cause first. Without --yes it prints the plan: which reports are safe, which might reach their reader twice,
    whose reader must not be mailed, which were sent already. With --yes it puts the safe reports back, and no other.

    With --outbox it is about letters that a worker without WORKER_MAILER=ses wrote to files: nobody received them.

    Exit codes: 0 done, 1 a report named by --id is not safe, 3 no such report.

    Example: `worker replay --state failed --since 2026-11-24`, then the same with
    `--yes --reason "template fixed"`
    """
    record = on_record_after_plan(actor, reason) if yes else None
    _refuse_state(state)
    which = Selection(
        ids=tuple(ids or ()), states=(state,) if state else (), since=utc(since), role=role,
        role_slugs=slugs_read_as(role), in_files=outbox,
    )  # fmt: skip
    with opened_ledger(settings_for_command()) as ledger:
        with ledger.read(wait_s=UPKEEP_S) as tx:
            plan = replaying.plan(tx, which)
            paused = pauses.current_pause(tx) is not None
        if plan.missing:
            raise NotFound(f"no such report: {', '.join(map(str, plan.missing))}; `worker log` lists them")
        if not as_json:
            _print_plan(plan)
        done = _act(ledger, plan, record()) if record is not None and plan.safe_ids else None
    if as_json:
        print_json(_as_json(plan, done if done is not None or not yes else Replayed((), ())))
    else:
        _print_outcome(plan, done, paused=paused)
    not_put_back = set(which.ids) - set(plan.safe_ids if done is None else done.put_back)
    raise typer.Exit(1 if not_put_back else 0)


def _refuse_state(state: ReportState | None) -> None:
    never = replaying.why_never(state) if state is not None else None
    if never is not None:
        raise typer.BadParameter(f"{state} reports are not replayed: {never}", param_hint="--state")


def _act(ledger: Ledger, plan: Plan, record: OnRecord) -> Replayed:
    ids = plan.safe_ids
    with progress("putting back", len(ids)) as advance:
        return replaying.act(ledger, ids, actor=record.actor, reason=record.reason, on_progress=advance)


def _print_plan(plan: Plan) -> None:
    rows = (
        ({"group": planned.group, "why": planned.why, "stopped_by": planned.report.reason}, planned.report.id)
        for planned in plan.reports
    )
    empty = "No stopped or returned report matches; there is nothing to replay."
    print_plan(rows, Group, noun="reports", empty=empty)


def _print_outcome(plan: Plan, done: Replayed | None, *, paused: bool) -> None:
    safe = len(plan.safe_ids)
    if done is None:
        if safe:
            stdout.print(f"\n{safe} can be replayed safely: the same command with --yes --reason TEXT does it.")
        elif plan.reports:
            stdout.print("\nNothing to do: none of these can be replayed safely.")
        return
    when = "once sending is resumed (`worker resume`)" if paused else "with its next sweep"
    stdout.print(f"\n{len(done.put_back)} put back to ready; the worker sends them {when}.")
    if done.left_alone:
        stdout.print(f"[yellow]{len(done.left_alone)} changed meanwhile and were left alone[/yellow]: plan again.")


def _as_json(plan: Plan, done: Replayed | None) -> dict[str, Any]:
    return {
        "counts": plan.counts,
        "reports": [
            {
                "report": planned.report.id, "state": planned.report.state, "group": planned.group, "why": planned.why,
                "stopped_by": planned.report.reason, "address": planned.report.address_masked,
                "role": planned.report.role,
            }
            for planned in plan.reports
        ],
        "put_back": None if done is None else done.put_back,
    }  # fmt: skip
