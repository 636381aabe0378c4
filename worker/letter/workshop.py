"""Whether letters can be made from the templates: what `worker templates check`, `worker doctor` and every start run.

The templates are read, inlined and compiled; a letter is made for each report that takes another branch, and linted. So
what would be refused when a reader's letter is made is refused here, with file, line and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from worker.address import parse_address
from worker.errors import TemplateError
from worker.letter import every_branch
from worker.letter.jinja_pieces import swap
from worker.letter.line_marks import line_of, line_of_words, lines_in, with_line_marks
from worker.letter.lint import lint_letter
from worker.letter.lint_html import Problem
from worker.letter.mime import MessageHeaders, build_message
from worker.letter.parity import missing_words
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.renderer import Renderer, letter_environment, read_sources, ready_to_inline
from worker.letter.sources import TemplateSource
from worker.letter.style_check import check_styles
from worker.letter.theme import Link, SenderMark, Theme
from worker.letter.urls import Url
from worker.report.report import Report

_EXAMPLES = 5
_HTML = "body.html"
_TOKEN = "t" * 22


@dataclass(frozen=True, slots=True)
class Checked:
    """The renderer of templates that letters can be made from. `notes` name what is dropped or was not tried."""

    renderer: Renderer
    notes: tuple[str, ...]


def check_templates(templates: Path, theme: Theme, *, public_url: str, service_url: str) -> Checked:
    """The letter's templates, checked.

    Raises TemplateError, which names file, line and what to write instead, for the first thing that is wrong.
    """
    environment = letter_environment(html=True)
    source = ready_to_inline(read_sources(templates, theme)[_HTML], environment, theme)
    notes = check_styles(source, swap(source, environment).html)
    renderer = Renderer(templates, theme)
    for report, context in _probes(public_url, service_url):
        letter = renderer.render(report, context)
        if words := missing_words(letter):
            raise _of_words(source, Renderer(templates, theme, marked=True).render(report, context), words)
        if problem := _first_problem(letter, context, theme):
            raise _located(source, Renderer(templates, theme, marked=True).render(report, context), problem)
    return Checked(renderer, tuple(notes))


def lines_never_tried(templates: Path, theme: Theme, *, public_url: str, service_url: str) -> list[str]:
    """The lines of the HTML template that no letter of the check has: branches for readers that it does not know."""
    environment = letter_environment(html=True)
    source = ready_to_inline(read_sources(templates, theme)[_HTML], environment, theme)
    tried: set[int] = set()
    for variant in (theme, *_variants(theme, public_url)):
        renderer = Renderer(templates, variant, marked=True)
        for report, context in _probes(public_url, service_url):
            tried |= lines_in(renderer.render(report, context).html_octets)
    every = lines_in(with_line_marks(source, environment).text.encode())
    return [str(source.error(line, "no letter of this check has this line")) for line in sorted(every - tried)]


def _variants(theme: Theme, public_url: str) -> Iterator[Theme]:
    """The theme, and what another may have in its stead: an image or a text as the mark, and links."""
    link = Link("Link", Url(f"{public_url}/link"))
    for mark in (theme.mark, SenderMark("Mark"), SenderMark("Mark", Url(f"{public_url}/mark.png"), 32, 32)):
        yield replace(theme, mark=mark, links=(*theme.links, link), privacy=link, contact=link)


def _probes(public_url: str, service_url: str) -> Iterator[tuple[Report, LetterContext]]:
    for context in every_branch.CONTEXTS:
        ours = replace(
            context,
            public_url=public_url,
            unsubscribe_url=f"{service_url}/unsubscribe/{_TOKEN}",
            report_url=f"{service_url}/report/{_TOKEN}",
            forget_url=f"{service_url}/report/{_TOKEN}#forget",
            page_url=f"{public_url}/outlook/role" if context.page_url else None,
        )
        for report in every_branch.REPORTS:
            yield report, ours


def _first_problem(letter: RenderedLetter, context: LetterContext, theme: Theme) -> Problem | None:
    headers = MessageHeaders(
        sender="Sender <sender@example.com>",
        recipient=parse_address("reader@example.com"),
        date=datetime(2026, 1, 1, tzinfo=UTC),
        rfc_message_id="<check@example.com>",
        unsubscribe_url=context.unsubscribe_url,
    )
    return next(iter(lint_letter(letter, build_message(letter, headers), context, theme)), None)


def _of_words(source: TemplateSource, letter: RenderedLetter, words: list[str]) -> TemplateError:
    problem = (
        f"parity: the text part lacks the words {', '.join(words[:_EXAMPLES])}: write them in body.txt too, or "
        'aria-hidden="true" where they only name a part of a picture'
    )
    line = line_of_words(letter.html, words)
    return source.error(line, problem) if line is not None else TemplateError(_HTML, problem)


def _located(source: TemplateSource, letter: RenderedLetter, problem: Problem) -> TemplateError:
    line = line_of(letter.html_octets, problem.evidence)
    if line is not None:
        return source.error(line, problem.text)
    part = {"text": "body.txt"}.get(problem.text.partition(":")[0], _HTML)
    return TemplateError(part, problem.text)
