"""`worker show`: the history of one report, or of one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape

from worker.cli.console import Format, print_json, print_rows, stdout
from worker.cli.not_found import MAX_ID, NotFound
from worker.cli.on_record import Actor, reading_actor
from worker.cli.person import looked_up, only_address
from worker.cli.resources import opened_to_read, settings_for_command
from worker.cli.unknown_sends import print_unknown_sends, unknown_send_row
from worker.ledger.lifecycle import ReportState
from worker.ledger.store import Ledger
from worker.ledger.timeline import Step
from worker.ledger.unknown_sends import unknown_sends
from worker.operations import person as people
from worker.operations.person import Left, Person
from worker.report.occupation_names import role_words
from worker.settings import Settings
from worker.times import timestamp
from worker.wording import feedback_words, reason_words, state_words, step_words


def show(
    which: Annotated[
        str, typer.Argument(metavar="ID|EMAIL|-", help="A report's id, or a person's address; - reads it.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show the address in clear. Recorded.")] = False,
    actor: Actor = None,
) -> None:
    """Show the history of one report or of one person.

    Lists signups, attempts, feedback and actions in order. A search by address is recorded in the audit trail.

    Exit codes: 0 done, 3 no such report, or no signup from this address.

    Example: `worker show 42`, `worker show ada@example.com`, or `worker show -` and the address on standard input
    """
    settings, who = settings_for_command(), reading_actor(actor)
    with opened_to_read(settings) as ledger:
        person = _find(ledger, settings, which, who)
        address = people.unmask(ledger, person, actor=who) if unmask else None
        with ledger.read() as tx:
            unknown = unknown_sends(tx, limit=1, report_id=person.report.id) if person.report is not None else []
    report = _report(person, address)
    if as_json:
        known = unknown_send_row(unknown[0]) if unknown else None
        print_json({"report": report or None, "timeline": [asdict(step) for step in person.steps], "unknown": known})
        return
    for name, value in _in_words(report).items():
        stdout.print(f"{name.replace('_', ' '):<12} {escape(str(value))}")
    if person.report is None:
        stdout.print("no report is owed to this person")
    if unknown:
        print_unknown_sends(unknown)
    print_rows(
        [_row(step) for step in person.steps], ("at", "what", "detail"), Format.TABLE, empty="", title="\ntimeline"
    )


def _find(ledger: Ledger, settings: Settings, which: str, actor: str) -> Person:
    if which.isascii() and which.isdigit():
        person = people.find_person_of_report(ledger, int(which)) if int(which) <= MAX_ID else None
        problem = f"there is no report {which}; `worker log` lists them"
    else:
        person = people.find_person(ledger, looked_up(ledger, settings, only_address(which), actor=actor))
        problem = "nothing was ever received from this address"
    if person is None:
        raise NotFound(problem)
    return person


def _report(person: Person, address: str | None) -> dict[str, Any]:
    """The report's facts that are known, codes as codes; empty where no report is owed."""
    report = person.report
    if report is None:
        return {}
    facts = {
        "report": report.id,
        "address": address or person.address if report.has_address else "(erased)",
        "role": report.role,
        "state": report.state,
        "reason": report.reason,
        "reason_text": reason_words(report.reason) or None,
        "reason_detail": report.reason_text,
        "feedback": report.feedback,
        "sent_at": report.sent_at,
        "letter_said": person.letter.said if person.letter is not None and person.letter.left is not Left.NO else None,
        "not_before": report.not_before if report.state == ReportState.READY else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _in_words(report: Mapping[str, Any]) -> dict[str, Any]:
    """The facts for people: each code in words, each moment to the second, the reason on one line."""
    words: dict[str, Callable[[Any], str]] = {
        "role": role_words,
        "state": state_words,
        "feedback": feedback_words,
        "sent_at": timestamp,
        "not_before": timestamp,
    }
    shown = {name: words[name](value) if name in words else value for name, value in report.items()}
    reason = ": ".join(shown.pop(name) for name in ("reason_text", "reason_detail") if name in shown)
    return {**shown, "reason": reason} if reason else shown


def _row(step: Step) -> dict[str, Any]:
    facts = {name: reason_words(value) if name == "reason" else value for name, value in step.detail.items()}
    detail = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    return {"at": step.at, "what": step_words(step.what), "detail": detail}
