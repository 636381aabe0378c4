"""The theme's values written into a template before its styles are inlined.

The theme is the same for every letter of a process, so `{{ theme.… }}` may be where nothing that depends on the reader
may be: in a style block, in `class`, in the middle of a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from worker.letter.sources import TemplateSource
from worker.letter.theme import Theme

_STYLE = re.compile(r"(?P<open><style\b[^>]*>)(?P<css>.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_EXPRESSION = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{[-+]?(?P<code>.*?)[-+]?\}\}", re.DOTALL)
_ONLY = frozenset({"theme"})


def with_theme(source: TemplateSource, environment: Environment, theme: Theme) -> TemplateSource:
    """The template with its style blocks rendered, and each expression of the theme alone replaced by its value.

    Raises TemplateError, which names file and line, if a style block depends on anything but the theme.
    """
    source = source.replaced(_styles(source, environment.overlay(autoescape=False, keep_trailing_newline=True), theme))
    return source.replaced(_expressions(source, environment, theme))


def _styles(source: TemplateSource, environment: Environment, theme: Theme) -> Iterator[tuple[int, int, str]]:
    for block in _STYLE.finditer(source.text):
        css, (start, end) = block["css"], block.span("css")
        if not ("{{" in css or "{%" in css or "{#" in css):
            continue
        first = source.line_at(start)
        try:
            tree = environment.parse(css)
            other = meta.find_undeclared_variables(tree) - _ONLY
            template = environment.from_string(css)
        except TemplateSyntaxError as error:
            raise source.error(first + error.lineno - 1, f"in a style block: {error.message}") from None
        for name in tree.find_all(nodes.Name):
            if name.name in other:
                message = (
                    f"{name.name} is in a style block, which is the same for all letters: only theme.… is known there; "
                    f'write it in a style attribute, as style="width: {{{{ {name.name} }}}}%"'
                )
                raise source.error(first + name.lineno - 1, message)
        try:
            yield start, end, template.render(theme=theme)
        except Exception as error:
            raise source.error(first, f"in a style block: {type(error).__name__}: {error}") from error


def _expressions(source: TemplateSource, environment: Environment, theme: Theme) -> Iterator[tuple[int, int, str]]:
    for piece in _EXPRESSION.finditer(source.text):
        if piece["code"] is None or "theme" not in piece["code"]:
            continue
        code = piece.group()
        try:
            if meta.find_undeclared_variables(environment.parse(code)) == _ONLY:
                yield piece.start(), piece.end(), environment.from_string(code).render(theme=theme)
        except Exception as error:
            raise source.error(source.line_at(piece.start()), f"{code}: {type(error).__name__}: {error}") from error
