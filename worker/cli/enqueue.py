"""`worker enqueue`: signups from a file onto the queue."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.markup import escape
from rich.progress import track

from worker.broker import Queue, open_broker
from worker.cli.console import stderr, stdout
from worker.cli.resources import opened_ledger, settings_for_command
from worker.cli.services import opened_redis
from worker.errors import InvalidSignup
from worker.intake.address_typos import intended_address
from worker.intake.contract import Signup, read_signup
from worker.intake.queued import without_ip
from worker.ledger.channels import Channel
from worker.operations.installation import require_ours
from worker.redis_owner import RedisOwner
from worker.redis_queues import open_redis


def enqueue(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, one signup each; - reads standard input.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check every line; put nothing on the queue.")
    ] = False,
) -> None:
    """Put signups from a file on the queue.

    Every line is checked and every problem named. Broken lines are queued as well, so that the ledger records them as
    invalid. With --dry-run, what the worker would repair and domains that look misspelt are shown too.

    Exit codes: 0 done, 1 a line is broken, 2 the file cannot be read.

    Example: `worker enqueue signups.jsonl`
    """
    settings = settings_for_command()
    with ExitStack() as stack:
        lines = list(_lines(stack.enter_context(_opened(file))))
        queue = None
        if not dry_run:
            ledger = stack.enter_context(opened_ledger(settings))
            client = open_redis(stack.enter_context(opened_redis(settings)))
            RedisOwner(client).claim(require_ours(ledger, settings).ledger_id)  # or another ledger would receive them
            queue = Queue(open_broker(client))
        broken = 0
        for number, line in track(lines, description="enqueueing", console=stderr, disable=not stderr.is_terminal):
            broken += _enqueue_line(queue, number, line)
    done = "checked" if dry_run else "enqueued"
    stdout.print(f"{len(lines)} signup{'' if len(lines) == 1 else 's'} {done}, {broken or 'none'} of them broken")
    raise typer.Exit(1 if broken else 0)


def _enqueue_line(queue: Queue | None, number: int, line: bytes) -> bool:
    """Check and queue one line, as it is but for its IP address; True where it is broken.

    A check alone also shows what would be repaired.
    """
    problem: InvalidSignup | None = None
    try:
        signup, repairs = read_signup(line)
    except InvalidSignup as error:
        problem = error
        stderr.print(f"line {number}: {escape(str(error))}", soft_wrap=True)
    else:
        if queue is None:
            _show_repairs(number, signup, repairs)
    if queue is not None:
        # What is not UTF-8 stays so for the worker to refuse: it must not read as another text.
        queue.enqueue_signup(without_ip(line.decode("utf-8", "surrogateescape")), channel=Channel.FILE)
    return problem is not None


def _show_repairs(number: int, signup: Signup, repairs: tuple[str, ...]) -> None:
    if repairs:
        stderr.print(f"line {number}, repaired: {escape('; '.join(repairs))}", soft_wrap=True)
    intended = intended_address(signup.email)
    if intended is not None:
        domain = intended.rpartition("@")[2]
        stderr.print(f"line {number}, email: the domain may be a misspelling of {domain}", soft_wrap=True)


def _opened(file: str) -> BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from None


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(stream, start=1):
        signup = (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).strip()
        if signup:
            yield number, signup
