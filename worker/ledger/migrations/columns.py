"""Columns as the migrations write them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from worker.ledger.column_types import UtcDateTime

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    """Columns of text."""
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def moments(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    """Columns of times."""
    return [sa.Column(name, UtcDateTime(), nullable=nullable) for name in names]


def floats(*names: str) -> list[sa.Column[float]]:
    """Columns of numbers, never null."""
    return [sa.Column(name, sa.Float(), nullable=False) for name in names]
