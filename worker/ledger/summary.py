"""The figures of the summary page: signups by day, the funnel, roles and campaigns over one span of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import report, signup
from worker.ledger.unknown_roles import UnknownRole, unknown_roles

TOP = 12  # rows of each ranking


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row of a ranking: a role or campaign, its signups, and how many of their reports were sent."""

    name: str
    signups: int
    sent: int


@dataclass(frozen=True, slots=True)
class _Group:
    """How many signups share a role, a campaign, the last feedback and whether the report was sent."""

    role: str | None
    campaign: str | None
    sent: bool
    feedback: str | None
    signups: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Every figure of the summary page. `days` maps ISO dates (UTC) to counts by outcome."""

    days: Mapping[str, Mapping[str, int]]
    signups: int
    admitted: int
    sent: int
    delivered: int
    bounced: int
    complained: int
    roles: tuple[Ranked, ...]
    campaigns: tuple[Ranked, ...]
    unknown_roles: list[UnknownRole]


def summarise(tx: Connection, *, since: datetime, until: datetime) -> Summary:
    """Count what was received in [since, until)."""
    span = (signup.c.received_at >= since, signup.c.received_at < until)
    days, groups = _days(tx, span), _groups(tx, span)
    feedback = _feedback(groups)
    return Summary(
        days=days,
        signups=sum(sum(counts.values()) for counts in days.values()),
        admitted=sum(counts.get(Outcome.ADMITTED, 0) for counts in days.values()),
        sent=sum(feedback.values()),
        delivered=sum(feedback[kind] for kind in (FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED)),
        bounced=feedback[FeedbackKind.BOUNCED],
        complained=feedback[FeedbackKind.COMPLAINED],
        roles=_ranking(groups, lambda group: group.role),
        campaigns=_ranking(groups, lambda group: group.campaign),
        unknown_roles=unknown_roles(tx, limit=TOP, since=since, until=until),
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


def _groups(tx: Connection, span: tuple[sa.ColumnElement[bool], ...]) -> list[_Group]:
    """Count once by what three figures share: the join with report is expensive."""
    joined = signup.outerjoin(report, report.c.signup_row == signup.c.id)
    by = (
        signup.c.role_slug,
        signup.c.campaign,
        report.c.state.in_((ReportState.SENT, ReportState.RETURNED)),
        report.c.feedback,
    )
    rows = tx.execute(sa.select(*by, sa.func.count()).select_from(joined).where(*span).group_by(*by))
    return [_Group(role, campaign, bool(sent), feedback, count) for role, campaign, sent, feedback, count in rows]


def _feedback(groups: list[_Group]) -> Counter[str]:
    """Count sent reports by their last feedback; `sent` where there is none."""
    found: Counter[str] = Counter()
    for group in groups:
        if group.sent:
            found[group.feedback or FeedbackKind.SENT] += group.signups
    return found


def _ranking(groups: list[_Group], name_of: Callable[[_Group], str | None]) -> tuple[Ranked, ...]:
    signups: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for group in groups:
        name = name_of(group)
        if name is not None:
            signups[name] += group.signups
            sent[name] += group.signups if group.sent else 0
    first = sorted(signups, key=lambda name: (-signups[name], name))[:TOP]
    return tuple(Ranked(name, signups[name], sent[name]) for name in first)
