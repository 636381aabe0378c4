"""`worker log`: the send log, newest first."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from worker.cli.completion import complete_role
from worker.cli.console import Format, print_rows, stderr, utc
from worker.cli.on_record import Actor, reading_actor
from worker.cli.person import looked_up, only_address
from worker.cli.resources import opened_to_read, settings_for_command
from worker.cli.role_option import slugs_read_as
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.letter_results import LetterResult
from worker.ledger.lifecycle import ReportState
from worker.ledger.log_filter import DatedBy, LogFilter, domain_of
from worker.ledger.outcomes import Outcome
from worker.ledger.send_log import TABLE_COLUMNS
from worker.operations import send_log
from worker.operations.send_log import Page

TABLE_ROWS = 100  # of the table; an export has every row
_EXPORTS = {Format.CSV: send_log.export_csv, Format.JSON: send_log.export_json}


def log(
    state: Annotated[ReportState | None, typer.Option(help="Only reports in this state.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only signups with this outcome.")] = None,
    role: Annotated[
        str | None,
        typer.Option(
            help="Only this role: a slug, or words, read as a signup's title is.", autocompletion=complete_role
        ),
    ] = None,
    page: Annotated[str | None, typer.Option(help="Only signups on this page of the website.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only this campaign.")] = None,
    domain: Annotated[str | None, typer.Option(help="Only addresses at this domain.")] = None,
    letter: Annotated[LetterResult | None, typer.Option(help="Only letters with this result.")] = None,
    feedback: Annotated[FeedbackKind | None, typer.Option(help="Only letters whose latest SES event is this.")] = None,
    since: Annotated[datetime | None, typer.Option(help="At or after this moment, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this moment, UTC.")] = None,
    dated_by: Annotated[
        DatedBy, typer.Option(help="Which date --since and --until mean: of signing up, or of sending.")
    ] = DatedBy.SIGNED_UP,
    email: Annotated[
        str | None,
        typer.Option(
            help="Only this person, by any spelling of the address; - reads it from standard input. Recorded."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"At most this many signups, the newest. Default: {TABLE_ROWS} as a table, else all."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = Format.TABLE,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show addresses in clear. Recorded.")] = False,
    actor: Actor = None,
) -> None:
    """List signups, newest first, with what became of each.

    Filters combine: a signup is listed if it matches all of them. csv and json list every matching signup; each such
    export is recorded in the audit trail.

    Example: `worker log --role ml-engineer --state sent --since 2026-11-01 --format csv`
    """
    settings, who = settings_for_command(), reading_actor(actor)
    with opened_to_read(settings) as ledger:
        which = LogFilter(
            state=state, outcome=outcome, role=role, role_slugs=slugs_read_as(role), page=page,
            campaign=campaign, domain=domain_of(domain) if domain else None, letter=letter, feedback=feedback,
            since=utc(since), until=utc(until), dated_by=dated_by,
            recipient_key=looked_up(ledger, settings, only_address(email), actor=who) if email else None,
        )  # fmt: skip
        if form in _EXPORTS:
            for part in _EXPORTS[form](ledger, which, actor=who, in_clear=unmask, limit=limit):
                sys.stdout.write(part)
        elif unmask:
            listed = send_log.read_page_in_clear(ledger, which, limit=limit or TABLE_ROWS, actor=who)
            _print_table(listed, filtered=which != LogFilter())
        else:
            listed = send_log.read_page(ledger, which, limit=limit or TABLE_ROWS)
            _print_table(listed, filtered=which != LogFilter())


def _print_table(page: Page, *, filtered: bool) -> None:
    rows = [
        {column.header: column.text(entry.cells[column.name]) for column in TABLE_COLUMNS} for entry in page.entries
    ]
    headers = [column.header for column in TABLE_COLUMNS]
    empty = "No signups match these filters." if filtered else "No signups yet. `worker enqueue FILE` receives signups."
    print_rows(rows, headers, Format.TABLE, empty=empty)
    if page.more:
        shown = f"Only the newest {len(rows)} matching signups are shown."
        stderr.print(f"{shown} `--limit N` shows more; `--format csv` lists all.", soft_wrap=True)
