"""Inlining styles into a template equals inlining every letter, and is refused if it could not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from lxml.etree import _Comment, _Element

from tests.unit.letter import samples, strategies
from worker.content.tree import content_of
from worker.errors import TemplateError
from worker.letter.inliner import inline_html, inline_template
from worker.letter.rendered_letter import LetterContext
from worker.letter.renderer import letter_environment, with_urls
from worker.letter.sources import TemplateSource, read_source
from worker.letter.theme import built_in_theme
from worker.letter.theme_values import with_theme
from worker.report.report import Report

ENVIRONMENT = letter_environment(html=True)
THEME = built_in_theme(samples.TEMPLATES)
SOURCE = with_theme(read_source([samples.TEMPLATES / "email/report"], "body.html"), ENVIRONMENT, THEME)
INLINED_ONCE = ENVIRONMENT.from_string(inline_template(SOURCE, ENVIRONMENT))
NOT_INLINED = ENVIRONMENT.from_string(SOURCE.text)


def dom(html: str) -> Iterator[tuple[str, dict[str, str], str, str]]:
    """Every element in order: tag, attributes, text and tail, white space as a browser reads it."""
    root: _Element = lxml.html.document_fromstring(html)
    for element in root.iter():
        tag = "comment" if isinstance(element, _Comment) else str(element.tag)
        yield tag, dict(element.attrib), _read(element.text), _read(element.tail)


def _read(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "").strip(" ")


@pytest.mark.parametrize("examples", [40, pytest.param(300, marks=pytest.mark.long)])
def test_inlining_once_equals_inlining_each_letter(examples: int) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(strategies.reports, strategies.contexts)
    def holds(report: Report, context: LetterContext) -> None:
        names = {"content": content_of(report), "context": with_urls(context), "theme": THEME}
        assert list(dom(INLINED_ONCE.render(names))) == list(dom(inline_html(NOT_INLINED.render(names))))

    holds()


def test_styles_are_inlined_and_media_rules_kept() -> None:
    html = inline_template(SOURCE, ENVIRONMENT)
    assert re.search(r'<h1 style="[^"]*font-size:27px', html)
    assert "@media (prefers-color-scheme: dark)" in html
    assert "!important" in html
    assert "data-premailer" not in html


def inline(body: str) -> str:
    head = "<style>p, td { color: #ffffff; width: 10px }</style>"
    source = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return inline_template(TemplateSource.of(source), ENVIRONMENT)


@pytest.mark.parametrize(
    "piece",
    [
        '<p>{% if a >= 1 and b < "2" %}{{ a }}{% endif %}</p>',
        '<a href="{{ a }}?x={{ b|urlencode }}&amp;y=1">go</a>',
        '<table><tr>{% for x in y %}<td width="{{ x }}%" style="height:{{ x }}px">x</td>{% endfor %}</tr></table>',
        "<p>{{ '<b>' }} {{ \"{{\" }} {%- if a -%} x {%- endif %}</p>",
        "<table>{% for x in y %}<tr><td>{{ x }}</td></tr>{% else %}<tr><td>no</td></tr>{% endfor %}</table>",
    ],
)
def test_jinja_pieces_are_unchanged(piece: str) -> None:
    found = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
    assert found.findall(inline(piece)) == found.findall(piece)


def test_a_number_with_a_unit_stays_legal_css() -> None:
    assert 'style="color:#ffffff;width:{{ x }}%"' in inline('<p style="width:{{ x }}%">x</p>')


def test_only_the_classes_of_remaining_rules_are_kept() -> None:
    kept = '<style data-premailer="ignore">@media print { .b { color: blue } }</style>'
    body = '<body><p class="a b">x</p><p class="a">.a</p></body>'
    html = inline_html(f"<html><head><style>.a, .b {{ color: red }}</style>{kept}</head>{body}</html>")
    assert '<p class="b" style="color:red">x</p><p style="color:red">.a</p>' in html


def test_jinja_in_a_comment_for_outlook_is_unchanged() -> None:
    outlook = '<!--[if mso]><table width="{{ a }}"><tr><td>{% if b %}{{ b }}{% endif %}<![endif]-->'
    assert f"{outlook}<p" in inline(f"{outlook}<p>x {{{{ c }}}}</p>")


def test_comments_of_the_template_are_removed() -> None:
    assert "secret" not in inline("<p>{# secret #}x</p>")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ('<p {% if a %}class="x"{% endif %}>x</p>', "between attributes"),
        ('<p class="{{ a }}">x</p>', "in class"),
        ('<p id="a{{ a }}">x</p>', "in id"),
        ("<style>p { color: {{ a }} }</style>", "in a style block"),
        ("<p>{{ a </p>", "never closed"),
    ],
)
def test_jinja_where_it_cannot_be_inlined_is_refused(body: str, where: str) -> None:
    with pytest.raises(TemplateError, match=f"body.html: .*{where}"):
        inline(body)


@pytest.mark.parametrize("token", ["jnj0001jnj", "<!--jnj0001jnj-->", "987610001%"])
@pytest.mark.parametrize(
    "body", ["<p>{token}</p>", "<p>{{{{ a }}}} {token}</p>", "<p>{token} {{{{ a }}}}{{{{ b }}}}</p>"]
)
def test_a_template_that_holds_a_token_itself_is_refused(body: str, token: str) -> None:
    with pytest.raises(TemplateError, match=r"^body\.html: line 1: holds .*, which inlining uses itself"):
        inline(body.format(token=token))


def test_a_moved_piece_is_refused() -> None:
    moved = '<p style="width:{{ a }}px; width:{{ b }}px">x</p>'  # premailer keeps only the last width
    with pytest.raises(
        TemplateError, match=r"^body\.html: line 1: inlining lost.*\{\{ [ab] \}\}: write one expression"
    ):
        inline(moved)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("\n<div>\n<b>x</div>", "line 3: <b> is still open at </div>|line 3: .*</b> before it"),
        ("\n<p>a\n<table><tr><td>x</td></tr></table></p>", "line 3: <table> cannot be in <p>: write </p> before it"),
        ("<p>x</p>\n</div>", "line 2: </div> closes nothing here"),
        ("<div>x", "line 1: <div> is never closed|line 1: <div> is still open at"),
        ("{% if a %}\n<td>{% else %}\n<td>{% endif %}x</td>", "line 3: <td> cannot be in <td>"),
        ("{% if a %}<div>{% else %}<div>{% endif %}x\n</div>", "line 2: <div> is never closed|<div> is still open at"),
    ],
)  # fmt: skip
def test_elements_that_a_parser_corrects_are_refused(body: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=rf"^body\.html: ({problem})"):
        inline(body)
