"""`worker enqueue`: signups from a file onto the queue."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import track

from worker.broker import Queue, open_broker
from worker.cli.console import counted, stderr, stdout
from worker.cli.resources import opened_ledger, settings_for_command
from worker.cli.services import opened_redis
from worker.errors import InvalidSignup, UnreadableFile
from worker.intake.contract import read_signup
from worker.intake.queued import without_ip
from worker.intake.signup_file import FileSignup, read_signup_file
from worker.ledger.channels import Channel
from worker.operations.installation import require_ours
from worker.redis_owner import RedisOwner
from worker.redis_queues import open_redis
from worker.settings import Settings


def enqueue(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON lines, a JSON array, or CSV; - reads standard input.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check every signup; put nothing on the queue.")
    ] = False,
) -> None:
    """Put signups from a file on the queue.

    The file is JSON lines, a JSON array, or CSV with the columns email, role, and any of signup_id, page, campaign,
    consented_at, tasks ("Write code: 40; Meetings: 20"), skills ("Python; SQL"), experience_years. What cannot be read
    as any of them is refused whole.

    Every signup is checked and every problem named. Broken ones are queued as well, so that the ledger records them as
    invalid. With --dry-run, what the worker would repair, domains that look misspelt, roles that we do not know and ids
    that occur twice are named too.

    Exit codes: 0 done, 1 a signup is broken or, with --dry-run, would lead to no report, 2 the file cannot be read.

    Example: `worker enqueue --dry-run signups.csv`, then `worker enqueue signups.csv`
    """
    settings = settings_for_command()
    signups = _signups(file)
    if not signups:
        stdout.print(f"{file}: holds no signup, so there is nothing to do", markup=False, soft_wrap=True)
    elif dry_run:
        _check(signups)
    else:
        _enqueue(settings, signups)


def _signups(file: str) -> list[FileSignup]:
    try:
        return read_signup_file(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from None
    except UnreadableFile as error:
        name = "standard input" if file == "-" else file
        raise typer.BadParameter(f"{name} {error}. Nothing was queued", param_hint="FILE") from None


def _check(signups: Sequence[FileSignup]) -> None:
    from worker.assets import data_dir  # noqa: PLC0415 - only a check reads titles
    from worker.intake.file_check import FileCheck  # noqa: PLC0415
    from worker.report.catalogue_loading import load_catalogue  # noqa: PLC0415
    from worker.report.matching import Matcher  # noqa: PLC0415

    check, broken = FileCheck(Matcher(load_catalogue(data_dir()))), 0
    for each in _tracked(signups, "checking"):
        try:
            signup, repairs = read_signup(each.payload)
        except InvalidSignup as error:
            broken += 1
            _say(f"{each.where}: {error}")
        else:
            for note in check.notes(each.where, signup, repairs):
                _say(note)
    found = [f"{counted(check.unknown_roles, 'role')} unknown"] if check.unknown_roles else []
    found += [f"{counted(check.repeated_ids, 'id')} repeated"] if check.repeated_ids else []
    stdout.print(
        ", ".join([f"{counted(len(signups), 'signup')} checked", f"{broken or 'none'} of them broken", *found])
    )
    raise typer.Exit(1 if broken or found else 0)


def _enqueue(settings: Settings, signups: Sequence[FileSignup]) -> None:
    with ExitStack() as stack:
        ledger = stack.enter_context(opened_ledger(settings))
        client = open_redis(stack.enter_context(opened_redis(settings)))
        RedisOwner(client).claim(require_ours(ledger, settings).ledger_id)  # or another ledger would receive them
        queue, broken = Queue(open_broker(client)), 0
        for each in _tracked(signups, "enqueueing"):
            try:
                read_signup(each.payload)
            except InvalidSignup as error:
                broken += 1
                _say(f"{each.where}: {error}")
            # What is not UTF-8 stays so for the worker to refuse: it must not read as another text.
            queue.enqueue_signup(without_ip(each.payload.decode("utf-8", "surrogateescape")), channel=Channel.FILE)
    stdout.print(f"{counted(len(signups), 'signup')} enqueued, {broken or 'none'} of them broken")
    raise typer.Exit(1 if broken else 0)


def _tracked(signups: Sequence[FileSignup], doing: str) -> Iterable[FileSignup]:
    return track(signups, description=doing, console=stderr, disable=not stderr.is_terminal)


def _say(line: str) -> None:
    stderr.print(escape(line), soft_wrap=True)
