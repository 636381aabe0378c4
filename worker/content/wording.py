"""Parts of sentences: counts in words, lists, amounts of a week."""

from __future__ import annotations

from collections.abc import Sequence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MORE_THAN_HALF = 52  # percent; the words for this much or more are true of any larger part, too
_AMOUNTS = (
    (97, "nearly all of"),
    (65, "most of"),
    (MORE_THAN_HALF, "more than half of"),
    (48, "about half of"),
    (30, "less than half of"),
    (10, "a small part of"),
    (1, "very little of"),
)


def number(count: int) -> str:
    """`no`, `one` … `twelve`, `13`."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def counted(count: int, noun: str) -> str:
    """`one task`, `three tasks`."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def listed(names: Sequence[str], most: int | None = None) -> str:
    """`A`, `A and B`, `A, B and C`; beyond `most` names, `A, B and three more`."""
    if most is not None and len(names) > most:
        names = [*names[:most], f"{number(len(names) - most)} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def amount_of(percent: int) -> str:
    """A part of a week in words, to be followed by the week: `most of`, `about half of`, `none of`."""
    return next((words for floor, words in _AMOUNTS if percent >= floor), "none of")


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def years(experience: float) -> str:
    """`less than a year`, `one year`, `2.5 years`, `14 years`."""
    if experience < 1:
        return "less than a year"
    rounded = round(experience, 1)
    return "one year" if rounded == 1 else f"{rounded:g} years"
