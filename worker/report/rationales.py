"""What a rationale must be: one sentence, short, not dated by "today", and not opened like its neighbours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

WORDS = range(8, 25)
MOST_ALIKE = 2  # rationales of one role that open alike

_SECOND_SENTENCE = re.compile(r"[.!?] ")
_DATED = re.compile(r"\btoday.s\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s,;:.!?]+")
_ARTICLES = {"a", "an", "the"}
_MACHINES = {"ai", "assistant", "assistants", "chatbot", "chatbots", "language", "model", "models", "software"}


def unfit(rationale: str) -> str | None:
    """Why a rationale may not stand in a letter, or None."""
    count = len(rationale.split())
    if _SECOND_SENTENCE.search(rationale):
        return "more than one sentence"
    if count not in WORDS:
        return f"{count} words, not {WORDS.start} to {WORDS.stop - 1}"
    if _DATED.search(rationale):
        return "says today's; the labels are of 2023"
    return None


def worn_opening(rationales: Iterable[str]) -> str | None:
    """The opening that more than MOST_ALIKE of one role's rationales share, or None."""
    openings = Counter(opening(text) for text in rationales)
    word, count = openings.most_common(1)[0] if openings else ("", 0)
    return word if count > MOST_ALIKE else None


def opening(rationale: str) -> str:
    """The first word in lower case, without an article; "AI" for each word that means the machine."""
    words = [word.casefold() for word in _WORD.findall(rationale)]
    first = next((word for word in words if word not in _ARTICLES), "")
    return "AI" if first in _MACHINES else first
