"""A theme's values are in the template before its styles are inlined, and its own parts replace the built-in ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.letter import samples
from tests.unit.letter.test_theme import ACORN, load
from worker.errors import TemplateError
from worker.letter.compose import compose
from worker.letter.inliner import inline_template
from worker.letter.renderer import Renderer, letter_environment
from worker.letter.sources import TemplateSource
from worker.letter.theme import built_in_theme
from worker.letter.theme_values import with_theme
from worker.letter.workshop import check_templates

THEME = built_in_theme(samples.TEMPLATES)
ENVIRONMENT = letter_environment(html=True)


def inlined(body: str, css: str = "p { color: {{ theme.light.brand }} }") -> str:
    source = TemplateSource.of(f"<html><head><style>{css}</style></head><body>{body}</body></html>")
    return inline_template(with_theme(source, ENVIRONMENT, THEME), ENVIRONMENT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>x</p>", '<p style="color:#0f5666">x</p>'),
        ('<td bgcolor="{{ theme.dark.paper }}">x</td>', 'bgcolor="#091215"'),
        ("<p>{{ theme.name }} {{ subject }}</p>", "AI Exposure Report {{ subject }}</p>"),
        ("{% if theme.mark.image %}<p>x</p>{% endif %}", "{% if theme.mark.image %}"),
        ("{# theme #}<p>{{ theme.name ~ subject }}</p>", "{{ theme.name ~ subject }}"),
    ],
)
def test_the_theme_may_be_anywhere(body: str, expected: str) -> None:
    assert expected in inlined(body)


def test_a_style_block_may_have_a_loop_over_the_theme() -> None:
    css = "{% for width in [40, 60] %}.w{{ width }} { width: {{ width }}px; color: {{ theme.light.ink }} }{% endfor %}"
    assert '<p style="width:60px;color:#0f252b">x</p>' in inlined('<p class="w60">x</p>', css)


def test_what_depends_on_the_reader_is_refused_in_a_style_block() -> None:
    with pytest.raises(TemplateError, match=r"^body\.html: line 2: subject is in a style block, .*style attribute"):
        inlined("<p>x</p>", "\np { width: {{ subject|length }}px }")


def test_lines_are_kept() -> None:
    css = "p {\n{% if theme.name %}\ncolor: red\n{% endif %}\n}"
    source = TemplateSource.of(f"<style>{css}</style>\n<p>{{{{ theme.name }}}}\n{{{{ subject }}}}</p>\nend")
    themed = with_theme(source, ENVIRONMENT, THEME)
    lines = themed.text.split("\n")
    assert len(lines) == len(themed.origins)
    assert themed.origins[lines.index("end")] == ("body.html", 8)
    assert themed.origins[lines.index("<p>AI Exposure Report")] == ("body.html", 6)


def test_a_theme_may_replace_one_part(tmp_path: Path) -> None:
    ours = Renderer(samples.TEMPLATES)
    theme = load(tmp_path, ACORN)
    colours_only = Renderer(samples.TEMPLATES, theme)
    (tmp_path / "email/report").mkdir(parents=True)
    (tmp_path / "email/report/first_screen.html").write_text("<tr><td>Acorn says: {{ content.preheader }}</td></tr>")
    renderer = Renderer(samples.TEMPLATES, theme)
    assert "<td>Acorn says: AI can" in renderer.render(samples.FULL, samples.CONTEXT).html
    assert len({ours.version, colours_only.version, renderer.version}) == 3


def test_a_link_that_is_a_key_is_not_tracked() -> None:
    html = Renderer(samples.TEMPLATES).render(samples.FULL, samples.CONTEXT).html
    assert f'<a ses:no-track href="{samples.CONTEXT.unsubscribe_url}"' in html
    assert f'<a href="{samples.CONTEXT.public_url}"' in html


@pytest.mark.parametrize(
    "mark", ['text = "Zebra"', 'image = "/zebra.png"\nalt = "Zebra"\nwidth = 40\nheight = 40', 'text = "Acorn Careers"']
)
def test_a_letter_can_be_made_with_any_mark(mark: str, tmp_path: Path) -> None:
    toml = re.sub(r"(?s)\[mark\].*?\[colours\]", f"[mark]\n{mark}\n[colours]", ACORN)
    public = samples.CONTEXT.public_url
    theme = load(tmp_path, toml, public_url=public)
    renderer = check_templates(samples.TEMPLATES, theme, public_url=public, service_url=public).renderer
    letter = compose(renderer, samples.FULL, samples.CONTEXT, samples.HEADERS)
    assert ("Zebra" in letter.html) == ("Zebra" in mark)
    for text in ("Acorn Careers", "https://blog.acorn.example/", "help@acorn.example"):
        assert text in letter.text
    assert "#7a1f3d" in letter.html
    assert built_in_theme(samples.TEMPLATES).light.brand not in letter.html
