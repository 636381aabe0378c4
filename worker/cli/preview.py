"""`worker preview`: the letter a person would get, or a gallery of them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.address import parse_address
from worker.assets import data_dir, templates_dir
from worker.boot.core import build_composer, build_links, read_catalogue, read_templates, read_theme, sender_of
from worker.cli.completion import complete_role
from worker.cli.console import stderr, stdout
from worker.cli.not_found import NotFound
from worker.cli.person import only_address
from worker.cli.plans import progress
from worker.cli.profile_file import read_profile
from worker.cli.resources import settings_for_command
from worker.delivery.composer import Reader, Uncomposable
from worker.errors import LetterError
from worker.intake.identity import read_address
from worker.ledger.attempts import ProfileUse
from worker.letter.compose import Letter
from worker.letter.gallery import gallery_files, load_gallery, write_gallery
from worker.letter.mime import MessageHeaders
from worker.letter.rendered_letter import LetterContext
from worker.plain_text import single_line
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile
from worker.report.report import Report
from worker.report.your_work import is_your_work
from worker.settings import Settings

PREVIEW_ATTEMPT = "0" * 32
PREVIEW_TOKEN = "0" * 22
"""In the links of a preview: no report has this token."""


def preview(
    role: Annotated[
        str, typer.Argument(help="A role's slug, or a job title as people write it.", autocompletion=complete_role)
    ] = "",
    profile: Annotated[
        Path | None, typer.Option(help="JSON file with tasks, skills and experience_years, as in the signup contract.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for letter.eml, letter.html and letter.txt.")] = None,
    email: Annotated[
        str, typer.Option(help="The reader's address, for To; - reads it from standard input.")
    ] = "reader@example.com",
    gallery: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write letters of every level of personalisation, with an index page."),
    ] = None,
) -> None:
    """Show the letter that a role and a profile would get.

    Nothing is recorded and nothing is sent.

    Exit codes: 0 done, 2 the profile cannot be read, 3 no such role.

    Example: `worker preview ml-engineer --profile me.json --out letter`, or `worker preview --gallery letters`
    """
    settings = settings_for_command()
    catalogue, matcher = read_catalogue()
    if gallery is not None:
        _write_gallery(settings, catalogue, matcher, gallery)
        return
    if not role:
        raise typer.BadParameter("name a role, or use --gallery DIR", param_hint="ROLE")
    role_text, title = single_line(role), matcher.read_title(role)
    task_profile = EMPTY_PROFILE if profile is None else read_profile(profile)
    if not title.known and not is_your_work(matcher, task_profile.tasks):
        near = f"did you mean {', '.join(title.candidates)}?" if title.candidates else "`worker roles` lists them"
        raise NotFound(f"no role is called {role_text!r}: {near}")
    address = read_address(only_address(email))
    composer = build_composer(settings)
    reader = Reader(PREVIEW_TOKEN, address.given, role_text, title.slug, task_profile.to_json())
    composed = composer.compose(reader, attempt_id=PREVIEW_ATTEMPT, date=datetime.now(UTC))
    if isinstance(composed, Uncomposable):
        raise LetterError(composed.problem)
    if composed.profile_use is not ProfileUse.FULL:
        stderr.print(f"no letter can be made with this profile; this is the letter without it: {composed.profile_use}")
    letter = composed.letter
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


def _write_gallery(settings: Settings, catalogue: Catalogue, matcher: Matcher, directory: Path) -> None:
    signups, now = load_gallery(data_dir()), datetime.now(UTC)
    with progress("composing", len(signups)) as advance:

        def report_for(role: str, profile: TaskProfile) -> Report:
            advance(1)
            return assemble_report(
                catalogue, matcher, role_slug=role, role_text=single_line(role), profile=profile, today=now.date()
            )

        theme = read_theme(settings)
        sender = sender_of(settings, theme)
        links = build_links(settings)
        context = LetterContext(
            public_url=sender.public_url,
            unsubscribe_url=links.unsubscribe(PREVIEW_TOKEN),
            report_url=links.report(PREVIEW_TOKEN),
            forget_url=links.forget(PREVIEW_TOKEN),
            postal_address=sender.postal_address,
            sender_name=sender.name,
        )
        headers = MessageHeaders(
            sender=sender.header,
            recipient=parse_address("reader@example.com"),
            date=now,
            rfc_message_id=f"<gallery@{sender.domain}>",
            unsubscribe_url=context.unsubscribe_url,
            unsubscribe_mailto=sender.unsubscribe_mailto,
            reply_to=sender.reply_to,
        )
        files = gallery_files(signups, report_for, read_templates(settings, theme), templates_dir(), context, headers)
    write_gallery(directory, files)
    stdout.print(f"{len(signups)} letters; open {directory / 'index.html'}")
