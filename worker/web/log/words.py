"""The filters of the pages' templates: codes, timestamps, durations and comparisons in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape

from worker import times, wording
from worker.operations.letter_check import Comparison
from worker.operations.person import Left
from worker.report.occupation_names import role_words

_COMPARISONS = {
    Comparison.SAME: "Composed again, it is the same as {letter}, by its hash.",
    Comparison.NEWER_VERSIONS: "Catalogue or template changed since {then}: this is the letter as of today.",
    Comparison.DIFFERENT: "Composed again, it is not {letter}: sender, links or profile changed, not the versions.",
    Comparison.ERASED: "The address and the profile were erased: the letter cannot be composed again.",
    Comparison.NOT_COMPOSABLE: "No readable letter can be composed any more.",
    Comparison.NO_ATTEMPT: "There was no attempt to send it yet.",
}


_LEFT = {  # what is said first, which letter is compared, and when it was made
    Left.YES: ("", "the letter that was sent", "it was sent"),
    Left.NO: ("No letter was sent. ", "the letter of the attempt that failed", "the attempt that failed"),
    Left.UNKNOWN: ("It is not known whether a letter was sent. ", "the letter that may have been sent", "the attempt"),
}


def comparison_words(comparison: Comparison, left: Left) -> str:
    """What was sent, as far as that is known, and the result of the comparison."""
    first, letter, then = _LEFT[left]
    return first + _COMPARISONS[comparison].format(letter=letter, then=then)


def code_spans(text: str) -> Markup:
    """Text whose parts between backticks are code."""
    parts = text.split("`")
    shown = [Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)]
    return Markup("").join(shown)


FILTERS: Mapping[str, Callable[[Any], str]] = {
    "code_spans": code_spans,
    "timestamp": times.timestamp,
    "duration": times.duration,
    "outcome_words": wording.outcome_words,
    "role_words": role_words,
    "state_words": wording.state_words,
    "feedback_words": wording.feedback_words,
    "reason_words": wording.reason_words,
    "action_words": wording.action_words,
    "letter_words": wording.letter_words,
    "bounce_advice": wording.bounce_advice,
    "report_kind_words": wording.report_kind_words,
    "step_words": wording.step_words,
    "facts_words": wording.facts_words,
}
