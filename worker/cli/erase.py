"""`worker erase`: erase a person."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from worker.boot.core import build_eraser
from worker.cli.console import counted, stderr, stdout
from worker.cli.not_found import NotFound
from worker.cli.on_record import Actor, OnRecord, Reason, on_record
from worker.cli.person import STANDARD_INPUT, Emails, act_for_each_line, recipient_key_of
from worker.cli.resources import opened_ledger, settings_for_command
from worker.cli.services import opened_redis
from worker.masking import mask_address
from worker.privacy.eraser import ErasedEverywhere, Eraser
from worker.redis_queues import open_redis
from worker.settings import Settings
from worker.times import timestamp


def erase(
    email: Emails,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Reason = "asked to be erased",
    actor: Actor = None,
) -> None:
    """Erase a person's address, profile, source and raw feedback.

    It cannot be undone. A report that waits is cancelled, a signup that waits on the queue is withdrawn. What stays is
    a keyed hash, so that the person never gets a second report, and what happened when. The files behind ledger and
    queue are written anew. If a letter is leaving at this moment, the command waits for it.

    With - it reads addresses from standard input, so that none stands in the shell's history.

    Exit codes: 0 done, 1 a letter that was begun may still arrive at SES or a file may still hold the address (it names
    what, and until when), or a line is no address, 3 no signup from this address.

    Example: `worker erase ada@example.com`, `worker erase - --yes < addresses.txt`
    """
    record = on_record(actor, reason)
    settings = settings_for_command()
    if email == STANDARD_INPUT:
        raise typer.Exit(0 if _erase_each(settings, record, yes=yes) else 1)
    recipient_key_of(settings, email)  # before anybody is asked
    _confirm(f"Erase {mask_address(email)}? This cannot be undone.", yes=yes)
    with _opened(settings) as eraser:
        done = _erase(eraser, settings, email, record)
    if not done.known and done.confirmed:
        raise NotFound("nothing was ever received from this address")
    _print_erased(done)
    raise typer.Exit(0 if done.confirmed else 1)


def _erase_each(settings: Settings, record: OnRecord, *, yes: bool) -> bool:
    """Erase each person of standard input; whether every line was an address and every erasure is confirmed."""
    _confirm("Erase every address of standard input? This cannot be undone.", yes=yes)
    with _opened(settings) as eraser:

        def erase_line(address: str) -> bool:
            done = _erase(eraser, settings, address, record)
            stdout.print(f"{mask_address(address)}:{'' if done.known else ' nothing was ever received'}")
            if done.known or done.left:
                _print_erased(done)
            return done.confirmed

        return act_for_each_line(erase_line).unwell == 0


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Eraser]:
    with opened_ledger(settings) as ledger, opened_redis(settings) as redis_url:
        yield build_eraser(settings, ledger, open_redis(redis_url))


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("needed where there is no terminal to ask on", param_hint="--yes")
    typer.confirm(question, abort=True, err=True)


def _erase(eraser: Eraser, settings: Settings, email: str, record: OnRecord) -> ErasedEverywhere:
    key = recipient_key_of(settings, email)
    wait_s = settings.ses_connect_timeout_s + settings.ses_read_timeout_s  # a send that goes well takes no longer
    with stderr.status("erasing; a letter or a signup under way is waited for"):
        return eraser.erase(key, addresses=[email], actor=record.actor, reason=record.reason, wait_s=wait_s)


def _print_erased(done: ErasedEverywhere) -> None:
    ledger = done.ledger
    erased = [(ledger.signups, "signup"), (len(ledger.reports), "report"), (ledger.events, "raw event")]
    erased += [(count, noun) for count, noun in ((done.letters, "letter"), (done.queued, "queued signup")) if count]
    stdout.print("erased: " + ", ".join(counted(count, noun) for count, noun in erased))
    for report_id in ledger.cancelled:
        stdout.print(f"report {report_id} is cancelled")
    if done.confirmed:
        stdout.print("confirmed: no letter can leave for this person any more, and no file of ours holds the address")
    if done.may_leave_until is not None:
        stdout.print(
            "[yellow]not confirmed yet[/yellow]: a letter was begun before, and its outcome is not known. It may still "
            f"arrive at SES until {timestamp(done.may_leave_until)} UTC; run this again then.",
            soft_wrap=True,
        )
    for place in done.left:
        stdout.print(f"[yellow]not confirmed yet[/yellow]: what was received may still be in {place}.", soft_wrap=True)
