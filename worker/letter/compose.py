"""Composing one letter: render it, write its bytes, check it, all before there is an attempt to send it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from worker.errors import LetterError
from worker.letter.lint import lint_reader
from worker.letter.mime import MessageHeaders, build_message
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.renderer import Renderer
from worker.report.measures import Index
from worker.report.reading import TitleKind
from worker.report.report import Report

_SINGLE = (TitleKind.ROLE, TitleKind.OCCUPATION)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, and the versions it was made from. `sha256` covers subject, HTML and text, but no date and no id."""

    recipient: str
    """The address in the form for SMTP: its domain in IDNA."""
    subject: str
    html: str
    text: str
    message: bytes
    sha256: str
    kind: TitleKind
    """What the reader's title was read as: a role, an occupation, a family, or none of these."""
    role_slug: str | None
    """The role's slug or the occupation's O*NET-SOC code; None for the other kinds."""
    title: str
    """What the reader's title was read as."""
    index: Index
    catalogue_version: str
    template_version: str


def compose(renderer: Renderer, report: Report, context: LetterContext, headers: MessageHeaders) -> Letter:
    """The letter for one report, from templates that `check_templates` has found fit.

    Raises LetterError, which lists every problem, if no reader should see it.
    """
    rendered = renderer.render(report, context)
    message = build_message(rendered, headers)
    problems = lint_reader(rendered, message, context, renderer.theme)
    if problems:
        raise LetterError("; ".join(problem.text for problem in problems))
    return Letter(
        recipient=headers.recipient.ascii,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        message=message,
        sha256=content_hash(rendered),
        kind=report.kind,
        role_slug=report.role.slug if report.role and report.kind in _SINGLE else None,
        title=report.role_title,
        index=report.index,
        catalogue_version=report.catalogue_version,
        template_version=renderer.version,
    )


def content_hash(letter: RenderedLetter) -> str:
    """The SHA-256 of everything the reader sees, in hex."""
    parts = (letter.subject.encode("utf-8"), letter.html_octets, letter.text_octets)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
