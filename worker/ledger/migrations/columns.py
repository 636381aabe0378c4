"""Columns and indexes as the migrations write them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
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


def single_row(table: str) -> list[sa.schema.SchemaItem]:
    """The id, and the constraints on it, of a table that holds one row."""
    return [
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f(f"ck_{table}_single_row")),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def one_of(table: str, column: str, words: str) -> sa.CheckConstraint:
    """The check that a column has one of these words, which are separated by spaces."""
    allowed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=op.f(f"ck_{table}_{column}"))


def create_partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """Create an index of the rows that `where` holds for."""
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
