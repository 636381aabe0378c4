"""Turns of phrase that every sentence of the report shares: plurals, lists, whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

from worker.report.report import Index, Range

MAX_NAMED = 3  # things named in one sentence before "and 2 more"


def counted(number: int, noun: str) -> str:
    """`1 task`, `3 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 2 more`."""
    if len(names) > MAX_NAMED + 1:
        return f"{', '.join(names[:MAX_NAMED])} and {len(names) - MAX_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def about(index: Index) -> str:
    """`about 68, give or take 12`."""
    return f"about {index.value}, give or take {index.margin}"


def percent_of_jobs(span: Range) -> str:
    """`between 93 % and 97 % of US jobs`, `about 95 %` of them, `99 % or more`, `at most 3 %`."""
    if span.low >= 99:
        return "99 % or more of US jobs"
    if span.low == 0:
        return f"at most {max(span.high, 1)} % of US jobs"
    if span.low == span.high:
        return f"about {span.low} % of US jobs"
    return f"between {span.low} % and {span.high} % of US jobs"


def years(number: float) -> str:
    """`less than a year`, `1 year`, `2.5 years`."""
    if number < 1:
        return "less than a year"
    return "1 year" if number == 1 else f"{number:.6g} years"


def mid_sentence(sentence: str) -> str:
    """A sentence to stand after a colon: small first letter unless the word is a name or short form, no full stop."""
    first = sentence.split(" ", 1)[0]
    lowered = sentence if any(char.isupper() for char in first[1:]) else sentence[:1].lower() + sentence[1:]
    return lowered.rstrip(".")
