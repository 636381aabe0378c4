"""The titles that no report can be made for: what people ask for and the catalogue lacks, and what is no job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import tally
from worker.ledger.outcomes import Outcome
from worker.ledger.tally import Columns

_COUNTER = f"outcome_{Outcome.UNKNOWN_ROLE}"


@dataclass(frozen=True, slots=True)
class UnknownRole:
    """A folded title that no report could be made for; `reason` says how intake read it."""

    text: str
    reason: str
    signups: int


def unknown_roles(tx: Connection, *, limit: int, first: date, last: date) -> list[UnknownRole]:
    """The titles that no report can be made for, most signups first; those read alike (`reason`) stay together.

    Counts what was received from the day `first` to the day `last`, both included, in UTC.
    """

    def within(key: Columns) -> tuple[sa.ColumnElement[bool], ...]:
        return key.received_on.between(first.isoformat(), last.isoformat()), key.name != ""  # which was erased

    rows = tally.read(tx, tally.GroupedBy.TITLE, ("name", "detail"), (_COUNTER,), within)
    ranked = sorted(rows, key=lambda row: (-getattr(row, _COUNTER), row.name))[:limit]
    found = [UnknownRole(row.name, row.detail, getattr(row, _COUNTER)) for row in ranked]
    reasons = list(dict.fromkeys(role.reason for role in found))
    return sorted(found, key=lambda role: reasons.index(role.reason))
