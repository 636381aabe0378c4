"""`worker user`: who may log in to the send log."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from worker.cli.console import Format, print_rows, stdout
from worker.cli.not_found import NotFound
from worker.cli.resources import opened_ledger, settings_for_command
from worker.ledger import users
from worker.ledger.audit import record_action
from worker.ledger.users import UserRole
from worker.passwords import MIN_PASSWORD_CHARS, Passwords

ACTOR = "command"
MAX_NAME_CHARS = 64

user = typer.Typer(
    name="user",
    help="Add, list and remove users of the send log.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[
        UserRole, typer.Option(help="viewer: look, with addresses masked; operator: also see addresses and act.")
    ] = UserRole.VIEWER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input, for scripts.")
    ] = False,
) -> None:
    """Add a user of the send log, or give one a new password and role; open sessions of that name end.

    Example: `worker user add maria --role operator`
    """
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise typer.BadParameter(f"expected 1 to {MAX_NAME_CHARS} characters without spaces around", param_hint="NAME")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked_password()
    if len(password) < MIN_PASSWORD_CHARS:
        raise typer.BadParameter(f"expected {MIN_PASSWORD_CHARS} characters or more", param_hint="password")
    if not password.isprintable():  # a form sends no control characters
        raise typer.BadParameter("expected letters, digits, signs and spaces alone", param_hint="password")
    password_hash = Passwords().hash(password)
    with opened_ledger(settings_for_command()) as ledger, ledger.write() as tx:
        users.put_user(tx, name, role, password_hash)
        record_action(tx, actor=ACTOR, action="user_added", detail={"user": name, "role": str(role)})
    stdout.print(f"{name} may log in as {role}")


@user.command("list")
def list_users(form: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = Format.TABLE) -> None:
    """List the users of the send log.

    Example: `worker user list`
    """
    with opened_ledger(settings_for_command()) as ledger, ledger.read() as tx:
        rows = [
            {"name": found.name, "role": found.role, "changed_at": found.changed_at} for found in users.list_users(tx)
        ]
    print_rows(rows, ("name", "role", "changed_at"), form, empty="No users yet. `worker user add NAME` adds one.")


@user.command("remove")
def remove_user(name: Annotated[str, typer.Argument(help="Whose login ends.")]) -> None:
    """Remove a user of the send log; open sessions end at once.

    Example: `worker user remove maria`
    """
    with opened_ledger(settings_for_command()) as ledger, ledger.write() as tx:
        if not users.remove_user(tx, name):
            raise NotFound(f"there is no user {name}; `worker user list` names them")
        record_action(tx, actor=ACTOR, action="user_removed", detail={"user": name})
    stdout.print(f"{name} may not log in any more")


def _asked_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
