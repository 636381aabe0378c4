"""Rows of a CSV file with a fixed header; a wrong cell is refused with file, line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from worker.errors import CatalogueError

_T = TypeVar("_T")
_CACHED_FILES = 4  # files that are looked up row by row: two, of about a thousand first cells each


@dataclass(slots=True)
class Row:
    """One row: its cells by column, and where it is."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def error(self, column: str, problem: str) -> CatalogueError:
        """What is wrong with one cell, to be raised."""
        return CatalogueError(self.file, f"line {self.line}, {column}", problem)

    def choice(self, column: str, choices: Mapping[str, _T]) -> _T:
        """The value that `choices` has for the cell. Raises CatalogueError."""
        try:
            return choices[self.cells[column]]
        except KeyError:
            expected = ", ".join(repr(choice) for choice in choices)
            raise self.error(column, f"expected one of {expected}, not {self[column]!r}") from None

    def number(self, column: str) -> float:
        """The cell as a number, 0 to 100. Raises CatalogueError."""
        try:
            value = float(self[column])
        except ValueError:
            raise self.error(column, f"expected a number, not {self[column]!r}") from None
        if not 0 <= value <= 100:
            raise self.error(column, f"expected a number from 0 to 100, not {self[column]!r}")
        return value

    def whole_or_none(self, column: str) -> int | None:
        """The cell as a whole number that is not negative; None for a blank cell. Raises CatalogueError."""
        cell = self[column]
        if not cell.isascii() or (cell and not cell.isdigit()):
            raise self.error(column, f"expected a whole number, not {cell!r}")
        return int(cell) if cell else None

    def number_or_none(self, column: str) -> float | None:
        """The same; None for a blank cell."""
        return self.number(column) if self[column] else None


def rows(text: str, file: str, header: tuple[str, ...], wanted: AbstractSet[str] | None = None) -> Iterator[Row]:
    """Each row of a CSV text, or those whose first cell is in `wanted`; a row that is not wanted is not checked.

    Raises CatalogueError where the header or the number of columns is wrong.
    """
    reader = csv.reader(io.StringIO(text))
    _check_header(file, tuple(next(reader, ())), header)
    for cells in reader:
        if wanted is None or (cells and cells[0] in wanted):
            yield _row(file, reader.line_num, cells, header)


def rows_of_two_keys(
    text: str, file: str, header: tuple[str, ...], wanted: AbstractSet[str] | None = None
) -> Iterator[tuple[str, Row]]:
    """Each row with its key, `first cell:second cell`; with `wanted`, rows of those keys.

    The file has no quoted cells, and its rows are in the order of their keys, the second as a number. So a row that is
    not wanted is passed over without being looked at: the long files are read at every start. Raises as `rows` does.
    """
    _check_header(file, tuple(text.partition("\n")[0].split(",")), header)
    lines = enumerate(text.splitlines()[1:], start=2) if wanted is None else _lines_of(text, wanted)
    for number, line in lines:
        cells = line.split(",")
        yield ":".join(cells[:2]), _row(file, number, cells, header)


def _lines_of(text: str, wanted: AbstractSet[str]) -> Iterator[tuple[int, str]]:
    """The lines of these keys with their numbers, in their order. A key that is missing gives none."""
    start, number = 0, 1
    for first, _, second in sorted(map(_split_key, wanted), key=_order):
        beginning = f"\n{first},{second},"
        found = text.find(beginning, start)
        while found >= 0:  # a second row of this key follows at once, and is the caller's to refuse
            number += text.count("\n", start, found + 1)
            start = found + 1
            end = text.find("\n", start)
            yield number, text[start : end if end >= 0 else None]
            start = end if end >= 0 else len(text)
            found = start if text.startswith(beginning, start) else -1


def _split_key(key: str) -> tuple[str, str, str]:
    return key.partition(":")


def _order(key: tuple[str, str, str]) -> tuple[str, int, str]:
    """As the rows are sorted: ids of one length are in the order of their characters."""
    first, _, second = key
    return first, len(second), second


def rows_under(text: str, file: str, header: tuple[str, ...], first_cell: str) -> Iterator[Row]:
    """The rows with this first cell, in a file without quoted cells whose rows are sorted.

    Only these are parsed. Raises as `rows` does.
    """
    _check_header(file, tuple(text.partition("\n")[0].split(",")), header)
    position, line = _first_rows(text).get(first_cell, (len(text), 0))
    while text.startswith(f"{first_cell},", position):
        end = text.find("\n", position)
        yield _row(file, line, text[position : end if end >= 0 else None].split(","), header)
        if end < 0:
            return
        position, line = end + 1, line + 1


@lru_cache(_CACHED_FILES)
def _first_rows(text: str) -> Mapping[str, tuple[int, int]]:
    """The offset and the line number of the first row with each first cell."""
    found: dict[str, tuple[int, int]] = {}
    offset = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        found.setdefault(line.partition(",")[0], (offset, number))
        offset += len(line)
    return found


def _check_header(file: str, found: tuple[str, ...], header: tuple[str, ...]) -> None:
    if found != header:
        raise CatalogueError(file, "line 1", f"expected the columns {', '.join(header)}")


def _row(file: str, line: int, cells: list[str], header: tuple[str, ...]) -> Row:
    if len(cells) != len(header):
        raise CatalogueError(file, f"line {line}", f"expected {len(header)} columns, not {len(cells)}")
    return Row(file, line, dict(zip(header, cells, strict=True)))
