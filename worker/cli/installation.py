"""`worker installation`: what this ledger is pinned to, and a Redis that served another ledger."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

import typer

from worker.cli.console import counted, print_json, stdout
from worker.cli.on_record import Actor, Reason, on_record
from worker.cli.resources import opened_ledger, opened_to_read, settings_for_command
from worker.cli.services import opened_redis
from worker.delivery.witness import Witness
from worker.ledger.installation import Installation, read_installation
from worker.operations import redis_adoption
from worker.operations.installation import why_not_ours
from worker.operations.redis_adoption import Shared
from worker.redis_queues import open_redis
from worker.times import duration

installation = typer.Typer(
    name="installation",
    help="Show what the ledger is pinned to, and take over a Redis for it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@installation.command("show")
def show_installation(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what the ledger is pinned to, whose Redis this is, and what waits there.

    Exit codes: 0 all belongs together, 1 something does not.

    Example: `worker installation show`
    """
    settings = settings_for_command()
    with opened_to_read(settings) as ledger, opened_redis(settings) as url:
        with ledger.read() as tx:
            pinned = read_installation(tx)
        key_fits = why_not_ours(ledger, settings) is None
        with contextlib.closing(open_redis(url)) as client:
            shared = redis_adoption.survey(client, Witness(client, ledger))
    ours = shared.owner is None or (pinned is not None and shared.owner.ledger_id == pinned.ledger_id)
    if as_json:
        print_json(_as_json(pinned, shared, key_fits=key_fits, ours=ours))
    else:
        _print_pinned(pinned, key_fits=key_fits)
        _print_redis(shared, ours=ours)
    raise typer.Exit(0 if ours and key_fits else 1)


@installation.command("adopt-redis")
def adopt_redis(
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without it: only what waits there.")] = False,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Make the Redis of a ledger that is gone serve this ledger: after a move, or for a new start.

    Signups that wait on its queue are received by this ledger. Refused while a process of the other ledger was seen
    there within 5 minutes.

    Exit codes: 0 done, 2 the other ledger still uses it.

    Example: `worker installation adopt-redis`, then `--yes --reason "new ledger after the trial"`
    """
    record = on_record(actor, reason) if yes else None
    settings = settings_for_command()
    with (
        opened_ledger(settings) as ledger,
        opened_redis(settings) as url,
        contextlib.closing(open_redis(url)) as client,
    ):
        witness = Witness(client, ledger)
        with ledger.read() as tx:
            pinned = read_installation(tx)
        if record is None:
            shared = redis_adoption.survey(client, witness)
        else:
            shared = redis_adoption.adopt(ledger, client, witness, actor=record.actor, reason=record.reason)
    stdout.print(
        f"on its queues: {counted(shared.queued_signups, 'signup')} not received yet, "
        f"{counted(shared.queued_reports, 'report')} to deliver"
    )
    if shared.marks:
        stdout.print(
            f"{counted(shared.marks, 'letter')} of the last 48 hours: this ledger does not know their readers, who can "
            "sign up again and get another",
            soft_wrap=True,
        )
    if shared.owner is not None and pinned is not None and shared.owner.ledger_id == pinned.ledger_id:
        stdout.print("nothing to do: this Redis serves this ledger already")
    else:
        stdout.print(
            "this Redis serves this ledger" if yes else "the same command with --yes --reason TEXT takes it over"
        )


def _print_pinned(pinned: Installation | None, *, key_fits: bool) -> None:
    if pinned is None:
        stdout.print("ledger      new: no process has written to it")
        return
    verdict = "the key set here" if key_fits else "[red]not the key set here[/red]"
    stdout.print(f"ledger      {pinned.ledger_id}")
    stdout.print(f"key         fingerprint {pinned.key_fingerprint or 'not pinned yet'}, {verdict}")
    stdout.print(f"mailer      {pinned.mailer or 'not pinned yet: SES has not been asked to send'}")


def _print_redis(shared: Shared, *, ours: bool) -> None:
    if shared.owner is None:
        stdout.print("redis       serves no ledger yet")
    else:
        whose = "this ledger" if ours else f"[red]ledger {shared.owner.ledger_id}[/red]"
        age = shared.owner.heartbeat_age_s
        seen = "never seen" if age is None else f"last seen {duration(age)} ago"
        stdout.print(f"redis       serves {whose}, {seen}")
    stdout.print(
        f"queues      {counted(shared.queued_signups, 'signup')} not received yet, "
        f"{counted(shared.queued_reports, 'report')} to deliver; {counted(shared.marks, 'mark')} of the second witness"
    )


def _as_json(pinned: Installation | None, shared: Shared, *, key_fits: bool, ours: bool) -> dict[str, Any]:
    return {
        "ledger": pinned and pinned.ledger_id, "key_fingerprint": pinned and pinned.key_fingerprint,
        "key_fits": key_fits, "mailer": pinned and pinned.mailer, "redis_serves_this_ledger": ours,
        "redis_serves": shared.owner and shared.owner.ledger_id,
        "heartbeat_age_s": shared.owner and shared.owner.heartbeat_age_s,
        "queued_signups": shared.queued_signups, "queued_reports": shared.queued_reports, "marks": shared.marks,
    }  # fmt: skip
