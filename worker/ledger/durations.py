"""The seconds between two moments, computed by the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


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
