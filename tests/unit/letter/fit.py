"""A letter for the samples' reader that keeps every rule, those of its templates too."""

from __future__ import annotations

from tests.unit.letter import samples
from worker.letter.compose import Letter, compose
from worker.letter.lint import lint_letter
from worker.letter.rendered_letter import RenderedLetter
from worker.letter.renderer import Renderer
from worker.report.report import Report


def fit_letter(renderer: Renderer, report: Report) -> Letter:
    """The letter. Raises LetterError where none is composed, AssertionError where a rule is broken all the same."""
    letter = compose(renderer, report, samples.CONTEXT, samples.HEADERS)
    rendered = RenderedLetter(letter.subject, letter.html, letter.text)
    assert lint_letter(rendered, letter.message, samples.CONTEXT, renderer.theme) == ()
    return letter
