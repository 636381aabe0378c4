"""Each rule of the lint is broken once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.unit.content.random_weeks import random_week
from tests.unit.letter import samples
from tests.unit.letter.fit import fit_letter
from worker.letter.lint import lint_letter
from worker.letter.mime import build_message
from worker.letter.rendered_letter import RenderedLetter
from worker.letter.renderer import Renderer

RENDERER = Renderer(samples.TEMPLATES)
GOOD = RENDERER.render(samples.FULL, samples.CONTEXT)
UNSUBSCRIBE = samples.CONTEXT.unsubscribe_url
GOOD_MESSAGE = build_message(GOOD, samples.HEADERS)


def lint(letter: RenderedLetter, message: bytes | None = None) -> tuple[str, ...]:
    message = build_message(letter, samples.HEADERS) if message is None else message
    return tuple(problem.text for problem in lint_letter(letter, message, samples.CONTEXT, RENDERER.theme))


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_sample_is_fit_to_send(sample: str) -> None:
    assert lint(RENDERER.render(samples.SAMPLES[sample], samples.CONTEXT)) == ()


def with_html(more: str) -> RenderedLetter:
    return replace(GOOD, html=GOOD.html.replace("</body>", f"{more}</body>"))


def both(more: str) -> RenderedLetter:
    return replace(with_html(more), text=GOOD.text + more)


@pytest.mark.parametrize(
    ("letter", "problem"),
    [
        (with_html("<!--" + "x" * 80_000 + "-->"), "decoded, more than 94003"),
        (with_html("<!--" + "é" * 20_000 + "-->"), "encoded, more than 94003"),
        (replace(GOOD, subject=""), "subject: is empty"),
        (replace(GOOD, subject="x" * 61), "subject: 61 characters"),
        (replace(GOOD, subject="AI \u2068x\u2069"), "subject: holds a directional isolate"),
        (replace(GOOD, html=GOOD.html.replace("ses:no-track ", "")), "links: one that is a key lacks ses:no-track"),
        (replace(GOOD, subject="{{ subject }}"), "subject: template markup {{"),
        (both(" {% if %} "), "html: template markup {%"),
        (replace(GOOD, text=GOOD.text + "}}"), "text: template markup }}"),
        (both("\x92"), "html: holds a control character"),
        (both("\x0c"), "text: holds a control character"),
        (with_html("<script>x</script>"), "html: holds <script"),
        (with_html('<p onclick="x">'), "which mail programs strip"),
        (with_html('<img src="https://cdn.example/x.png">'), "html: an image is not https at exposure.example.com"),
        (with_html('<img src="http://exposure.example.com/x.png">'), "html: an image is not https"),
        (with_html('<p style="display:none">x</p>'), "html: hides text besides the preheader"),
        (replace(GOOD, html=re.sub(r"(?s)(<h1.*</h1>)", r"<!--\1-->", GOOD.html), text=GOOD.text[:600]), "parity"),
        (with_html('<a href="http://exposure.example.com/x">our</a>'), "not https at exposure.example.com"),
        (with_html('<a href="https://elsewhere.example/x">our</a>'), "https at elsewhere.example"),
        (with_html('<a href="/x">our</a>'), "a relative address"),
        (with_html('<!--[if mso]><v:rect href="https://elsewhere.example"><![endif]-->'), "https at elsewhere.example"),
        (replace(GOOD, text=GOOD.text + "\nhttps://elsewhere.example/x"), "https at elsewhere.example"),
        (replace(GOOD, html=GOOD.html.replace(UNSUBSCRIBE, samples.CONTEXT.public_url)), "no unsubscribe"),
        (replace(GOOD, text=GOOD.text.replace(UNSUBSCRIBE, "")), "1 of the HTML part are missing"),
        (with_html("<p>You are at 97.31 of 100</p>"), "the text part lacks the figures 97.31"),
        (replace(GOOD, text=f"{' '.join(GOOD.text.split()[:300])}"), "parity: the text part lacks"),
        (replace(GOOD, text=GOOD.text + "word " * 20), "text: a line of prose is longer than 78"),
    ],
)  # fmt: skip
def test_a_bad_letter_is_found(letter: RenderedLetter, problem: str) -> None:
    assert any(problem in found for found in lint(letter)), lint(letter)


def test_an_image_of_the_website_is_fine() -> None:
    image = '<img src="https://exposure.example.com/x.png" alt="Exposure" width="1" height="1">'
    assert lint(with_html(image)) == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"List-Unsubscribe: <https", b"List-Unsubscribe: <http", "headers: List-Unsubscribe lacks"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"", "headers: List-Unsubscribe-Post is missing"),
        (b"Auto-Submitted", "Auto-Sübmitted".encode(), "message: is not 7-bit"),
        (b"\r\nDate", b"\r\n.Date", "headers: a line begins with a dot"),
        (b"\r\nDate", b"\nDate", "headers: a bare CR or LF"),
        (b"\r\nDate", b"\rDate", "headers: a bare CR or LF"),
        (b"Auto-Submitted: ", b"Auto-Submitted: " + b"x" * 1000, "headers: a line is longer than 998"),
    ],
)
def test_a_bad_message_is_found(old: bytes, new: bytes, problem: str) -> None:
    assert old in GOOD_MESSAGE
    found = lint(GOOD, GOOD_MESSAGE.replace(old, new, 1))
    assert any(problem in other for other in found), found


def test_no_problem_quotes_a_token() -> None:
    bad = replace(GOOD, html=GOOD.html.replace(UNSUBSCRIBE, "http://x.example/secret-token"))
    assert lint(bad)
    assert not any("token" in problem for problem in lint(bad))


@pytest.mark.parametrize("weeks", [100, pytest.param(3000, marks=pytest.mark.long)])
def test_no_week_breaks_a_rule_that_only_templates_are_tried_by(weeks: int) -> None:
    for seed in range(weeks):
        fit_letter(RENDERER, random_week(seed)[1])
