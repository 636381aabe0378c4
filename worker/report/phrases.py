"""Parts of sentences that the report and the letter share: plurals, lists, names, whole numbers, ranges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from worker.report.measures import Index, Range

MAX_NAMED = 3  # things named in one sentence before "and 2 more"


def counted(number: int, noun: str) -> str:
    """`1 task`, `3 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 2 more`."""
    if len(names) > MAX_NAMED + 1:
        return f"{', '.join(names[:MAX_NAMED])} and {len(names) - MAX_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def quoted(name: str) -> str:
    """A task's name inside a sentence. Names contain commas and "and": the quotation marks show where one ends."""
    return f"“{name}”"


def all_quoted(names: Iterable[str]) -> str:
    """`“A”, “B” and “C”`."""
    return listed([quoted(name) for name in names])


def percentage(percent: int) -> str:
    """`40 %`; `under 1 %` for what rounds to 0."""
    return f"{percent} %" if percent else "under 1 %"


def give_or_take(index: Index) -> str:
    """The uncertainty of an index: `give or take 12`, or the other end of an interval that 0 or 100 cuts."""
    if index.low == 0:
        return f"most likely no more than {index.high}"
    if index.high == 100:
        return f"most likely at least {index.low}"
    return f"give or take {index.margin}"


def standing(span: Range) -> str:
    """A week compared with US jobs, in words: `more exposed to AI than most US jobs`."""
    for floor, jobs in ((90, "nine in ten"), (75, "three quarters of"), (50, "most")):
        if span.low >= floor:
            return f"more exposed to AI than {jobs} US jobs"
        if span.high <= 100 - floor:
            return f"less exposed to AI than {jobs} US jobs"
    return "about as exposed to AI as the middle US job"


def less_exposed_jobs(span: Range) -> str:
    """The same in figures, as a sentence: `Between 93 and 97 of every 100 US jobs are less exposed`."""
    if span.low >= 99:
        return "At least 99 of every 100 US jobs are less exposed."
    number = max(span.high, 1)
    verb = "is" if number == 1 else "are"
    if span.low == 0:
        return f"At most {number} of every 100 US jobs {verb} less exposed."
    if span.low == span.high:
        return f"About {number} of every 100 US jobs {verb} less exposed."
    return f"Between {span.low} and {span.high} of every 100 US jobs are less exposed."


def years(number: float) -> str:
    """`less than a year`, `1 year`, `2.5 years`."""
    if number < 1:
        return "less than a year"
    rounded = round(number, 1)
    return "1 year" if rounded == 1 else f"{rounded:g} years"
