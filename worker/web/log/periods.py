"""The periods of the board: presets and own dates, each with the period before that it is compared with."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from worker.ledger.counting import Period

PRESETS: Mapping[str, str] = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7days": "Last 7 days",
    "30days": "Last 30 days",
    "month": "This month",
}
DEFAULT = "30days"
MAX_DAYS = 366
_EARLIEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """The period that was asked for and the one before it; `preset` is empty where the dates were chosen."""

    period: Period
    before: Period
    preset: str

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a query that asks for it."""
        if self.preset:
            return {"period": self.preset}
        return {"since": self.period.first.isoformat(), "until": self.period.last.isoformat()}


def read_period(query: Mapping[str, str], *, today: date) -> AskedPeriod:
    """The period that a query asks for: not in the future, a year at most. What cannot be read is the default."""
    since, until = _date(query.get("since", "")), _date(query.get("until", ""))
    if since or until:
        period = _own(since, until, today)
        return AskedPeriod(period, _same_length_before(period), "")
    preset = query.get("period", DEFAULT)
    if preset == "month":
        period = Period(today.replace(day=1), today)
        return AskedPeriod(period, _month_before(period), preset)
    if preset == "yesterday":
        period = Period(today - timedelta(days=1), today - timedelta(days=1))
    else:
        preset = preset if preset in PRESETS else DEFAULT
        days = {"today": 1, "7days": 7, "30days": 30}[preset]
        period = Period(today - timedelta(days=days - 1), today)
    return AskedPeriod(period, _same_length_before(period), preset)


def _own(since: date | None, until: date | None, today: date) -> Period:
    last = min(until or today, today)
    first = min(since or last - timedelta(days=29), last)
    return Period(max(first, last - timedelta(days=MAX_DAYS - 1)), last)


def _same_length_before(period: Period) -> Period:
    length = len(period.days)
    return Period(period.first - timedelta(days=length), period.first - timedelta(days=1))


def _month_before(period: Period) -> Period:
    """The same days of the month before, as far as that has them."""
    first = (period.first - timedelta(days=1)).replace(day=1)
    return Period(first, first.replace(day=min(period.last.day, monthrange(first.year, first.month)[1])))


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= _EARLIEST_YEAR else None
