"""The counts of the ledger, kept with its writes: they cost the same to read at any size of the ledger.

A count is what `tally` holds and the changes that were not added to it yet. Each change counts in several groupings at
once; days are in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from worker.ledger.channels import Channel
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.store import insert
from worker.ledger.tally_schema import COUNTERS, EMPTY, tally, tally_change

SAID = (FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED, FeedbackKind.BOUNCED, FeedbackKind.REJECTED)
"""The feedback that says what became of a letter."""

Columns = ReadOnlyColumnCollection[str, Any]
Narrow = Callable[[Columns], Iterable[sa.ColumnElement[bool]]]


class GroupedBy(StrEnum):
    """What a row of `tally` counts. Only ALL and MAILER have no days, and only ALL has canaries, which are nobody."""

    ALL = "all"
    MAILER = "mailer"
    CHANNEL = "channel"
    ROLE = "role"
    PAGE = "page"
    CAMPAIGN = "campaign"
    DOMAIN = "domain"
    """Sent letters without a word, by the domain of their address."""
    BOUNCE = "bounce"
    """Bounced letters, by SES's words for why."""
    TITLE = "title"
    """Signups whose title no report can be made for, by that title and by how intake read it."""


KEY = ("grouped_by", "received_on", "sent_on", "name", "detail", "purged")
UNDATED = (GroupedBy.ALL, GroupedBy.MAILER)


def read(
    tx: Connection, grouped_by: GroupedBy, by: Sequence[str], counters: Sequence[str], narrow: Narrow = lambda _: ()
) -> list[Any]:
    """Rows of the columns `by` of the key with the sum of each of `counters`, where `narrow` holds on the key."""
    kept = sa.select(*(tally.c[name] for name in (*by, *counters))).where(
        tally.c.grouped_by == str(grouped_by), *narrow(tally.c)
    )
    lines = lines_of(tally_change, grouped_by).subquery("lines")
    changed = sa.select(*(lines.c[name] for name in (*by, *counters))).where(*narrow(lines.c))
    both = sa.union_all(kept, changed).subquery("counted")
    sums = [sa.cast(sa.func.coalesce(sa.func.sum(both.c[name]), 0), sa.BigInteger).label(name) for name in counters]
    query = sa.select(*(both.c[name] for name in by), *sums).group_by(*(both.c[name] for name in by))
    return [row for row in tx.execute(query) if any(getattr(row, name) for name in counters)]


def totals(tx: Connection, counters: Sequence[str]) -> dict[str, int]:
    """The sum of each of `counters` over the whole ledger."""
    found = read(tx, GroupedBy.ALL, (), counters)
    return {name: int(getattr(found[0], name)) if found else 0 for name in counters}


def fold(tx: Connection, *, most: int) -> int:
    """Add up to `most` changes to the counts; returns how many. Needs `alone`.

    What other transactions commit meanwhile is neither added nor deleted, and waits for the next time.
    """
    chosen = sa.select(tally_change.c.id).order_by(tally_change.c.id).limit(most).subquery("chosen")
    last = tx.execute(sa.select(sa.func.max(chosen.c.id))).scalar_one()
    if last is None:
        return 0
    these = tally_change.c.id <= last
    add(tx, sa.select(tally_change).where(these).subquery("changes"), GroupedBy)
    folded = tx.execute(sa.delete(tally_change).where(these)).rowcount
    drop_empty(tx)
    return folded


def add(tx: Connection, source: sa.FromClause, groupings: Iterable[GroupedBy]) -> None:
    """Add changes to the counts of these groupings. `source` has the columns of `tally_change`, with or without id."""
    alike = added_up(source)
    lines = sa.union_all(*(lines_of(alike, each) for each in groupings)).subquery("lines")
    key = [lines.c[name] for name in KEY]
    summed = ("members", *COUNTERS)
    query = sa.select(*key, *(sa.func.sum(lines.c[name]) for name in summed)).where(sa.true()).group_by(*key)
    statement = insert(tx, tally).from_select([*KEY, *summed], query)
    more = {name: tally.c[name] + statement.excluded[name] for name in summed}
    tx.execute(statement.on_conflict_do_update(index_elements=list(KEY), set_=more))


def added_up(source: sa.FromClause) -> sa.CTE:
    """Changes that are alike as one, with the sum of their `n`: many groupings then read few lines."""
    alike = [each for each in source.c if each.name not in {"id", "n"}]
    return sa.select(sa.func.sum(source.c.n).label("n"), *alike).group_by(*alike).cte("alike")


def drop_empty(tx: Connection) -> None:
    """Delete the groups that have lost their last row, with the words of people that name them."""
    tx.execute(sa.delete(tally).where(EMPTY))


def alone(tx: Connection) -> None:
    """Wait until no other transaction writes counts; then see the ledger as it is at that moment, to the end.

    To be called first in a transaction. Those who write changes go on meanwhile.
    """
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tx.exec_driver_sql("LOCK TABLE tally IN SHARE ROW EXCLUSIVE MODE")  # takes no snapshot; the next query does


def lines_of(source: sa.FromClause, grouped_by: GroupedBy) -> sa.Select[Any]:
    """A line of `tally` for each change of `source` that counts in this grouping."""
    change = source.c
    name, detail, where = _group(change, grouped_by)
    days = ("", "") if grouped_by in UNDATED else (change.received_on, change.sent_on)
    key: tuple[Any, ...] = (str(grouped_by), *days, name, detail, change.purged)
    labelled = [(sa.literal(part, sa.Text) if isinstance(part, str) else part) for part in key]
    counts = {name: sa.case((change[column] == value, change.n), else_=0) for name, (column, value) in COUNTERS.items()}
    return sa.select(
        *(part.label(column) for part, column in zip(labelled, KEY, strict=True)),
        change.n.label("members"),
        *(count.label(column) for column, count in counts.items()),
    ).where(where)


def _group(change: Columns, grouped_by: GroupedBy) -> tuple[Any, Any, sa.ColumnElement[bool]]:
    """Name and detail of the group that a change is counted in, and whether it counts in this grouping at all."""
    reader = sa.and_(change.channel.is_not(None), change.channel != str(Channel.CANARY))
    match grouped_by:
        case GroupedBy.ALL:
            return "", "", sa.true()
        case GroupedBy.MAILER:
            return change.mailer, "", change.mailer.is_not(None)
        case GroupedBy.DOMAIN:
            sent = change.state.in_((str(ReportState.SENT), str(ReportState.RETURNED)))
            no_word = sa.func.coalesce(change.feedback, "").not_in([str(kind) for kind in SAID])
            return sa.func.coalesce(change.domain, ""), "", sa.and_(reader, sent, no_word)
        case GroupedBy.BOUNCE:
            return sa.func.coalesce(change.bounce, ""), "", sa.and_(reader, change.feedback == FeedbackKind.BOUNCED)
        case GroupedBy.TITLE:
            title, reason = (sa.func.coalesce(column, "") for column in (change.title, change.title_reason))
            return title, reason, sa.and_(reader, change.outcome == Outcome.UNKNOWN_ROLE)
        case _:
            return sa.func.coalesce(change[str(grouped_by)], ""), "", reader
