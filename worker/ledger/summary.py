"""What marketing asks: signups by day, the funnel, roles and campaigns, over one span of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
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
class _Part:
    """How many signups share a role, a campaign and what became of the report."""

    role: str | None
    campaign: str | None
    sent: bool
    feedback: str | None
    signups: int


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
    days, parts = _days(tx, span), _parts(tx, span)
    feedback = _feedback(parts)
    return Summary(
        days=days,
        signups=sum(sum(counts.values()) for counts in days.values()),
        admitted=sum(counts.get(Outcome.ADMITTED, 0) for counts in days.values()),
        sent=sum(feedback.values()),
        delivered=sum(feedback[kind] for kind in (FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED)),
        bounced=feedback[FeedbackKind.BOUNCED],
        complained=feedback[FeedbackKind.COMPLAINED],
        roles=_ranking(parts, lambda part: part.role),
        campaigns=_ranking(parts, lambda part: part.campaign),
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


def _parts(tx: Connection, span: tuple[sa.ColumnElement[bool], ...]) -> list[_Part]:
    """The span's signups, parted once: to join them to their reports is the dear part, and three figures need it."""
    joined = signup.outerjoin(report, report.c.signup == signup.c.id)
    by = (signup.c.role_slug, signup.c.campaign, report.c.state == ReportState.SENT, report.c.feedback)
    rows = tx.execute(sa.select(*by, sa.func.count()).select_from(joined).where(*span).group_by(*by))
    return [_Part(role, campaign, bool(sent), feedback, count) for role, campaign, sent, feedback, count in rows]


def _feedback(parts: list[_Part]) -> Counter[str]:
    """Sent reports by the last feedback on them; `sent` where there is none."""
    found: Counter[str] = Counter()
    for part in parts:
        if part.sent:
            found[part.feedback or FeedbackKind.SENT] += part.signups
    return found


def _ranking(parts: list[_Part], name_of: Callable[[_Part], str | None]) -> tuple[Ranked, ...]:
    signups: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for part in parts:
        name = name_of(part)
        if name is not None:
            signups[name] += part.signups
            sent[name] += part.signups if part.sent else 0
    first = sorted(signups, key=lambda name: (-signups[name], name))[:TOP]
    return tuple(Ranked(name, signups[name], sent[name]) for name in first)


def _wishes(tx: Connection, span: tuple[sa.ColumnElement[bool], ...]) -> tuple[tuple[str, int], ...]:
    wanted = sa.func.lower(signup.c.role_text)
    query = sa.select(wanted, sa.func.count()).where(*span, signup.c.outcome == Outcome.UNKNOWN_ROLE).group_by(wanted)
    rows = tx.execute(query.order_by(sa.func.count().desc(), wanted).limit(TOP))
    return tuple((role, count) for role, count in rows)
