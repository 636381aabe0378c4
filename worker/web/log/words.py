"""The filters of the pages' templates: codes, timestamps, durations and comparisons in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from worker import times, wording
from worker.operations.letter_check import Comparison
from worker.report.occupation_names import role_words

_COMPARISONS = {
    Comparison.SAME: "The same as the letter that was sent, by its hash.",
    Comparison.NEWER_VERSIONS: "Catalogue or template changed since it was sent: this is the letter as of today.",
    Comparison.DIFFERENT: "Not the letter that was sent, in the same versions: sender, links or profile changed.",
    Comparison.ERASED: "The address and the profile were erased: the letter cannot be composed again.",
    Comparison.NOT_COMPOSABLE: "No readable letter can be composed any more.",
    Comparison.NO_ATTEMPT: "There was no attempt to send it yet.",
}


def comparison_words(comparison: Comparison) -> str:
    """The result of the comparison as a sentence."""
    return _COMPARISONS[comparison]


FILTERS: Mapping[str, Callable[[Any], str]] = {
    "timestamp": times.timestamp,
    "duration": times.duration,
    "outcome_words": wording.outcome_words,
    "role_words": role_words,
    "state_words": wording.state_words,
    "feedback_words": wording.feedback_words,
    "reason_words": wording.reason_words,
    "action_words": wording.action_words,
    "step_words": wording.step_words,
    "facts_words": wording.facts_words,
}
