"""Hints for SQLite on how often a condition holds, because a ledger keeps no statistics for its planner.

Without them SQLite takes any value of an indexed column for one that ten rows have. So it would look up the few ids of
`id IN (…) AND state = 'sent'`, or the bounced letters of a week, by reading every sent report. Statistics of a ledger
that was small when they were made would not help: they say the same.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class likely(FunctionElement[bool]):  # noqa: N801 - reads as the SQL function it is
    """A condition that holds for most rows: SQLite finds them by another one. For PostgreSQL it is the condition.

    https://www.sqlite.org/lang_corefunc.html#likely
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, condition: sa.ColumnElement[bool]) -> None:
        super().__init__(condition)

    def self_group(self, against: object = None) -> likely:
        """Itself: of `likely(…) = 1`, which SQLAlchemy would write, SQLite does not see that a partial index fits."""
        return self


@compiles(likely, "sqlite")
def _sqlite(element: likely, compiler: SQLCompiler, **options: Any) -> str:
    return f"likely({compiler.process(element.clauses, **options)})"


@compiles(likely, "postgresql")
def _postgresql(element: likely, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"
