"""The send log: every signup with what became of it. One table of columns, and one query that reads them.

A page, an export and a command differ only in which columns they show. A new column is one more line of `COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.disclosure import Disclosure
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import HANDED_OVER
from worker.ledger.log_filter import LogFilter, conditions_of, newest_first, of_reports
from worker.ledger.schema import attempt, report, signup
from worker.masking import mask_address, mask_text
from worker.report.occupation_names import role_words
from worker.times import timestamp
from worker.wording import (
    feedback_words,
    outcome_words,
    reason_words,
    report_kind_words,
    state_words,
)

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
_BOUNCE = sa.case((report.c.feedback == FeedbackKind.BOUNCED, report.c.feedback_detail))
_WHY = sa.func.coalesce(signup.c.reason, _BOUNCE, report.c.reason)  # the same, or why its letter bounced

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
    Column("reason_text", "reason", _WHY, convert=reason_words, on_page=True, in_table=True),
    Column("feedback_detail", "feedback code", report.c.feedback_detail),
    Column("letter_subject", "subject sent", attempt.c.subject, on_page=True),
    Column("letter_kind", "kind sent", attempt.c.report_kind, words=report_kind_words),
    Column("letter_role", "role sent", attempt.c.role_slug, words=role_words),
    Column("letter_title", "title sent", attempt.c.title),
    Column("letter_index", "index sent", attempt.c.index_value, on_page=True),
    Column("channel", "channel", signup.c.channel),
    Column("signup", "signup", signup.c.id, in_table=True),
    Column("signup_id", "signup id", signup.c.signup_id, mask=mask_text),
)
PAGE_COLUMNS = tuple(column for column in COLUMNS if column.on_page)
TABLE_COLUMNS = tuple(column for column in COLUMNS if column.in_table)


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


def count_up_to(tx: Connection, which: LogFilter, *, most: int | None) -> int:
    """How many signups match, counted no further than `most`: a bigger ledger costs no more. None counts them all."""
    source = _joined() if of_reports(which) else signup
    matching = sa.select(signup.c.id).select_from(source).where(*conditions_of(which)).order_by(*newest_first(which))
    counted = matching.limit(most).subquery()
    return tx.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()


def _rows(tx: Connection, which: LogFilter, limit: int) -> sa.CursorResult[Any]:
    cells = [column.source.label(column.name) for column in COLUMNS]
    ids = {"_signup_row": signup.c.id, "_recipient_key": signup.c.recipient_key, "_report_id": report.c.id}
    labelled = [column.label(name) for name, column in ids.items()]
    source = _joined().outerjoin(attempt, attempt.c.id == _letters_attempt())
    query = sa.select(*labelled, *cells).select_from(source).where(*conditions_of(which))
    return tx.execute(query.order_by(*newest_first(which)).limit(limit))


def _letters_attempt() -> sa.ScalarSelect[Any]:
    """The attempt of a report whose letter SES accepted, the last of them."""
    accepted = (attempt.c.report_id == report.c.id, attempt.c.state.in_(HANDED_OVER))
    last = sa.select(attempt.c.id).where(*accepted).order_by(attempt.c.number.desc()).limit(1)
    return last.correlate(report).scalar_subquery()


def _entry(row: sa.Row[Any], *, in_clear: bool) -> Entry:
    read = row._mapping
    cells = {column.name: column.value(read[column.name], in_clear=in_clear) for column in COLUMNS}
    return Entry(read["_signup_row"], read["_recipient_key"], read["_report_id"], cells)


def _joined() -> sa.Join:
    return signup.outerjoin(report, report.c.signup_row == signup.c.id)
