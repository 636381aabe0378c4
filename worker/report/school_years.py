"""Which school a teacher works in, by year, grade, key stage or subject: "Year 4 teacher", "8th grade math teacher"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PRIMARY, _MIDDLE, _SECONDARY = "primary school teacher", "middle school teacher", "secondary school teacher"
# the last year of each school: British years and key stages, American and Indian grades
_SCHOOLS = {
    "year": ((6, _PRIMARY), (13, _SECONDARY)),
    "stage": ((2, _PRIMARY), (5, _SECONDARY)),
    "grade": ((5, _PRIMARY), (8, _MIDDLE), (12, _SECONDARY)),
}
_NAMED = {
    "sixth form": _SECONDARY, "gcse": _SECONDARY, "a level": _SECONDARY, "pgt": _SECONDARY, "tgt": _SECONDARY,
    "prt": _PRIMARY,
}  # fmt: skip
# taught at schools, though O*NET lists their teachers at universities alone; those of a university are lecturers
_SUBJECTS = frozenset(
    """accountancy|accounting|arabic|business|business study|chinese|civic|commerce|computer|computer science|computing|
    design technology|drama|drama english|dt|economic|environmental science|food technology|geography|german|government|
    history|ict|italian|law|literature|mandarin|media study|philosophy|politic|political science|psychology|re|
    religious education|religious study|rs|russian|social study|sociology|technology|theology""".replace(
        "\n    ", ""
    ).split("|")
)
_CARDINALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_NUMBERS = {word: str(number) for words in (_CARDINALS, _ORDINALS) for number, word in enumerate(words, start=1)}
_TEACHES = re.compile(r"\b(?:teacher|pgt|tgt|prt)\b")
_OTHER_TEACHERS = re.compile(
    r"\b(?:special|sen|send|substitute|supply|cover|assistant|aide|esl|eal|support|trainee|student|intern|head)\b"
)
_YEARS = re.compile(
    r"\b(?:(?P<year>years?|yr|y)|(?P<stage>key stage|ks)|(?P<grade>grade|gr|std|standard|class)|(?P<from_k>k)) ?"
    r"(?P<first>\d{1,2})(?: (?P<last>\d{1,2}))?\b"
    r"|\b(?P<nth>\d{1,2})(?:st|nd|rd|th)? (?:grade|standard|class)\b"
)


def school_teachers(folded: str) -> tuple[str, ...]:
    """The folded names of the teachers that a folded title means by a year or subject of school; none without either.

    Teachers who are named by something else than the year, as those of special education, are left to other readings.
    """
    if folded.removesuffix(" teacher") in _SUBJECTS and folded not in _SUBJECTS:
        return (_SECONDARY,)
    if not _TEACHES.search(folded) or _OTHER_TEACHERS.search(folded):
        return ()
    named = [school for stage, school in _NAMED.items() if re.search(rf"\b{stage}\b", folded)]
    numbered = " ".join(_NUMBERS.get(word, word) for word in folded.split())
    return tuple(dict.fromkeys(named or _by_years(numbered)))


def _by_years(title: str) -> Iterator[str]:
    for found in _YEARS.finditer(title):
        first, last = found["first"] or found["nth"], found["last"]
        system = "year" if found["year"] else "stage" if found["stage"] else "grade"
        for number in range(1 if found["from_k"] else int(first), int(last or first) + 1):
            yield from [school for end, school in _SCHOOLS[system] if 0 < number <= end][:1]
