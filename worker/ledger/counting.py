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

from worker.ledger.channels import LANES, Channel, Lane
from worker.ledger.durations import seconds_between
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.letter_results import SENT_STATES, LetterResult, has_result, results_of
from worker.ledger.log_filter import OF_READERS, DatedBy
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import report, signup
from worker.ledger.store import after
from worker.wording import lane_words

SOON_S = 60.0  # "sent within a minute"


class Grouping(StrEnum):
    """What the rows of a count are."""

    DAY = "day"
    PAGE = "page"
    CAMPAIGN = "campaign"
    ROLE = "role"
    CHANNEL = "channel"


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


@dataclass(frozen=True, slots=True)
class LaneTimes:
    """The letters that a lane sent; `soon` of them within SOON_S seconds of the report's commit."""

    lane: Lane
    sent: int
    soon: int

    @property
    def words(self) -> str:
        """`browser 98 % of 120`."""
        return f"{lane_words(self.lane)} {self.soon / self.sent:.0%} of {self.sent:,}"


def count(tx: Connection, period: Period, grouping: Grouping, dated_by: DatedBy) -> list[Row]:
    """One row for each group that has anything to count, in no order.

    Counts signups received in the period with what became of their letters; or, by the date of sending, the letters
    that SES accepted in the period with their signups.
    """
    group = _column(tx, grouping, dated_by)
    soon = seconds_between(report.c.created_at, report.c.sent_at) <= SOON_S
    by = (group, signup.c.outcome, report.c.state, report.c.feedback, sa.and_(report.c.state.in_(SENT_STATES), soon))
    query = sa.select(*by, sa.func.count()).select_from(_joined(dated_by)).where(*_within(period, dated_by))
    rows: dict[str | None, Row] = {}
    for name, outcome, state, feedback, within, number in tx.execute(query.group_by(*by)):
        row = rows.setdefault(name, Row(name))
        row.outcomes[Outcome(outcome)] += number
        if state is None:
            continue
        results = results_of(state, feedback)
        row.letters.update(dict.fromkeys(results, number))
        if LetterResult.SENT in results:
            row.soon += number if within else 0
            row.reported += number if feedback is not None else 0
    return list(rows.values())


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
    bounced = (report.c.feedback == FeedbackKind.BOUNCED, has_result(LetterResult.BOUNCED))
    return _ranked(tx, report.c.feedback_detail, *bounced, *_within(period, dated_by), dated_by=dated_by)


def silent_domains(tx: Connection, period: Period, dated_by: DatedBy) -> list[tuple[str | None, int]]:
    """The domains of letters of the period without a word for a day, most letters first; None: erased addresses."""
    silent = has_result(LetterResult.SILENT)
    return _ranked(tx, signup.c.domain, silent, *_within(period, dated_by), dated_by=dated_by)


def lane_times(tx: Connection, *, within_s: float) -> tuple[LaneTimes, ...]:
    """How soon the letters of the last `within_s` seconds were sent, for each lane that sent any."""
    soon = sa.func.sum(sa.case((seconds_between(report.c.created_at, report.c.sent_at) <= SOON_S, 1), else_=0))
    lately = (report.c.sent_at > after(-within_s), report.c.state.in_(SENT_STATES), OF_READERS)
    query = sa.select(signup.c.channel, sa.func.count(), soon).select_from(_joined(DatedBy.SENT)).where(*lately)
    sent: Counter[Lane] = Counter()
    sent_soon: Counter[Lane] = Counter()
    for channel, number, of_them_soon in tx.execute(query.group_by(signup.c.channel)):
        sent[LANES[Channel(channel)]] += number
        sent_soon[LANES[Channel(channel)]] += of_them_soon
    return tuple(LaneTimes(lane, sent[lane], sent_soon[lane]) for lane in Lane if sent[lane])


def any_signup(tx: Connection) -> bool:
    """Whether the ledger has any signup of a reader."""
    return tx.execute(sa.select(signup.c.id).where(OF_READERS).limit(1)).first() is not None


def _ranked(
    tx: Connection, column: sa.Column[Any], *where: sa.ColumnElement[bool], dated_by: DatedBy
) -> list[tuple[str | None, int]]:
    number = sa.func.count()
    query = sa.select(column, number).select_from(_joined(dated_by)).where(*where).group_by(column)
    return [(name, found) for name, found in tx.execute(query.order_by(number.desc(), column))]


def _joined(dated_by: DatedBy) -> sa.Join:
    if dated_by is DatedBy.SENT:
        return report.join(signup, signup.c.id == report.c.signup_row)
    return signup.outerjoin(report, report.c.signup_row == signup.c.id)


def _within(period: Period, dated_by: DatedBy) -> tuple[sa.ColumnElement[bool], ...]:
    if dated_by is DatedBy.SENT:
        sent = (report.c.sent_at >= period.since, report.c.sent_at < period.until)
        return (*sent, report.c.state.in_(SENT_STATES), OF_READERS)
    return signup.c.received_at >= period.since, signup.c.received_at < period.until, OF_READERS


def _column(tx: Connection, grouping: Grouping, dated_by: DatedBy) -> sa.ColumnElement[Any]:
    match grouping:
        case Grouping.DAY:
            return _day(tx, report.c.sent_at if dated_by is DatedBy.SENT else signup.c.received_at)
        case Grouping.PAGE:
            return signup.c.source_page
        case Grouping.CAMPAIGN:
            return signup.c.campaign
        case Grouping.ROLE:
            return signup.c.role_slug
        case Grouping.CHANNEL:
            return signup.c.channel


def _day(tx: Connection, moment: sa.Column[Any]) -> sa.ColumnElement[str]:
    if tx.dialect.name == "postgresql":
        return sa.func.to_char(sa.func.timezone(sa.literal_column("'UTC'"), moment), sa.literal_column("'YYYY-MM-DD'"))
    return sa.func.substr(sa.cast(moment, sa.Text), 1, 10)
