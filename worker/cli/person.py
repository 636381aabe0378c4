"""Find a person by an address in any spelling, given as an argument or on standard input.

An argument can be read in the list of processes and in the shell's history, so every command that takes an address
takes `-` too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from worker.cli.console import stderr
from worker.cli.not_found import NotFound
from worker.errors import InvalidSignup
from worker.intake.address_repair import repair_address
from worker.intake.identity import Identity, read_address
from worker.ledger.store import Ledger
from worker.operations import send_log
from worker.settings import Settings

STANDARD_INPUT = "-"
Emails = Annotated[
    str, typer.Argument(metavar="EMAIL|-", help="The person's address, in any spelling; - reads one a line.")
]


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines of standard input went well, and how many did not."""

    well: int
    unwell: int


def recipient_key_of(settings: Settings, email: str) -> str:
    """The key under which the ledger knows this person. Raises BadParameter where it is not an address."""
    try:
        return Identity(settings.identity_secret).recipient_key(read_address(email))
    except InvalidSignup as error:
        raise typer.BadParameter(str(error)) from None


def only_address(given: str) -> str:
    """The address given; for `-` the first line of standard input, which a terminal is asked for."""
    if given != STANDARD_INPUT:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt("Address", err=True)).strip()
    return sys.stdin.readline().strip()


def act_for_each_line(act: Callable[[str], bool]) -> Lines:
    """Do something for the address of each line of standard input; it returns whether it went well.

    A line that is no address, or whose person is not found, is named, and the next follows.
    """
    results = []
    for number, address in _mailboxes(sys.stdin):
        try:
            results.append(act(address))
        except (typer.BadParameter, NotFound) as error:
            problem = error.message if isinstance(error, typer.BadParameter) else str(error)
            stderr.print(f"[red]line {number}[/red]: {problem}", soft_wrap=True)
            results.append(False)
    return Lines(sum(results), len(results) - sum(results))


def looked_up(ledger: Ledger, settings: Settings, email: str, *, actor: str) -> str:
    """The key of this person, recorded as a search by address. Raises BadParameter where it is not an address."""
    try:
        return send_log.look_up(ledger, Identity(settings.identity_secret), email, actor=actor)
    except InvalidSignup as error:
        raise typer.BadParameter(str(error)) from None


def all_looked_up(ledger: Ledger, settings: Settings, given: str, *, actor: str) -> tuple[str, ...]:
    """The key of the person given, or with `-` of each on standard input, each recorded as a search by address.

    Raises BadParameter, which names the line.
    """
    if given != STANDARD_INPUT:
        return (looked_up(ledger, settings, given, actor=actor),)
    keys = []
    for number, address in _mailboxes(sys.stdin):
        try:
            keys.append(looked_up(ledger, settings, address, actor=actor))
        except typer.BadParameter as error:
            raise typer.BadParameter(f"line {number}: {error.message}") from None
    return tuple(keys)


def _mailboxes(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The number of each line that is not empty, and the address in it: alone, or as `Name <address>`."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, repair_address(line)[0]
