"""Who acts and why: the options of every command that changes something. Both are recorded in `audit`."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from worker.settings import load_settings

Actor = Annotated[
    str | None, typer.Option("--actor", help="Who does this, for the record; else WORKER_ACTOR, else USER.")
]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, for the record.")]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """Who acts, and why."""

    actor: str
    reason: str


def on_record(actor: str | None, reason: str | None) -> OnRecord:
    """Who acts and why. A terminal is asked for what is missing; without a terminal that is a usage error."""
    return OnRecord(actor=required_actor(actor), reason=_given(reason) or asked("--reason", "Why? For the record"))


def on_record_after_plan(actor: str | None, reason: str | None) -> Callable[[], OnRecord]:
    """Who acts and why, asked on a terminal only once the plan is shown and has something to do."""
    if sys.stdin.isatty():
        return partial(on_record, actor, reason)
    record = on_record(actor, reason)
    return lambda: record


def required_actor(actor: str | None) -> str:
    """Who acts: the option, else WORKER_ACTOR, else USER. A terminal is asked; without one that is a usage error."""
    return _named(actor) or asked("--actor", "Who are you? For the record")


def reading_actor(actor: str | None) -> str:
    """Who reads addresses: as above, else the login name, else the user id. A read asks nothing."""
    if named := _named(actor):
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return f"user id {os.getuid()}"


def _named(actor: str | None) -> str | None:
    given = (actor, load_settings().actor, os.environ.get("USER"))
    return next(filter(_given, given), None)


def _given(value: str | None) -> str | None:
    return value if value and value.strip() else None


def asked(option: str, question: str) -> str:
    """The answer of a terminal to what a missing option would have said; without a terminal that is a usage error."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("is required: it goes on the record", param_hint=option)
    return str(typer.prompt(question, err=True))
