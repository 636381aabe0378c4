"""Marketing's counts: signups and letters of a period, by day, page, campaign or role.

All counts of the board and of the status come from here. `count` is the seam: a period of whole days, a grouping and
which date counts go in, rows come out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import tally
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.letter_results import SENT_STATES, SILENT_AFTER_DAYS, LetterResult, results_of
from worker.ledger.lifecycle import ReportState
from worker.ledger.log_filter import DatedBy
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import OF_READERS, report, signup
from worker.ledger.store import database_now
from worker.ledger.tally import GroupedBy, Narrow
from worker.ledger.tally_schema import COUNTED_STATES, COUNTERS, WAITING

_COUNTERS = tuple(name for name in COUNTERS if name.partition("_")[0] in {"outcome", "state", "feedback", "soon"})
_SENT = tuple(f"state_{state}" for state in SENT_STATES)


class Grouping(StrEnum):
    """What the rows of a count are."""

    DAY = "day"
    PAGE = "page"
    CAMPAIGN = "campaign"
    ROLE = "role"
    CHANNEL = "channel"


_TALLIED: dict[Grouping, GroupedBy] = {
    Grouping.DAY: GroupedBy.CHANNEL,  # every signup has one, so these add up to the day
    Grouping.PAGE: GroupedBy.PAGE,
    Grouping.CAMPAIGN: GroupedBy.CAMPAIGN,
    Grouping.ROLE: GroupedBy.ROLE,
    Grouping.CHANNEL: GroupedBy.CHANNEL,
}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, UTC, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def until(self) -> datetime:
        """The moment at which it is over."""
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)

    @property
    def days(self) -> list[date]:
        """Its days in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(slots=True)
class Row:
    """The counts of one group: an ISO date, a page, a campaign, a role as the ledger keeps it, or a channel.

    `group` is None for signups without one. `outcomes` counts signups by outcome, `letters` their reports by result.
    `soon` of the sent letters were accepted within SOON_S seconds of the report's commit; SES sent an event of any
    kind about `reported` of them.
    """

    group: str | None
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    letters: Counter[LetterResult] = field(default_factory=Counter)
    soon: int = 0
    reported: int = 0

    @property
    def signups(self) -> int:
        """Every signup, duplicates and refusals included."""
        return sum(self.outcomes.values())

    @property
    def sent(self) -> int:
        """Letters that SES accepted."""
        return self.letters[LetterResult.SENT]


def count(tx: Connection, period: Period, grouping: Grouping, dated_by: DatedBy) -> list[Row]:
    """One row for each group that has anything to count, in no order.

    Counts signups received in the period with what became of their letters; or, by the date of sending, the letters
    that SES accepted in the period with their signups.
    """
    day, narrow = _within(period, dated_by)
    by = day if grouping is Grouping.DAY else "name"
    return [
        _row(getattr(read, by) or None, read, dated_by)
        for read in tally.read(tx, _TALLIED[grouping], (by,), _COUNTERS, narrow)
    ]


def total(rows: Iterable[Row]) -> Row:
    """All rows together."""
    whole = Row(None)
    for row in rows:
        whole.outcomes.update(row.outcomes)
        whole.letters.update(row.letters)
        whole.soon += row.soon
        whole.reported += row.reported
    return whole


def bounce_reasons(tx: Connection, period: Period, dated_by: DatedBy) -> list[tuple[str | None, int]]:
    """SES's words for why letters of the period bounced, as the ledger keeps them, most letters first."""
    _, narrow = _within(period, dated_by)
    return _ranked(tx, GroupedBy.BOUNCE, narrow)


def silent_domains(tx: Connection, period: Period, dated_by: DatedBy) -> list[tuple[str | None, int]]:
    """The domains of letters of the period without a word for a day, most letters first; None: erased addresses."""
    _, narrow = _within(period, dated_by)
    last = (database_now(tx).date() - timedelta(days=SILENT_AFTER_DAYS)).isoformat()
    return _ranked(tx, GroupedBy.DOMAIN, lambda key: (*narrow(key), key.sent_on <= last))


def any_signup(tx: Connection) -> bool:
    """Whether the ledger has any signup of a reader."""
    return tx.execute(sa.select(signup.c.id).where(OF_READERS).limit(1)).first() is not None


def _ranked(tx: Connection, grouped_by: GroupedBy, narrow: Narrow) -> list[tuple[str | None, int]]:
    found = tally.read(tx, grouped_by, ("name",), _SENT, narrow)
    ranked = [(read.name or None, sum(getattr(read, name) for name in _SENT)) for read in found]
    return sorted(ranked, key=lambda each: (-each[1], each[0] or ""))


def _joined() -> sa.Join:
    return report.join(signup, signup.c.id == report.c.signup_row)


def _within(period: Period, dated_by: DatedBy) -> tuple[str, Narrow]:
    """The column of the day that counts, and the condition that it is in the period."""
    day = "sent_on" if dated_by is DatedBy.SENT else "received_on"
    return day, lambda key: (key[day].between(period.first.isoformat(), period.last.isoformat()),)


def _row(group: str | None, read: Any, dated_by: DatedBy) -> Row:
    row = Row(group, soon=read.soon)
    for state in COUNTED_STATES:
        if state not in SENT_STATES and dated_by is DatedBy.SIGNED_UP:
            like = ReportState.READY if state == WAITING else state
            _add(row, results_of(like, None), getattr(read, f"state_{state}"))
    sent = sum(getattr(read, name) for name in _SENT)
    for kind in FeedbackKind:
        letters = getattr(read, f"feedback_{kind}")
        row.reported += letters
        _add(row, results_of(ReportState.SENT, kind), letters)
    _add(row, results_of(ReportState.SENT, None), sent - row.reported)
    if dated_by is DatedBy.SENT:
        row.outcomes[Outcome.ADMITTED] = sent
    else:
        row.outcomes.update({outcome: found for outcome in Outcome if (found := getattr(read, f"outcome_{outcome}"))})
    return row


def _add(row: Row, results: Iterable[LetterResult], letters: int) -> None:
    if letters:
        row.letters.update(dict.fromkeys(results, letters))
