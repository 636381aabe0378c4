"""From a report to subject, HTML and text. Templates are compiled, and proved to render, once per process."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import traceback
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError

from worker import content
from worker.content.tree import content_of
from worker.letter import every_branch
from worker.letter import palette as palette_module
from worker.letter import theme as theme_module
from worker.letter.inliner import inline_template
from worker.letter.key_links import with_untracked_keys
from worker.letter.line_marks import with_line_marks
from worker.letter.long_words import for_html
from worker.letter.macro_calls import without_macro_calls
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.sources import TemplateSource, read_source
from worker.letter.template_names import LOOP_ATTRIBUTES, check_names
from worker.letter.template_rules import check_html, check_jinja
from worker.letter.theme import Theme, built_in_theme
from worker.letter.theme_values import with_theme
from worker.letter.urls import Url, without_scheme
from worker.letter.wrapping import wrap
from worker.report.report import Report

_FOLDER = Path("email", "report")
_FILES = ("body.html", "body.txt")
_VARIABLES = frozenset({"content", "context", "theme"})
_OTHER_ATTRIBUTES = frozenset({"value", "next", "current", "reset"})
"""Of an enumeration, and of Jinja's cycler."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled template, and the source whose lines its messages name."""

    template: Template
    source: TemplateSource
    environment: Environment

    def run(self, names: dict[str, Any]) -> str:
        """The rendered part. Raises TemplateError, which names file and line, if an expression fails."""
        try:
            return self.template.render(names)
        except Exception as error:
            raise self.source.error(self._failing_line(names), f"{type(error).__name__}: {error}") from error

    def _failing_line(self, names: dict[str, Any]) -> int:
        """The line of the source at which rendering fails; inlining has moved the lines of the template."""
        try:
            self.environment.from_string(self.source.text).render(names)
        except Exception as error:  # noqa: BLE001 - as above
            frames = traceback.extract_tb(error.__traceback__)
            return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == "<template>"), 1)
        return 1


class Renderer:
    """Renders letters from the templates under `templates`/email/report, or those of the theme where it has its own.

    Without a theme, the built-in one. `version` is a short hash of sources and theme. Raises TemplateError, which names
    file and line, if a template is missing, does not compile, cannot be inlined, or uses a variable or attribute that
    the letter does not have, on any branch. `marked` letters say which line gave each part of their HTML.
    """

    def __init__(self, templates: Path, theme: Theme | None = None, *, marked: bool = False) -> None:
        self.theme = theme or built_in_theme(templates)
        sources = read_sources(templates, self.theme)
        written = "\0".join([*(sources[name].text for name in _FILES), self.theme.content])
        self.version = hashlib.sha256(written.encode("utf-8")).hexdigest()[:12]
        html, text = letter_environment(html=True), letter_environment(html=False)
        for name in _FILES:
            check_names(html if name == "body.html" else text, sources[name], _VARIABLES, _attribute_names())
        source = ready_to_inline(sources["body.html"], html, self.theme)
        inlined = inline_template(with_line_marks(source, html) if marked else source, html)
        self._html = _Part(_compile(html, TemplateSource.of(inlined)), source, html)
        self._text = _Part(_compile(text, sources["body.txt"]), sources["body.txt"], text)
        for report in every_branch.REPORTS:
            for context in every_branch.CONTEXTS:
                self.render(report, context)

    def render(self, report: Report, context: LetterContext) -> RenderedLetter:
        """The letter. The same input gives the same bytes."""
        tree = content_of(report)
        names: dict[str, Any] = {"content": tree, "context": with_urls(context), "theme": self.theme}
        return RenderedLetter(
            subject=tree.subject,
            html=self._html.run(names),
            text=wrap(self._text.run(names)),
        )


def letter_environment(*, html: bool) -> Environment:
    """Jinja for the HTML part (escaping), or for the text part (plain, where escaping would show)."""
    environment = Environment(
        autoescape=html,  # noqa: S701 - off for plain text only
        undefined=StrictUndefined,
        finalize=for_html if html else None,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["address"] = without_scheme
    return environment


def read_sources(templates: Path, theme: Theme) -> dict[str, TemplateSource]:
    """The letter's templates by name, each file from the theme if it has one. Raises TemplateError."""
    folders = [theme.folder / _FOLDER, templates / _FOLDER]
    sources = {name: read_source(folders, name) for name in _FILES}
    for source in sources.values():
        check_jinja(source, letter_environment(html=False))
    check_html(sources["body.html"])
    return sources


def ready_to_inline(source: TemplateSource, environment: Environment, theme: Theme) -> TemplateSource:
    """The HTML template with the theme's values in it, and `ses:no-track` on links that are keys."""
    return with_theme(with_untracked_keys(source), environment, theme)


def _compile(environment: Environment, source: TemplateSource) -> Template:
    try:
        code = environment.compile(without_macro_calls(environment.parse(source.text)))
        return Template.from_code(environment, code, dict(environment.globals))
    except TemplateSyntaxError as error:
        raise source.error(error.lineno, str(error.message)) from None


def _attribute_names() -> frozenset[str]:
    """Every attribute of a block, a line, the theme or the letter's context."""
    names = {*LOOP_ATTRIBUTES, *_OTHER_ATTRIBUTES}
    names.update(field.name for field in fields(LetterContext))
    blocks = pkgutil.iter_modules(content.__path__, f"{content.__name__}.")
    for module in (palette_module, theme_module, *(importlib.import_module(block.name) for block in blocks)):
        for kind in vars(module).values():
            if isinstance(kind, type) and is_dataclass(kind):
                names.update(field.name for field in fields(kind))
                names.update(key for key, member in vars(kind).items() if isinstance(member, property))
    return frozenset(names)


def with_urls(context: LetterContext) -> LetterContext:
    return replace(
        context,
        public_url=Url(context.public_url),
        unsubscribe_url=Url(context.unsubscribe_url),
        report_url=Url(context.report_url),
        forget_url=Url(context.forget_url),
        page_url=Url(context.page_url) if context.page_url else None,
    )


__all__ = ["LetterContext", "RenderedLetter", "Renderer"]
