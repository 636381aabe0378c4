"""`worker templates`: whether letters can be made from the templates and the theme."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from worker.assets import templates_dir
from worker.boot.core import read_theme
from worker.cli.console import print_json, stdout
from worker.cli.resources import settings_for_command
from worker.errors import TemplateError, ThemeError
from worker.letter.theme import THEME_FILE, Theme
from worker.letter.workshop import check_templates, lines_never_tried
from worker.settings import Settings

LETTER = Path("email", "report")

templates = typer.Typer(
    name="templates", help="Check the letter's templates and theme.", add_completion=False, no_args_is_help=True,
    rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip


@templates.callback()
def _templates() -> None:
    """Check the letter's templates and theme."""


@templates.command()
def check(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A theme's folder, or a folder with email/report/; unset, WORKER_THEME."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check that letters can be made: sources, inlining, colours, and a letter of every kind, linted.

    Names the file, the line and what to write instead. What is dropped, or was not tried, is noted. The same check runs
    at every start and in `worker doctor`.

    Exit codes: 0 letters can be made, 1 a template or the theme is wrong.

    Example: `worker templates check`, `worker templates check ~/acorn-theme`
    """
    settings = settings_for_command()
    urls = {"public_url": settings.public_url, "service_url": settings.links_url}
    problem, notes, version = None, [], None
    try:
        theme = _theme(settings, directory)
        checked = check_templates(templates_dir(), theme, **urls)
        notes = [*checked.notes, *lines_never_tried(templates_dir(), theme, **urls)]
        version = checked.renderer.version
    except (TemplateError, ThemeError) as error:
        problem = str(error)
    if as_json:
        print_json({"ok": problem is None, "problem": problem, "notes": notes, "version": version})
    else:
        for note in notes:
            stdout.print(f"[yellow]look[/yellow]   {escape(note)}", soft_wrap=True)
        said = (
            f"[red]wrong[/red]  {escape(problem)}"
            if problem
            else f"[green]ok[/green]     letters can be made, version {version}"
        )
        stdout.print(said, soft_wrap=True)
    raise typer.Exit(1 if problem else 0)


def _theme(settings: Settings, directory: Path | None) -> Theme:
    """The theme of the folder to be checked: its own theme.toml, or else the settings' theme with its templates."""
    if directory is None:
        return read_theme(settings)
    folder = directory.resolve()
    if folder.parts[-2:] == LETTER.parts:
        folder = folder.parents[1]
    if (folder / THEME_FILE).is_file():
        return read_theme(replace(settings, theme=folder))
    if not (folder / LETTER).is_dir():
        raise typer.BadParameter(f"has neither {THEME_FILE} nor {LETTER}/", param_hint="DIR")
    return replace(read_theme(settings), folder=folder)
