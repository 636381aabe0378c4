"""What marketing asks: signups by day, the funnel, roles and campaigns, over one span of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import report, signup
from worker.ledger.states import FeedbackKind, Outcome, ReportState

TOP = 12  # rows of each ranking


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row of a ranking: signups under a name, and what became of them."""

    name: str
    signups: int
    sent: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything the summary page shows. `days` maps ISO dates (UTC) to counts by outcome."""

    days: Mapping[str, Mapping[str, int]]
    signups: int
    admitted: int
    sent: int
    delivered: int
    bounced: int
    complained: int
    roles: tuple[Ranked, ...]
    campaigns: tuple[Ranked, ...]
    wishes: tuple[tuple[str, int], ...]


def summarise(tx: Connection, *, since: datetime, until: datetime) -> Summary:
    """Count what was received in [since, until)."""
    span = (signup.c.received_at >= since, signup.c.received_at < until)
    days = _days(tx, span)
    feedback = _reports(tx, span)
    return Summary(
        days=days,
        signups=sum(sum(counts.values()) for counts in days.values()),
        admitted=sum(counts.get(Outcome.ADMITTED, 0) for counts in days.values()),
        sent=sum(feedback.values()),
        delivered=sum(feedback.get(kind, 0) for kind in (FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED)),
        bounced=feedback.get(FeedbackKind.BOUNCED, 0),
        complained=feedback.get(FeedbackKind.COMPLAINED, 0),
        roles=_ranking(tx, signup.c.role_slug, span),
        campaigns=_ranking(tx, signup.c.campaign, span),
        wishes=_wishes(tx, span),
    )


def _days(tx: Connection, span: tuple[sa.ColumnElement[bool], ...]) -> dict[str, dict[str, int]]:
    day = _day(tx, signup.c.received_at)
    query = sa.select(day, signup.c.outcome, sa.func.count()).where(*span).group_by(day, signup.c.outcome)
    days: dict[str, dict[str, int]] = {}
    for date, outcome, count in tx.execute(query.order_by(day)):
        days.setdefault(date, {})[outcome] = count
    return days


def _day(tx: Connection, moment: sa.Column[Any]) -> sa.ColumnElement[str]:
    if tx.dialect.name == "postgresql":
        return sa.func.to_char(sa.func.timezone(sa.literal_column("'UTC'"), moment), sa.literal_column("'YYYY-MM-DD'"))
    return sa.func.substr(sa.cast(moment, sa.Text), 1, 10)


def _reports(tx: Connection, span: tuple[sa.ColumnElement[bool], ...]) -> dict[str, int]:
    """Sent reports by the last feedback on them; `sent` where there is none."""
    kind = sa.func.coalesce(report.c.feedback, FeedbackKind.SENT.value)
    joined = signup.join(report, report.c.signup == signup.c.id)
    query = sa.select(kind.label("kind"), sa.func.count()).select_from(joined)
    rows = tx.execute(query.where(*span, report.c.state == ReportState.SENT).group_by(sa.text("kind")))
    return {name: count for name, count in rows}  # noqa: C416 - rows are no plain tuples to mypy


def _ranking(tx: Connection, column: sa.Column[Any], span: tuple[sa.ColumnElement[bool], ...]) -> tuple[Ranked, ...]:
    joined = signup.outerjoin(report, report.c.signup == signup.c.id)
    sent = sa.func.count().filter(report.c.state == ReportState.SENT)
    query = sa.select(column, sa.func.count(), sent).select_from(joined).where(*span, column.is_not(None))
    rows = tx.execute(query.group_by(column).order_by(sa.func.count().desc(), column).limit(TOP))
    return tuple(Ranked(*row) for row in rows)


def _wishes(tx: Connection, span: tuple[sa.ColumnElement[bool], ...]) -> tuple[tuple[str, int], ...]:
    wanted = sa.func.lower(signup.c.role_text)
    query = sa.select(wanted, sa.func.count()).where(*span, signup.c.outcome == Outcome.UNKNOWN_ROLE).group_by(wanted)
    rows = tx.execute(query.order_by(sa.func.count().desc(), wanted).limit(TOP))
    return tuple((role, count) for role, count in rows)
