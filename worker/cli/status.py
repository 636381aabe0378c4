"""`worker status`: the verdict with its remedies, then the conservation sums and the figures behind them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy.engine import Connection

from worker.cli.conservation import print_conservation
from worker.cli.console import print_json, stdout
from worker.cli.queued_signups import ask_queues, print_queued
from worker.cli.resources import opened_to_read, settings_for_command
from worker.cli.sending_status import print_sending
from worker.cli.verdict import print_verdict
from worker.errors import LedgerUnavailable
from worker.findings import Severity, Verdict
from worker.ledger.lifecycle import REPLAYABLE, ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.patience import COUNTING_S
from worker.ledger.status import Status, read_status
from worker.ledger.unknown_roles import UnknownRole, unknown_roles
from worker.operations.health.gather import gather
from worker.operations.health.verdict import verdict_on, verdict_without_ledger
from worker.setting_types import MailerKind
from worker.settings import Settings
from worker.times import duration
from worker.wording import feedback_words, reason_words

UNKNOWN_SHOWN = 10  # of those whose outcome is unknown, in the status
UNKNOWN_ROLES_DAYS = 30


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show whether somebody must act, and what is in the ledger.

    Prints the verdict first: each finding with its cause, its remedy and its end. Then both conservation sums, SES's
    account, feedback, and the sends whose outcome is unknown. docs/operations.md has a row for each finding.

    Exit codes: 0 nobody has to act now, 1 somebody must act.

    Example: `worker status --json`
    """
    settings = settings_for_command(logs=False)
    try:
        must_act = _show(settings, as_json=as_json)
    except LedgerUnavailable as error:
        verdict = verdict_without_ledger(error)
        if as_json:
            print_json(_as_json(verdict))
        else:
            print_verdict(verdict, None)
        must_act = True
    raise typer.Exit(1 if must_act else 0)


def _show(settings: Settings, *, as_json: bool) -> bool:
    """Print everything; returns whether somebody must act. Raises LedgerUnavailable."""
    with opened_to_read(settings, warns=False) as ledger:
        queues = ask_queues(settings)
        with ledger.read(wait_s=COUNTING_S) as tx:
            now = read_status(tx)
            facts = gather(tx, now, settings, queues, ledger)
            roles = (
                _unknown_roles(tx, today=facts.now.date()) if now.conservation.outcomes[Outcome.UNKNOWN_ROLE] else []
            )
            unknown = _unknown_sends(tx) if now.conservation.states[ReportState.UNKNOWN] else []
    verdict = verdict_on(facts)
    if as_json:
        checks = {
            "conservation_holds": now.conservation.holds,
            "queued_signups": queues.signups,
            "workers": [{"process": each.name, "started_at": each.started_at} for each in facts.workers()],
            "unknown_roles": {role.text: role.signups for role in roles},
            "unknown_roles_by_reason": _by_reason(roles),
        }
        print_json({**asdict(now), **checks, **_as_json(verdict), "unknown": unknown})
    else:
        print_verdict(verdict, facts.now)
        stdout.print()
        _print_status(now, roles)
        stdout.print(f"worker processes that live: {len(facts.workers())}")
        print_queued(queues)
        print_sending(now.sending)
        _print_open_questions(now, unknown)
    return verdict.must_act


def _unknown_roles(tx: Connection, today: date) -> list[UnknownRole]:
    return unknown_roles(tx, limit=5, first=today - timedelta(days=UNKNOWN_ROLES_DAYS), last=today)


def _unknown_sends(tx: Connection) -> list[dict[str, Any]]:
    """What is known about the oldest unknown sends, as rows. Most ledgers have none, and its modules load slowly."""
    from worker.cli.unknown_sends import unknown_send_row  # noqa: PLC0415 - see above
    from worker.ledger.unknown_sends import unknown_sends  # noqa: PLC0415

    return [unknown_send_row(send) for send in unknown_sends(tx, limit=UNKNOWN_SHOWN)]


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "findings": [finding.to_json() for finding in verdict.findings],
        "alarms": [f"{finding.what} {finding.why}" for finding in verdict.having(Severity.ACT)],
    }


def _print_status(now: Status, roles: list[UnknownRole]) -> None:
    print_conservation(now)
    _print_mailers(now)
    if now.pause is None:
        stdout.print("sending is not paused")
    stdout.print(f"oldest due report: {duration(now.oldest_ready_s)}; sent in the last hour: {now.sent_last_hour}")
    if now.send_times:
        stdout.print(f"sent within 60 s, in the last hour: {', '.join(times.words for times in now.send_times)}")
    feedback = ", ".join(f"{feedback_words(kind)} {count}" for kind, count in now.feedback.items()) or "none yet"
    stdout.print(f"feedback: {feedback}; suppressions: {now.suppressions}")
    _print_limits(now)
    for reason, titles in _by_reason(roles).items():
        asked = ", ".join(f"{escape(title)} ({count})" for title, count in titles.items())
        stdout.print(f"without a report in {UNKNOWN_ROLES_DAYS} days, {reason_words(reason)}: {asked}")


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


def _print_open_questions(now: Status, unknown: list[dict[str, Any]]) -> None:
    """What an operator must decide, and the command for it."""
    states = now.conservation.states
    stopped = [f"{states[state]} {state}" for state in REPLAYABLE if states[state]]
    if stopped:
        stdout.print(f"[yellow]{' and '.join(stopped)}[/yellow]: `worker replay` shows which may be sent again")
    if unknown:
        count, oldest = states[ReportState.UNKNOWN], duration(now.oldest_unknown_s)
        stdout.print(f"[yellow]{count} unknown[/yellow], oldest {oldest}: `worker resolve` decides what does not heal")
        from worker.cli.unknown_sends import print_unknown_rows  # noqa: PLC0415 - slow to load

        print_unknown_rows(unknown)
        if count > len(unknown):
            stdout.print(f"and {count - len(unknown)} more: `worker log --state unknown`")
