"""The seconds between two moments, and the beginning of a day, computed by the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from worker.ledger.column_types import UtcDateTime


class seconds_between(FunctionElement[float]):  # noqa: N801 - reads as the SQL function it is
    """The seconds from the first moment to the second; null where either is."""

    type = sa.Float()
    inherit_cache = True

    def __init__(self, earlier: sa.ColumnElement[Any], later: sa.ColumnElement[Any]) -> None:
        super().__init__(earlier, later)


@compiles(seconds_between, "sqlite")
def _sqlite(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(moment, **options) for moment in element.clauses)
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _postgresql(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(moment, **options) for moment in element.clauses)
    return f"extract(epoch FROM ({later} - {earlier}))"


class midnight(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The beginning of the day in UTC that was `days_ago` days ago, by the database's clock."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, *, days_ago: int) -> None:
        super().__init__(sa.literal(days_ago, sa.Integer))


@compiles(midnight, "sqlite")
def _sqlite_midnight(element: midnight, compiler: SQLCompiler, **options: Any) -> str:
    days = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', 'start of day', (-({days})) || ' days')"


@compiles(midnight, "postgresql")
def _postgresql_midnight(element: midnight, compiler: SQLCompiler, **options: Any) -> str:
    days = compiler.process(element.clauses, **options)
    return f"(date_trunc('day', statement_timestamp(), 'UTC') - make_interval(days => {days}))"


class day_of(FunctionElement[str]):  # noqa: N801 - reads as the SQL function it is
    """The ISO date of a moment, in UTC."""

    type = sa.Text()
    inherit_cache = True

    def __init__(self, moment: sa.ColumnElement[Any]) -> None:
        super().__init__(moment)


@compiles(day_of, "sqlite")
def _sqlite_day(element: day_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 10)"


@compiles(day_of, "postgresql")
def _postgresql_day(element: day_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
