"""`worker`: the Typer application, and how an error becomes a message and an exit code.

Exit codes: 0 done, 1 something needs attention, 2 the command or a setting was wrong, 3 not found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from worker.cli.commands import LazyGroup
from worker.cli.console import stderr, stdout
from worker.cli.not_found import NOT_FOUND, NotFound
from worker.errors import (
    CatalogueError,
    ConfigurationError,
    LedgerUnavailable,
    QueueUnavailable,
    TemplateError,
    ThemeError,
    WorkerError,
)

_AWAY: dict[type[WorkerError], str] = {  # which setting to look at
    LedgerUnavailable: "DATABASE_URL: the ledger does not answer: ",
    QueueUnavailable: "REDIS_URL: Redis does not answer: ",
}

app = typer.Typer(
    name="worker",
    cls=LazyGroup,
    help="One signup in, one exposure report out: once, never twice, never lost.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from worker.version import installed_version  # noqa: PLC0415 - no other command needs it

        stdout.print(installed_version(), highlight=False)
        raise typer.Exit


@app.callback()
def _worker(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """One signup in, one exposure report out: once, never twice, never lost."""


def run(arguments: Sequence[str] | None = None) -> None:
    """The console script. Known errors are one line on stderr; only a bug shows a traceback."""
    os.umask(0o077)  # ledger, keys, spool, outbox and Redis' files are for this user alone
    try:
        app(args=arguments)
    except (ConfigurationError, CatalogueError, TemplateError, ThemeError) as error:
        stderr.print(f"[red]error[/red] {_escaped(error)}", soft_wrap=True)
        sys.exit(2)
    except NotFound as error:
        stderr.print(f"[red]error[/red] {_escaped(error)}", soft_wrap=True)
        sys.exit(NOT_FOUND)
    except WorkerError as error:
        stderr.print(f"[red]error[/red] {_AWAY.get(type(error), '')}{_escaped(error)}", soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output (head, less) has seen enough
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        stderr.print(f"[red]error[/red] {_escaped(f'{error.filename}: {error.strerror}')}", soft_wrap=True)
        sys.exit(1)


def _escaped(error: Exception | str) -> str:
    return str(error).replace("[", r"\[")
