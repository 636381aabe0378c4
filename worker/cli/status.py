"""`worker status`: the conservation sums, what waits, what is unknown, and whether sending goes on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from worker.cli.conservation import print_conservation
from worker.cli.console import print_json, stdout
from worker.cli.queued_signups import print_queued, queued_signups
from worker.cli.resources import opened_to_read, settings_for_command
from worker.cli.sending_status import alarms, described, print_sending
from worker.cli.unknown_sends import print_unknown_sends, unknown_send_row
from worker.ledger.lifecycle import REPLAYABLE, ReportState
from worker.ledger.patience import COUNTING_S
from worker.ledger.status import Status, read_status
from worker.ledger.unknown_roles import UnknownRole, unknown_roles
from worker.ledger.unknown_sends import UnknownSend, unknown_sends
from worker.setting_types import MailerKind
from worker.times import duration
from worker.wording import feedback_words, reason_words

UNKNOWN_SHOWN = 10  # of those whose outcome is unknown, in the status


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is in the ledger and what needs a person.

    Prints both conservation sums, the pause if there is one, SES's account, feedback, and the sends whose outcome is
    unknown.

    Exit codes: 0 all is well, 1 a sum does not hold (a signup is missing) or an alarm is raised.

    Example: `worker status --json`
    """
    settings = settings_for_command(logs=False)
    with opened_to_read(settings) as ledger, ledger.read(wait_s=COUNTING_S) as tx:
        now = read_status(tx)
        roles = unknown_roles(tx, limit=5)
        unknown = unknown_sends(tx, limit=UNKNOWN_SHOWN)
    alarming = alarms(now.sending, settings)
    queued = queued_signups(settings)
    if as_json:
        checks = {
            "conservation_holds": now.conservation.holds,
            "alarms": alarming,
            "queued_signups": queued.count,
            "unknown_roles": {role.text: role.signups for role in roles},
            "unknown_roles_by_reason": _by_reason(roles),
        }
        print_json({**asdict(now), **checks, "unknown": [unknown_send_row(send) for send in unknown]})
    else:
        _print_status(now, roles)
        print_queued(queued)
        print_sending(now.sending, alarming)
        _print_open_questions(now, unknown)
    raise typer.Exit(0 if now.conservation.holds and not alarming else 1)


def _print_status(now: Status, roles: list[UnknownRole]) -> None:
    print_conservation(now)
    _print_mailers(now)
    if now.pause:
        stdout.print(f"[red]paused[/red] {described(now.pause)}")
    else:
        stdout.print("sending is not paused")
    stdout.print(f"oldest due report: {duration(now.oldest_ready_s)}; sent in the last hour: {now.sent_last_hour}")
    feedback = ", ".join(f"{feedback_words(kind)} {count}" for kind, count in now.feedback.items()) or "none yet"
    stdout.print(f"feedback: {feedback}; suppressions: {now.suppressions}")
    _print_limits(now)
    for reason, titles in _by_reason(roles).items():
        asked = ", ".join(f"{escape(title)} ({count})" for title, count in titles.items())
        stdout.print(f"without a report, {reason_words(reason)}: {asked}")


def _print_mailers(now: Status) -> None:
    """Which mailer took the letters, where not all of them went to readers."""
    outbox = now.sent_by_mailer.get(MailerKind.OUTBOX, 0)
    if now.sent_by_mailer:
        stdout.print("letters: " + ", ".join(f"{count} by {mailer}" for mailer, count in now.sent_by_mailer.items()))
    if outbox and len(now.sent_by_mailer) > 1:
        stdout.print(
            f"[yellow]{outbox} letters were written to files[/yellow] and reached nobody: `worker replay --outbox`"
        )


def _print_limits(now: Status) -> None:
    """What the limits on signups did in the last 24 hours."""
    recorded = [done for done in now.limited_last_day if done.action != "turned_away"]
    if recorded:
        counts = ", ".join(f"{escape(done.rule)} {done.action} {done.signups}" for done in recorded)
        stdout.print(f"[yellow]limits[/yellow] in the last 24 hours: {counts}")
    if now.turned_away:
        stdout.print(f"[yellow]turned away, unrecorded[/yellow], in the last 24 hours: {now.turned_away} signups")


def _by_reason(roles: list[UnknownRole]) -> dict[str, dict[str, int]]:
    """Titles without a report and their signups, by how intake read them."""
    found: dict[str, dict[str, int]] = {}
    for role in roles:
        found.setdefault(role.reason, {})[role.text] = role.signups
    return found


def _print_open_questions(now: Status, unknown: list[UnknownSend]) -> None:
    """What an operator must decide, and the command for it."""
    states = now.conservation.states
    stopped = [f"{states[state]} {state}" for state in REPLAYABLE if states[state]]
    if stopped:
        stdout.print(f"[yellow]{' and '.join(stopped)}[/yellow]: `worker replay` shows which may be sent again")
    if unknown:
        count, oldest = states[ReportState.UNKNOWN], duration(now.oldest_unknown_s)
        stdout.print(f"[yellow]{count} unknown[/yellow], oldest {oldest}: `worker resolve` decides what does not heal")
        print_unknown_sends(unknown)
        if count > len(unknown):
            stdout.print(f"and {count - len(unknown)} more: `worker log --state unknown`")
