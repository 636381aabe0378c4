"""What a letter's template may not hold, and what to write instead. It is found in the source, before rendering."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

from worker.errors import TemplateError
from worker.letter.sources import TemplateSource

_JINJA_REMEDIES: tuple[tuple[type[nodes.Node], str, str], ...] = (
    (nodes.Import, "{% import %}", 'write {% include "part.html" %}: the macros of the part are known after it'),
    (nodes.FromImport, "{% from %}", 'write {% include "part.html" %}: the macros of the part are known after it'),
    (
        nodes.Include,
        "{% include %} of a name that is not a literal",
        'write {% if … %}{% include "a.html" %}{% else %}{% include "b.html" %}{% endif %}',
    ),
    (nodes.Extends, "{% extends %}", 'write {% include "head.html" %} and {% include "foot.html" %}'),
    (nodes.Block, "{% block %}", 'write {% include "part.html" %}; a theme can replace that part'),
    (nodes.ScopedEvalContextModifier, "{% autoescape %}", "leave it out: a reader's words must not become HTML"),
)
_FILTER_REMEDIES = {
    "safe": "leave it out: a reader's words must not become HTML",
    "random": "write |first: the same report must give the same letter",
}
_TAG_REMEDIES = {
    "svg": "most mail programs remove it; write <img> with an https address, alt, width and height",
    "script": "no mail program runs it",
    "form": "most mail programs remove or distrust it; write a link to the report page",
    "input": "most mail programs remove or distrust it; write a link to the report page",
    "button": 'it does nothing in a letter; write <a href="…"> in a table cell with a background',
    "iframe": "mail programs remove it; write a link",
    "object": "mail programs remove it; write a link",
    "embed": "mail programs remove it; write a link",
    "video": "few mail programs play it; write an <img> in a link",
    "audio": "few mail programs play it; write a link",
    "canvas": "no mail program draws it; write an <img>",
    "base": "write each link in full",
    "link": "mail programs load no style sheet; write the rules in <style>, a font as @font-face in a block "
    'data-premailer="ignore"',
}
_START_TAG = re.compile(
    r"<!--.*?-->|\{#.*?#\}|<style\b.*?</style\s*>|<(?P<name>[A-Za-z][^\s/>]*)(?P<rest>(?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|'[^']*'|[^'\">])*)>",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK = re.compile(r"\{#.*?#\}|\{%[-+]?\s*(?P<name>\w+)(?P<rest>.*?)%\}", re.DOTALL)
_BLOCKS = frozenset({"if", "for", "macro", "call", "filter", "with", "set"})
_UNKNOWN_FILTER = re.compile(r"No filter named '(\w+)'")
_INLINED_STYLE = re.compile(r"<style\b(?![^>]*data-premailer)", re.IGNORECASE)
_EVENT = re.compile(r"\s(on[a-z]+)\s*=", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s([A-Za-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_IMAGE_NEEDS = ("src", "alt", "width", "height")


def check_jinja(source: TemplateSource, environment: Environment) -> None:
    """Raises TemplateError, which names file, line and what to write instead, if Jinja is used in a way that fails."""
    try:
        tree = environment.parse(source.text)
    except TemplateSyntaxError as error:
        raise _syntax_error(source, environment, error) from None
    for kind, name, remedy in _JINJA_REMEDIES:
        for node in tree.find_all(kind):
            raise source.error(node.lineno, f"{name}: {remedy}")
    for used in tree.find_all(nodes.Filter):
        if used.name in _FILTER_REMEDIES:
            raise source.error(used.lineno, f"|{used.name}: {_FILTER_REMEDIES[used.name]}")
    for branch in tree.find_all((nodes.If, nodes.For)):
        for data in branch.find_all(nodes.TemplateData):
            if style := _INLINED_STYLE.search(data.data):
                message = "<style> in a branch is inlined into every letter: write a class in each branch instead"
                raise source.error(data.lineno + data.data.count("\n", 0, style.start()), message)


def _syntax_error(source: TemplateSource, environment: Environment, error: TemplateSyntaxError) -> TemplateError:
    line, problem = error.lineno, str(error.message)
    if problem.startswith("Unexpected end of template"):
        line = _last_open_block(source) or line
        problem = "a block is never closed: write {% endif %}, {% endfor %} or the like where it ends"
    elif "end of comment" in problem:
        problem = f"{problem}: in CSS, write a space between {{ and #"
    elif unknown := _UNKNOWN_FILTER.search(problem):
        near = difflib.get_close_matches(unknown[1], environment.filters, n=1)
        problem += f" Write |{near[0]}?" if near else " Jinja's documentation lists those there are."
    return source.error(line, problem)


def _last_open_block(source: TemplateSource) -> int | None:
    """The line of the last block that has no end."""
    opened: list[tuple[str, int]] = []
    for tag in _BLOCK.finditer(source.text):
        name = tag["name"] or ""
        if name.startswith("end") and opened and opened[-1][0] == name.removeprefix("end"):
            opened.pop()
        elif name in _BLOCKS and not (name == "set" and "=" in tag["rest"]):
            opened.append((name, source.line_at(tag.start())))
    return opened[-1][1] if opened else None


def check_html(source: TemplateSource) -> None:
    """Raises TemplateError for what mail programs drop or distrust: it names file, line and what to write instead."""
    for tag in _START_TAG.finditer(source.text):
        name = (tag["name"] or "").lower()
        line = source.line_at(tag.start())
        if name in _TAG_REMEDIES:
            raise source.error(line, f"<{name}>: {_TAG_REMEDIES[name]}")
        if event := _EVENT.search(tag["rest"] or ""):
            raise source.error(line, f"{event[1]}= on <{name}>: no mail program runs it")
        if name == "img":
            for problem in _image_problems(tag["rest"]):
                raise source.error(line, problem)


def _image_problems(attributes: str) -> Iterator[str]:
    given = {name.lower(): first or second for name, first, second in _ATTRIBUTE.findall(attributes)}
    for name in _IMAGE_NEEDS:
        if name not in given:
            hint = "what the image says" if name == "alt" else "CSS pixels" if name != "src" else "https://…"
            yield f'<img> has no {name}: write {name}="{hint}"'
    if given["src"].startswith(("data:", "cid:", "http:", "//")):
        yield "<img> has a src that mail programs do not load: write an https address of WORKER_PUBLIC_URL"
