"""Shares of time and years of experience as people and programs write them: `40 %`, `2 hours a day`, `18 months`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from worker.intake.bounds import MAX_TEXT_CHARS

_LONGEST = 60  # characters of a text that names a quantity


def _units(words_by_factor: Mapping[float, str]) -> dict[str, float]:
    """What each word multiplies a number by; a number alone is as it is."""
    return {"": 1.0} | {word: factor for factor, words in words_by_factor.items() for word in words.split()}


_SHARE_UNITS = _units({1.0: "% h hr hrs hour hours", 1 / 60: "min mins minute minutes", 8.0: "day days"})
"""Percent or hours, which are both weights; a day has eight hours of work."""
_YEAR_UNITS = _units({1.0: "y yr yrs year years", 1 / 12: "mo mos mth mths month months"})
_WEEKLY = {"week": 1.0, "wk": 1.0, "weekly": 1.0, "day": 5.0, "daily": 5.0, "month": 12 / 52, "monthly": 12 / 52}
"""What makes a week's amount of a period's, with five days of work."""

_AMOUNT = re.compile(r"(\d{1,12}(?:[.,]\d{1,20})?|[.,]\d{1,20}) ?\+? ?([a-z%]*)\.? ?\+?")
"""`40`, `7,5`, `.5`, `40%`, `10+ yrs.`"""
_TWO_AMOUNTS = re.compile(r"(.+?[a-z]\.?),? ?(?:and )?(\d.*[a-z]\.?)")
"""`2 yrs 3 mos`, `1h 30min`, `1 year and 6 months`."""
_FROM_TO = re.compile(r" ?[-\u2013\u2014] ?| to | or ")
_ABOUT = re.compile(
    r"(?:[~\u2248+>\u2265]|(?:about|around|approximately|approx|roughly|circa|ca|over|more than|at least|almost|nearly)"
    r"\b\.?) ?"
)
_LESS_THAN = re.compile(r"(?:<|(?:less than|under)\b) ?")
_ONE = re.compile(r"an? (?=[a-z])")
"""`a year`, `an hour a day`."""
_EACH = re.compile(r"(.+?) ?(?:(?:/|\b(?:per|an?|each|every)\b) ?(week|wk|day|month)|\b(weekly|daily|monthly))")
"""`6 h/week`, `2 hours a day`, `2 hours daily`."""
_OF_WHAT = re.compile(r" of (?:my|the) (?:time|week|day)$|['\u2019]? (?:of )?(?:work )?experience$")
_PERCENT = re.compile(r"percent|per cent|pct")

_SHARE_BEHIND_COLON = re.compile(r"(.*)(?:(?<!\d):|:(?!\d))(.*)", re.DOTALL)
"""`Write code: 40`; the colon of `Stand-up at 9:30` is none."""
_PERCENT_AT_END = re.compile(r"(.*\S)(?: ?\(([^()]*)\)|(?<![\d%]) [-\u2013\u2014] ([^()]*))", re.DOTALL)
"""`Write code (40 %)`, `Write code - 40 %`; of `Night shifts (12 h)` the hours may be something else."""


def read_share(value: Any) -> float | None:
    """Return the share of time that a value is or a text names, in percent or hours a week; else None.

    Such a text is `40 %`, `about 6 hours a week` or `90 min`. Of `10-20 %` it is the middle, of `less than 2 h` half.
    """
    if not isinstance(value, str):
        return _finite(value)
    text = _plain(value)
    each = _EACH.fullmatch(text)
    if each is None:
        return _read(text, _SHARE_UNITS)
    number = _read(each[1], _SHARE_UNITS)
    return number if number is None or "%" in text else number * _WEEKLY[each[2] or each[3]]


def read_years(value: Any) -> float | None:
    """Return the years of experience that a value is or a text names, as `6+ years` or `18 months`; else None."""
    return _read(_plain(value), _YEAR_UNITS) if isinstance(value, str) else _finite(value)


def split_share(text: str) -> tuple[str, str | None]:
    """Return the task and the share that `Write code: 40` or `Write code (40 %)` names; without one, the text."""
    if len(text) > MAX_TEXT_CHARS + _LONGEST:
        return text, None
    if (found := _SHARE_BEHIND_COLON.fullmatch(text)) and read_share(found[2]) is not None:
        return found[1].strip(), found[2].strip()
    if found := _PERCENT_AT_END.fullmatch(text):
        share = found[2] or found[3] or ""
        if "%" in _plain(share) and read_share(share) is not None:
            return found[1], share
    return text, None


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _plain(text: str) -> str:
    """The text in lower case with single spaces; empty where it is too long to name a quantity."""
    if len(text) > _LONGEST:
        return ""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _OF_WHAT.sub("", _PERCENT.sub("%", text))


def _read(text: str, units: Mapping[str, float]) -> float | None:
    """The number that a text names in these units; None if it names none."""
    try:
        if less := _LESS_THAN.match(text):
            return _sum(text[less.end() :], units) / 2
        about = _ABOUT.match(text)
        return _middle(text[about.end() :] if about else text, units)
    except ValueError:
        return None


def _middle(text: str, units: Mapping[str, float]) -> float:
    """What a text says without a range; of a range, the middle. Raises ValueError."""
    low, *high = _FROM_TO.split(text)
    if not high:
        return _sum(low, units)
    if low[-1:].isdigit() and (unit := _AMOUNT.fullmatch(high[0])):
        low += unit[2]  # `6-18 months`
    ends = [_sum(end, units) for end in (low, *high)]
    if len(ends) > 2 or ends != sorted(ends):
        raise ValueError("no range")
    return sum(ends) / 2


def _sum(text: str, units: Mapping[str, float]) -> float:
    """What one amount is, or two in a row. Raises ValueError."""
    text = _ONE.sub("1 ", text, count=1)
    two = _TWO_AMOUNTS.fullmatch(text)
    return sum(_amount(part, units) for part in (two.groups() if two else (text,)))


def _amount(text: str, units: Mapping[str, float]) -> float:
    """Raises ValueError if the text is no number with one of these units."""
    found = _AMOUNT.fullmatch(text)
    if found is None or found[2] not in units:
        raise ValueError("no amount")
    return float(found[1].replace(",", ".")) * units[found[2]]
