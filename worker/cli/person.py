"""Find a person by an address in any spelling."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from typing import Annotated

import typer

from worker.errors import InvalidSignup
from worker.intake.identity import Identity, read_address
from worker.ledger.store import Ledger
from worker.operations import send_log
from worker.settings import Settings

STANDARD_INPUT = "-"
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address, in any spelling.")]


def recipient_key_of(settings: Settings, email: str) -> str:
    """The key under which the ledger knows this person. Raises BadParameter where it is not an address."""
    try:
        return Identity(settings.identity_secret).recipient_key(read_address(email))
    except InvalidSignup as error:
        raise typer.BadParameter(str(error)) from None


def mailboxes(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The number of each line that is not empty, and the address in it: alone, or as `Name <address>`."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, parseaddr(line.strip())[1] or line.strip()


def looked_up(ledger: Ledger, settings: Settings, email: str, *, actor: str) -> str:
    """The key of this person, recorded as a search by address. Raises BadParameter where it is not an address.

    `-` stands for the first line of standard input: an argument can be read in the list of processes.
    """
    email = sys.stdin.readline().strip() if email == STANDARD_INPUT else email
    try:
        return send_log.look_up(ledger, Identity(settings.identity_secret), email, actor=actor)
    except InvalidSignup as error:
        raise typer.BadParameter(str(error)) from None
