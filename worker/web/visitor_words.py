"""What is wrong with a form, in the words of what its visitor sees: labels, not paths of JSON."""

from __future__ import annotations

from collections.abc import Iterable

from worker.intake.bounds import MAX_TEXT_CHARS
from worker.web.form_words import WORDS

LABELS = {"email": WORDS["email"], "role": WORDS["role"]}
_EMPTY = {"required", "expected text", "expected 1 or more characters", "expected 3 or more characters"}
_SENTENCES = {"email": WORDS["email_missing"], "role": WORDS["role_missing"]}
DISPOSABLE = "We cannot write to throw-away addresses. Please use another address."


def visitor_errors(problems: Iterable[tuple[str, str]], reason: str | None) -> list[dict[str, str]]:
    """Return for each problem its field, the label that the visitor sees, and a sentence."""
    if reason == "disposable_domain":
        problems = [("email", DISPOSABLE)]
    return [
        {"field": field, "label": LABELS.get(field, WORDS["form"]), "problem": _sentence(field, problem)}
        for field, problem in problems
    ]


def _sentence(field: str, problem: str) -> str:
    if field in LABELS and problem in _EMPTY:
        return _SENTENCES[field]
    if field == "role":
        return f"Please use at most {MAX_TEXT_CHARS} characters."
    if field == "email":
        return problem if problem.endswith(".") else "Please check the address: we cannot read it."
    return f"It was sent with something that we do not read ({field}: {problem})."
