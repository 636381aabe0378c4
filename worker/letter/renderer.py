"""From a report to subject, HTML and text. Templates are compiled, and proved to render, once per process."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, UndefinedError, meta, nodes

from worker.errors import TemplateError
from worker.letter import every_branch
from worker.letter import layout as layout_module
from worker.letter import palette as palette_module
from worker.letter import scale as scale_module
from worker.letter import theme as theme_module
from worker.letter.inliner import inline_template
from worker.letter.key_links import with_untracked_keys
from worker.letter.layout import DETAIL_LEVELS, DetailLevel, Layout, lay_out
from worker.letter.measures import GOOD_SUBJECT_CHARACTERS, SIZE_LIMIT_OCTETS, SUBJECT_LIMIT_CHARACTERS
from worker.letter.mime import quoted_printable
from worker.letter.rendered_letter import LetterContext, RenderedLetter
from worker.letter.sources import TemplateSource, read_source
from worker.letter.theme import Theme, built_in_theme
from worker.letter.theme_values import with_theme
from worker.letter.untrusted_text import Url, clip, defuse, for_html, for_text, without_scheme
from worker.letter.wrapping import wrap
from worker.report import report as report_module
from worker.report.report import Report

_FOLDER = Path("email", "report")
_FILES = ("subject.txt", "body.html", "body.txt")
_VARIABLES = frozenset({"report", "page", "context", "subject", "theme"})
_LOOP_ATTRIBUTES = frozenset({"first", "last", "index", "index0", "length"})


@dataclass(frozen=True, slots=True)
class _Templates:
    subject: Template
    html: Template
    text: Template


class Renderer:
    """Renders letters from the templates under `templates`/email/report, or those of the theme where it has its own.

    Without a theme, the built-in one. `version` is a short hash of sources and theme. Raises TemplateError, which names
    file and line, if a template is missing, does not compile, cannot be inlined, or uses a variable or attribute that
    the letter does not have, on any branch.
    """

    def __init__(self, templates: Path, theme: Theme | None = None) -> None:
        self.theme = theme or built_in_theme(templates)
        sources = {name: read_source([self.theme.folder / _FOLDER, templates / _FOLDER], name) for name in _FILES}
        written = "\0".join([*(sources[name].text for name in _FILES), self.theme.content])
        self.version = hashlib.sha256(written.encode("utf-8")).hexdigest()[:12]
        html, text = letter_environment(html=True), letter_environment(html=False)
        for name in _FILES:
            _check_names(html if name == "body.html" else text, sources[name])
        self._templates = _Templates(
            subject=_compile(text, sources["subject.txt"]),
            html=_compile(html, _inlined(sources["body.html"], html, self.theme)),
            text=_compile(text, sources["body.txt"]),
        )
        for report in every_branch.REPORTS:
            for context in every_branch.CONTEXTS:
                for detail in (DETAIL_LEVELS[0], DETAIL_LEVELS[-1]):
                    self._render(report, context, detail)

    def render(self, report: Report, context: LetterContext) -> RenderedLetter:
        """The letter with as much detail as fits the size limit. The same input gives the same bytes."""
        for detail in DETAIL_LEVELS:
            letter = self._render(report, context, detail)
            if _fits(letter):
                break
        return letter

    def _render(self, report: Report, context: LetterContext, detail: DetailLevel) -> RenderedLetter:
        names: dict[str, Any] = {"report": report, "page": lay_out(report, detail), "context": with_urls(context)}
        names["theme"] = self.theme
        subject = _pick_subject(_run(self._templates.subject, "subject.txt", names))
        names["subject"] = subject
        return RenderedLetter(
            subject=subject,
            html=_run(self._templates.html, "body.html", names),
            text=wrap(_run(self._templates.text, "body.txt", names)),
        )


def _fits(letter: RenderedLetter) -> bool:
    """Whether the HTML part keeps to the size limit. It is encoded only if an upper bound does not decide."""
    octets = letter.html_octets
    # Quoted-printable triples each `=` and each octet above 127, adds a CR to each LF, and three octets to each line of
    # 75. A character of n octets above 127 has n <= 2 * (n - 1), so these are at most 2 * (octets - characters).
    escaped = octets.count(b"=") + 2 * (len(octets) - len(letter.html))
    at_most = (len(octets) + 2 * escaped + octets.count(b"\n")) * 78 // 75 + 3
    return at_most <= SIZE_LIMIT_OCTETS or len(quoted_printable(letter.html)) <= SIZE_LIMIT_OCTETS


def letter_environment(*, html: bool) -> Environment:
    """Jinja for the HTML part (escaping), or for subject and text (plain, where escaping would show)."""
    environment = Environment(
        autoescape=html,  # noqa: S701 - off for plain text only
        undefined=StrictUndefined,
        finalize=for_html if html else for_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["address"] = without_scheme
    environment.filters["clip"] = clip
    environment.filters["defuse"] = defuse
    environment.filters["count"] = _count
    environment.filters["figure"] = _figure
    return environment


def _count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: 1 task, 3 tasks, no tasks."""
    if number == 1:
        return f"1 {singular}"
    return f"{number or 'no'} {plural or singular + 's'}"


def _figure(value: float) -> str:
    """A published mean, 0..1, with two decimals; halves are rounded up, as readers do it: 0.625 is 0.63."""
    return f"{math.floor(value * 100 + 0.5 + 1e-9) / 100:.2f}"


def _inlined(source: TemplateSource, environment: Environment, theme: Theme) -> TemplateSource:
    source = with_theme(with_untracked_keys(source), environment, theme)
    return TemplateSource.of(inline_template(source, environment))


def _compile(environment: Environment, source: TemplateSource) -> Template:
    try:
        return environment.from_string(source.text)
    except TemplateSyntaxError as error:
        raise source.error(error.lineno, str(error.message)) from None


def _check_names(environment: Environment, source: TemplateSource) -> None:
    """Raises TemplateError if the template uses an unknown variable or attribute, even on a branch never rendered."""
    try:
        tree = environment.parse(source.text)
        unknown = meta.find_undeclared_variables(tree) - _VARIABLES
    except TemplateSyntaxError as error:
        raise source.error(error.lineno, str(error.message)) from None
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            raise source.error(name.lineno, f"undefined variable {name.name}")
    known = _attribute_names()
    for node in tree.find_all(nodes.Getattr):
        if node.attr not in known:
            raise source.error(node.lineno, f"no value of the letter has an attribute {node.attr}")


def _attribute_names() -> frozenset[str]:
    names = set(_LOOP_ATTRIBUTES)
    for module in (report_module, layout_module, scale_module, palette_module, theme_module):
        for kind in vars(module).values():
            if isinstance(kind, type) and is_dataclass(kind):
                names.update(field.name for field in fields(kind))
                names.update(key for key, member in vars(kind).items() if isinstance(member, property))
    names.update(field.name for field in fields(LetterContext))
    names.add("value")
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


def _run(template: Template, name: str, names: dict[str, Any]) -> str:
    try:
        return template.render(names)
    except UndefinedError as error:
        raise TemplateError(name, str(error.message)) from None


def _pick_subject(rendered: str) -> str:
    """The template lists subjects in order of preference: the first of a good length, else the first acceptable one."""
    candidates = [line.strip() for line in rendered.splitlines() if line.strip()]
    good = [line for line in candidates if len(line) in GOOD_SUBJECT_CHARACTERS]
    acceptable = [line for line in candidates if len(line) <= SUBJECT_LIMIT_CHARACTERS]
    chosen = good or acceptable
    if not chosen:
        raise TemplateError("subject.txt", f"gives no subject of at most {SUBJECT_LIMIT_CHARACTERS} characters")
    return chosen[0]


__all__ = ["Layout", "LetterContext", "RenderedLetter", "Renderer"]
