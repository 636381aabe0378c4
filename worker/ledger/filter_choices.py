"""The campaigns, pages and roles that the ledger holds, for filters to offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import signup
from worker.masking import mask_text

MOST = 200  # of each; a filter may also be typed


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What a filter may ask for and find, in alphabetical order; without values that hold an address."""

    campaigns: tuple[str, ...]
    pages: tuple[str, ...]
    roles: tuple[str, ...]


def filter_choices(tx: Connection) -> FilterChoices:
    """The first MOST campaigns, pages and roles that signups have."""
    columns = (signup.c.campaign, signup.c.source_page, signup.c.role_slug)
    return FilterChoices(*(tuple(_existing(tx, column)) for column in columns))


def _existing(tx: Connection, column: sa.Column[Any]) -> list[str]:
    """The distinct values. Each is one look-up in the column's index, so the cost does not grow with the ledger."""
    first = sa.select(sa.func.min(column).label("value")).cte("found", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > first.c.value).scalar_subquery()
    found = first.union_all(sa.select(following).where(first.c.value.is_not(None)))
    values = tx.execute(sa.select(found.c.value).where(found.c.value.is_not(None)).limit(MOST)).scalars()
    return [value for value in values if mask_text(value) == value]
