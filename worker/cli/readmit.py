"""`worker readmit`: take back refusals of intake; a plan first."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from worker.boot.core import read_catalogue
from worker.cli.console import print_json, stdout, utc
from worker.cli.not_found import MAX_ID, NotFound
from worker.cli.on_record import Actor, OnRecord, Reason, on_record_after_plan, reading_actor
from worker.cli.person import all_looked_up
from worker.cli.plans import print_plan, progress
from worker.cli.resources import opened_ledger, settings_for_command
from worker.intake.readmit import Group, Plan, PlannedSignup, Readmission, Readmitted
from worker.ledger.outcomes import READMITTABLE, Outcome
from worker.ledger.refused_signups import RefusalSelection
from worker.reader_links import new_link_token


class Refusal(StrEnum):
    """The outcomes that can be taken back."""

    UNKNOWN_ROLE = Outcome.UNKNOWN_ROLE
    RATE_LIMITED = Outcome.RATE_LIMITED


def readmit(
    outcome: Annotated[Refusal | None, typer.Option(help="Only signups refused as this.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Received at or after this moment, UTC.")] = None,
    role: Annotated[str | None, typer.Option(help="Only this role, as people wrote it, in any spelling.")] = None,
    email: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL|-", help="Only this person, in any spelling; - reads addresses, one a line. Recorded."
        ),
    ] = None,
    ids: Annotated[
        list[int] | None, typer.Option("--id", min=1, max=MAX_ID, help="Only this signup; may be given again.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Admit what can be. Without it: only the plan.")] = False,
    reason: Reason = None,
    actor: Actor = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take back refusals of intake: an unknown role, a limit.

    Titles are read again with today's catalogue. Without --yes it prints the plan: which signups can be admitted now,
    which role is still unknown, who must not be mailed, who has a report already, whose address is gone. With --yes it
    admits the first of these, each with its report, and no other.

    Exit codes: 0 done, 1 a signup named by --id cannot be admitted, 3 no such signup.

    Example: `worker readmit --outcome unknown_role`, then the same with `--yes --reason "role added"`;
    `worker readmit --email - < addresses.txt`
    """
    record = on_record_after_plan(actor, reason) if yes else None
    outcomes = READMITTABLE if outcome is None else (Outcome(outcome),)
    settings, who = settings_for_command(), reading_actor(actor)
    with opened_ledger(settings) as ledger:
        people = None if email is None else all_looked_up(ledger, settings, email, actor=who)
        which = RefusalSelection(ids=tuple(ids or ()), outcomes=outcomes, since=utc(since), role=role, people=people)
        readmission = Readmission(ledger, read_catalogue()[1], new_link_token)
        plan = readmission.plan(which)
        if plan.missing:
            raise NotFound(f"no such signup: {', '.join(map(str, plan.missing))}; `worker log` lists them")
        if not as_json:
            _print_plan(plan)
        done = _act(readmission, plan, record()) if record is not None and plan.admissible_ids else None
    if as_json:
        print_json(_as_json(plan, done if done is not None or not yes else Readmitted((), (), ())))
    else:
        _print_outcome(plan, done)
    not_admitted = set(which.ids) - set(plan.admissible_ids if done is None else done.admitted)
    raise typer.Exit(1 if not_admitted else 0)


def _act(readmission: Readmission, plan: Plan, record: OnRecord) -> Readmitted:
    ids = plan.admissible_ids
    with progress("admitting", len(ids)) as advance:
        return readmission.act(ids, actor=record.actor, reason=record.reason, on_progress=advance)


def _print_plan(plan: Plan) -> None:
    rows = (
        ({"group": planned.group, "refused_as": _refused_as(planned), "why": planned.why}, planned.id)
        for planned in plan.signups
    )
    empty = "No refused signup matches; there is nothing to take back."
    print_plan(rows, Group, noun="signups", empty=empty)


def _refused_as(planned: PlannedSignup) -> str:
    return f"{planned.outcome}: {planned.reason}" if planned.reason else str(planned.outcome)


def _print_outcome(plan: Plan, done: Readmitted | None) -> None:
    if done is None:
        if plan.admissible_ids:
            count = len(plan.admissible_ids)
            stdout.print(f"\n{count} can be admitted now: the same command with --yes --reason TEXT does it.")
        elif plan.signups:
            stdout.print("\nNothing to do: none of these can be admitted.")
        return
    stdout.print(f"\n{len(done.admitted)} admitted; the worker sends their reports with its next sweep.")
    if done.left_alone:
        stdout.print(f"[yellow]{len(done.left_alone)} changed meanwhile and were left alone[/yellow]: plan again.")


def _as_json(plan: Plan, done: Readmitted | None) -> dict[str, Any]:
    return {
        "counts": plan.counts,
        "signups": [
            {
                "signup": planned.id, "outcome": planned.outcome, "reason": planned.reason, "group": planned.group,
                "why": planned.why, "address": planned.address_masked, "role": planned.role,
            }
            for planned in plan.signups
        ],
        "admitted": None if done is None else done.admitted,
        "reports": None if done is None else done.reports,
    }  # fmt: skip
