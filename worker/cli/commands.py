"""The table of commands, and the group that imports a command's module only when it runs.

`worker --help` prints the lines of this table and imports no command. A command lives in the module of its name, as a
function or a Typer application of that name.
"""

from __future__ import annotations

import gc
import importlib
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

COMMANDS = {  # name -> the first line of the command's own help, compared by a test
    "demo": "Send sample signups all the way to letters in `var/outbox`.",
    "run": "Receive signups and deliver reports, until stopped.",
    "serve": "Serve the form, the HTTP API, the send log and the metrics.",
    "enqueue": "Put signups from a file on the queue.",
    "status": "Show whether somebody must act, and what is in the ledger.",
    "log": "List signups, newest first, with what became of each.",
    "show": "Show the history of one report or of one person.",
    "read": "Show how a job title, tasks and skills are understood.",
    "preview": "Show the letter that a role and a profile would get.",
    "roles": "List the roles that reports can be made for.",
    "templates": "Check the letter's templates and theme.",
    "replay": "Put failed and quarantined reports back to be sent again.",
    "readmit": "Take back refusals of intake: an unknown role, a limit.",
    "resolve": "Decide what became of a send whose outcome is unknown.",
    "pause": "Stop all sending, on every machine.",
    "resume": "Let sending go on.",
    "suppress": "Never mail a person again.",
    "unsuppress": "Lift a person's suppression, here and on SES's own list.",
    "erase": "Erase a person's address, profile, source and raw feedback.",
    "restore-check": "Check for a restored backup of the ledger, and declare one.",
    "migrate": "Bring the ledger to this version's schema.",
    "sweep": "Do one sweep now: wake due reports, recover stale ones.",
    "recount": "Count every row of the ledger, and compare with the counts that are kept.",
    "doctor": "Check everything that sending needs, and say what to fix.",
    "canary": "Sign up SES's simulator like a reader, and wait for the delivery.",
    "installation": "Show what the ledger is pinned to, and take over a Redis for it.",
    "user": "Add, list and remove users of the send log.",
}


class LazyGroup(TyperGroup):
    """Lists COMMANDS without importing them; imports the one that runs."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, short_help=line) for name, line in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """The command that `args` begin with, imported, and the arguments left for it."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, load_command(str(listed.name)) if listed else None, rest


def load_command(name: str) -> Any:
    """Import the command of this name."""
    word = name.replace("-", "_")
    gc.disable()  # imports make many objects and little garbage
    try:
        found = getattr(importlib.import_module(f"worker.cli.{word}"), word)
    finally:
        gc.freeze()  # nor is there garbage among them later: looking for it, at the exit too, is a quarter of `status`
        gc.enable()
    if isinstance(found, typer.Typer):
        return get_command(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return get_command(alone)
