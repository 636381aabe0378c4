"""What commands print: tables on a terminal, JSON or CSV when asked."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from worker.spreadsheet import csv_cell
from worker.times import iso, timestamp

PIPE_WIDTH = 160  # columns, where there is no terminal to ask


class Format(StrEnum):
    """How a listing is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def _console(to_stderr: bool) -> Console:
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else max(PIPE_WIDTH, shutil.get_terminal_size().columns)
    return Console(stderr=to_stderr, width=width, emoji=False)  # what a reader typed is printed as typed


stdout = _console(to_stderr=False)
stderr = _console(to_stderr=True)


def print_rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: Format, *, empty: str, title: str = ""
) -> None:
    """Print one listing. `empty` is what a person reads where there is nothing to list."""
    if form is Format.JSON:
        print_json([dict(row) for row in rows])
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([csv_cell(_for_programs(row.get(column))) for column in columns] for row in rows)
    elif not rows:
        stdout.print(empty)
    else:
        stdout.print(_table(rows, columns, title))


def print_json(value: Any) -> None:
    """Print JSON, dates as ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_for_programs) + "\n")


def utc(moment: datetime | None) -> datetime | None:
    """A moment as typed, which is UTC unless it says otherwise."""
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def counted(count: int, noun: str) -> str:
    """`1 report`, `2 reports`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], title: str) -> Table:
    table = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False, box=None)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(escape(_for_people(row.get(column))) for column in columns))
    return table


def _for_people(value: Any) -> str:
    if value is None:
        return ""
    return timestamp(value) if isinstance(value, datetime) else str(value)


def _for_programs(value: Any) -> str:
    return iso(value) if isinstance(value, datetime) else _for_people(value)
