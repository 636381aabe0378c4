"""`worker preview` and `worker roles`: what a reader would get, and which roles we know."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from worker.assets import data_dir
from worker.boot import build_composer
from worker.cli.console import Format, print_rows, stderr, stdout
from worker.cli.opening import settings_for_command
from worker.delivery.composer import Reader
from worker.delivery.unsubscribe import UnsubscribeLinks
from worker.intake.identity import Identity, read_address
from worker.intake.signup import SignupProfile, clean_text
from worker.letter.compose import Letter
from worker.report.catalog import Catalog, load_catalog
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile

PREVIEW_ATTEMPT = "0" * 32
ROLE_COLUMNS = ("slug", "title", "family", "index", "percentile", "tasks", "resilient", "skills")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(preview)
    app.command()(roles)


def preview(
    role: Annotated[str, typer.Argument(help="A role's slug, or a job title as people write it.")],
    profile: Annotated[
        Path | None, typer.Option(help="JSON file with tasks, skills and experience_years, as in the signup contract.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for letter.eml, letter.html and letter.txt.")] = None,
    email: Annotated[
        str, typer.Option(help="The reader's address, for To and the unsubscribe link.")
    ] = "reader@example.com",
) -> None:
    """Show the letter somebody with this role and profile would get. Nothing is recorded, nothing is sent.

    Example: `worker preview ml-engineer --profile me.json --out /tmp/letter`
    """
    settings = settings_for_command()
    catalog = load_catalog(data_dir())
    matcher = Matcher(catalog)
    role_text, match = clean_text(role), matcher.role(role)
    told = EMPTY_PROFILE if profile is None else _read_profile(profile)
    if match.slug is None and not any(matcher.task(item.task) for item in told.tasks):
        near = ", ".join(match.candidates) or "`worker roles` lists them"
        raise typer.BadParameter(f"no role is called {role_text!r} without doubt: {near}", param_hint="ROLE")
    address = read_address(email)
    composer = build_composer(settings, catalog, matcher, UnsubscribeLinks(settings.secret, settings.public_url))
    key = Identity(settings.identity_secret).recipient_key(address)
    reader = Reader(key, address.given, role_text, match.slug, told.to_json())
    letter = composer.compose(reader, attempt_id=PREVIEW_ATTEMPT, date=datetime.now(UTC))
    if out is None:
        sys.stdout.write(f"Subject: {letter.subject}\n\n{letter.text}")
    else:
        _write(letter, out)


def _write(letter: Letter, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "letter.eml").write_bytes(letter.message)
    (out / "letter.html").write_text(letter.html, encoding="utf-8")
    (out / "letter.txt").write_text(letter.text, encoding="utf-8")
    stdout.print(f"{letter.subject}\n{out}/letter.eml letter.html letter.txt")


def _read_profile(path: Path) -> TaskProfile:
    try:
        return SignupProfile.model_validate_json(path.read_bytes()).task_profile()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--profile") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "(all)"
        raise typer.BadParameter(f"{path}: {field}: {first['msg']}", param_hint="--profile") from None


def roles(
    search: Annotated[
        str | None, typer.Option(help="Only the role this job title means, or roles that contain it.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = Format.TABLE,
) -> None:
    """List the roles we can report on, with the index and the percentile among jobs of each.

    Example: `worker roles --search "Sr. ML Eng"`
    """
    settings_for_command()
    catalog = load_catalog(data_dir())
    chosen = sorted(catalog.roles) if search is None else _found(catalog, search)
    rows = [_role_row(catalog, slug) for slug in chosen]
    print_rows(
        rows, ROLE_COLUMNS, form, empty="No role matches. A signup with this title gets the outcome unknown_role."
    )
    if form is Format.TABLE and rows:
        stderr.print(f"{len(rows)} of {len(catalog.roles)} roles, catalogue {catalog.version}")


def _found(catalog: Catalog, search: str) -> list[str]:
    match = Matcher(catalog).role(search)
    if match.slug is not None:
        return [match.slug]
    needle = search.casefold()
    contain = [
        role.slug for role in catalog.roles.values() if needle in " ".join((role.title, *role.aliases)).casefold()
    ]
    return list(dict.fromkeys([*match.candidates, *sorted(contain)]))


def _role_row(catalog: Catalog, slug: str) -> dict[str, object]:
    role = catalog.roles[slug]
    index, percentile = role.summary.index, role.summary.percentile
    return {
        "slug": slug,
        "title": role.title,
        "family": role.summary.family,
        "index": f"{index.value} ({index.low}-{index.high})",
        "percentile": f"{percentile.low}-{percentile.high}",
        "tasks": len(role.tasks),
        "resilient": sum(catalog.tasks[task.task].rating.resilient for task in role.tasks),
        "skills": len(role.skills),
    }
