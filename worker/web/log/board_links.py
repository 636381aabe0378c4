"""The numbers of the board, each with the link to the send log that lists what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from worker.ledger.counting import Grouping, Period
from worker.ledger.log_filter import DatedBy, Without
from worker.masking import mask_text

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Number:
    """A count, the address of the log that lists it (empty where none does), and its rate, as `97.1%` or empty."""

    value: int
    link: str
    rate: str = ""


@dataclass(frozen=True, slots=True)
class LogLinks:
    """Makes addresses of the send log at `path`, for the dates of a period."""

    path: str
    dated_by: DatedBy

    def to(self, period: Period, filters: Mapping[str, str]) -> str:
        """The log of a period, narrowed by these fields of its query; empty where one of them holds an address."""
        if any(mask_text(value) != value for value in filters.values()):
            return ""
        days = {"since": period.first.isoformat(), "until": period.last.isoformat()}
        return f"{self.path}?{urlencode({'dated_by': self.dated_by, **days, **filters})}"


def group_filter(grouping: Grouping, group: str | None) -> Mapping[str, str]:
    """The fields of the log's query for one group of a count, but for a day's, which is a period of its own."""
    lacking = {
        Grouping.PAGE: Without.PAGE,
        Grouping.CAMPAIGN: Without.CAMPAIGN,
        Grouping.ROLE: Without.ROLE,
    }
    if group is None:
        return {"without": lacking[grouping]} if grouping in lacking else {}
    names = {Grouping.PAGE: "page", Grouping.CAMPAIGN: "campaign", Grouping.ROLE: "role_slug"}
    return {names[grouping]: group} if grouping in names else {}


def percent(part: int, whole: int) -> str:
    """`97.1%`; empty where there is no base."""
    return f"{part / whole:.1%}" if whole else ""


def group_words(grouping: Grouping, group: str | None, role_words: Callable[[str], str]) -> str:
    """The name of a group as people read it."""
    if group is None:
        return {
            Grouping.PAGE: "no page named",
            Grouping.CAMPAIGN: "no campaign named",
            Grouping.ROLE: "read as no single role",
        }.get(grouping, "")
    return mask_text(role_words(group)) if grouping is Grouping.ROLE else mask_text(group)
