"""The send log: every signup with what became of it. One table of columns, and one query that reads them.

A page, an export and a command differ only in which columns they show. A new column is one more line of `COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.disclosure import Disclosure
from worker.ledger.schema import report, signup
from worker.masking import mask_address, mask_text
from worker.report.occupation_names import role_words
from worker.times import iso, timestamp
from worker.wording import feedback_words, outcome_words, reason_words, state_words

Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its JSON key and CSV header, the header that people read, and where its value comes from.

    `mask` hides addresses in the value. `convert` makes the value from what was read. `words` puts a code into words
    for people; exports keep the code.
    """

    name: str
    header: str
    source: sa.ColumnElement[Any]
    mask: Callable[[str], str] | None = None
    convert: Callable[[str], str] | None = None
    words: Callable[[str], str] | None = None
    on_page: bool = False
    in_table: bool = False

    def value(self, read: Cell, *, in_clear: bool) -> Cell:
        """The cell of an export."""
        if isinstance(read, str) and self.mask is not None and not in_clear:
            read = self.mask(read)
        return self.convert(read) if isinstance(read, str) and self.convert is not None else read

    def text(self, cell: Cell) -> str:
        """The cell as people read it: times to the second in UTC, codes in words."""
        if isinstance(cell, datetime):
            return timestamp(cell)
        if cell is None:
            return ""
        return self.words(cell) if isinstance(cell, str) and self.words is not None else str(cell)


_ADDRESS = sa.func.coalesce(report.c.address, signup.c.address_masked)
_ROLE = sa.func.coalesce(signup.c.role_slug, signup.c.role_text)
_REASON = sa.func.coalesce(signup.c.reason, report.c.reason)  # why intake refused it, or why its report stopped

COLUMNS = (
    Column("received_at", "received", signup.c.received_at, on_page=True, in_table=True),
    Column("address", "address", _ADDRESS, mask=mask_address, on_page=True, in_table=True),
    Column("role", "role", _ROLE, mask=mask_text, words=role_words, on_page=True, in_table=True),
    Column("role_as_written", "role as written", signup.c.role_text, mask=mask_text),
    Column("source_page", "page", signup.c.source_page, mask=mask_text, on_page=True),
    Column("campaign", "campaign", signup.c.campaign, mask=mask_text, on_page=True, in_table=True),
    Column("outcome", "outcome", signup.c.outcome, words=outcome_words, on_page=True, in_table=True),
    Column("reason", "reason code", _REASON),
    Column("report", "report", report.c.id, in_table=True),
    Column("state", "state", report.c.state, words=state_words, on_page=True, in_table=True),
    Column("sent_at", "sent", report.c.sent_at, on_page=True),
    Column("feedback", "feedback", report.c.feedback, words=feedback_words, on_page=True, in_table=True),
    Column("reason_text", "reason", _REASON, convert=reason_words, on_page=True, in_table=True),
    Column("channel", "channel", signup.c.channel, on_page=True),
    Column("signup", "signup", signup.c.id, in_table=True),
    Column("signup_id", "signup id", signup.c.signup_id, mask=mask_text),
)
_IDS = {"_signup_row": signup.c.id, "_recipient_key": signup.c.recipient_key, "_report_id": report.c.id}
PAGE_COLUMNS = tuple(column for column in COLUMNS if column.on_page)
TABLE_COLUMNS = tuple(column for column in COLUMNS if column.in_table)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which signups to list; every given field narrows (AND). `before_id` continues a listing, newest first."""

    state: str | None = None
    outcome: str | None = None
    role: str | None = None
    campaign: str | None = None
    page: str | None = None
    feedback: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    recipient_key: str | None = None
    before_id: int | None = None

    def described(self) -> dict[str, str]:
        """The filter for the audit trail: what was asked, without the person and without any address."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        named = {name: asked[name] for name in asked if name not in {"recipient_key", "before_id"}}
        return {
            name: iso(value) if isinstance(value, datetime) else mask_text(str(value))
            for name, value in named.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One signup of the log: a cell for each column by its name, and the ids that lead on from it."""

    signup_row: int
    recipient_key: str | None
    report_id: int | None
    cells: Mapping[str, Cell]


def entries(tx: Connection, which: LogFilter, *, limit: int) -> list[Entry]:
    """Signups, newest first, addresses masked."""
    return [_entry(row, in_clear=False) for row in _rows(tx, which, limit)]


def entries_in_clear(tx: Connection, which: LogFilter, disclosure: Disclosure, *, limit: int) -> list[Entry]:
    """Signups, newest first, with addresses in clear, as far as they were not erased."""
    assert disclosure.action, "nothing is read without a record"
    return [_entry(row, in_clear=True) for row in _rows(tx, which, limit)]


def count_up_to(tx: Connection, which: LogFilter, *, most: int) -> int:
    """How many signups match, counted no further than `most`: a bigger ledger costs no more."""
    of_reports = which.state is not None or which.feedback is not None
    source = _joined() if of_reports else signup
    matching = sa.select(signup.c.id).select_from(source).where(*_conditions(which)).order_by(*_newest_first(which))
    counted = matching.limit(most).subquery()
    return tx.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()


def _rows(tx: Connection, which: LogFilter, limit: int) -> sa.CursorResult[Any]:
    cells = [column.source.label(column.name) for column in COLUMNS]
    ids = {"_signup_row": signup.c.id, "_recipient_key": signup.c.recipient_key, "_report_id": report.c.id}
    labelled = [column.label(name) for name, column in ids.items()]
    query = (
        sa.select(*labelled, *cells).select_from(_joined()).where(*_conditions(which)).order_by(*_newest_first(which))
    )
    return tx.execute(query.limit(limit))


def _entry(row: sa.Row[Any], *, in_clear: bool) -> Entry:
    read = row._mapping
    cells = {column.name: column.value(read[column.name], in_clear=in_clear) for column in COLUMNS}
    return Entry(read["_signup_row"], read["_recipient_key"], read["_report_id"], cells)


def _joined() -> sa.Join:
    return signup.outerjoin(report, report.c.signup_row == signup.c.id)


def _order(which: LogFilter) -> tuple[sa.Column[Any], ...]:
    """The columns a listing follows, newest first. Each filter has an index in that order, so nothing is sorted."""
    if which.until is not None:
        return signup.c.received_at, signup.c.id
    return (report.c.signup_row if which.state or which.feedback else signup.c.id,)


def _newest_first(which: LogFilter) -> list[sa.ColumnElement[Any]]:
    return [column.desc() for column in _order(which)]


def _comes_after(which: LogFilter, signup_row: int) -> sa.ColumnElement[bool]:
    """Whether a row follows this signup in the listing."""
    *moment, by_id = _order(which)
    if not moment:
        return by_id < signup_row
    at = sa.select(signup.c.received_at).where(signup.c.id == signup_row).scalar_subquery()
    return sa.tuple_(*moment, by_id) < sa.tuple_(at, sa.literal(signup_row))


def _conditions(which: LogFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for column, wanted in (
        (report.c.state, which.state),
        (signup.c.outcome, which.outcome),
        (signup.c.campaign, which.campaign),
        (signup.c.source_page, which.page),
        (report.c.feedback, which.feedback),
        (signup.c.recipient_key, which.recipient_key),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if which.role is not None:
        conditions.append(sa.or_(signup.c.role_slug == which.role, signup.c.role_text == which.role))
    if which.since is not None:
        conditions.append(signup.c.received_at >= which.since)
    if which.until is not None:
        conditions.append(signup.c.received_at < which.until)
    if which.before_id is not None:
        conditions.append(_comes_after(which, which.before_id))
    return conditions
