"""CSV of signups: a first line that names the columns, then one signup a line. docs/operations.md lists the columns."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from worker.errors import UnreadableFile
from worker.intake.quantities import split_share

DELIMITERS = (",", ";", "\t", "|")  # spreadsheets write the second where the comma is the decimal mark
REQUIRED = ("email", "role")
COLUMNS = (*REQUIRED, "signup_id", "page", "campaign", "consented_at", "tasks", "skills", "experience_years")
_SEPARATOR = ";"  # between tasks, and between skills


@dataclass(frozen=True, slots=True)
class Header:
    """The names in the first line, as they are written, and what is between them."""

    names: tuple[str, ...]
    delimiter: str


def csv_header(line: bytes) -> Header | None:
    """The header in the first line of a file; None where that has no `email`, so that it is no CSV of ours."""
    text = line.decode("utf-8", "replace")
    for delimiter in DELIMITERS:
        names = tuple(name.strip() for name in next(csv.reader([text], delimiter=delimiter), []))
        if "email" in map(_plain, names):
            return Header(names, delimiter)
    return None


def read_csv(text: str, header: Header) -> Iterator[tuple[int, bytes]]:
    """The number of the line and the signup as JSON, for each line with a signup. Raises UnreadableFile."""
    columns = _columns(header)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=header.delimiter, strict=True)
    try:
        for row in reader:
            cells = tuple(cell.strip() for cell in row)
            if not any(cells) or cells == header.names:
                continue
            if any(cells[len(columns) :]):
                raise UnreadableFile(
                    f"has {len(cells)} cells in line {reader.line_num} and {len(columns)} columns: put a cell that "
                    f"holds `{header.delimiter}` in quotation marks"
                )
            filled = {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
            yield reader.line_num, json.dumps(_signup(filled), ensure_ascii=False).encode()
    except csv.Error as error:
        raise UnreadableFile(f"is no CSV from line {reader.line_num} on: {error}") from None


def _columns(header: Header) -> list[str]:
    columns = [_plain(name) for name in header.names]
    while columns and not columns[-1]:
        columns.pop()
    if unknown := [name for name, column in zip(header.names, columns, strict=False) if column not in COLUMNS]:
        named = ", ".join(map(_named, unknown))
        raise UnreadableFile(f"has columns that no signup has: {named}. Rename or remove them; {_known()}")
    if missing := [name for name in REQUIRED if name not in columns]:
        raise UnreadableFile(f"has no column {' and no column '.join(missing)}; {_known()}")
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise UnreadableFile(f"has more than one column {', '.join(twice)}")
    return columns


def _known() -> str:
    return f"the columns are {', '.join(COLUMNS)}, of which {' and '.join(REQUIRED)} must be there"


def _named(column: str) -> str:
    near = difflib.get_close_matches(_plain(column), COLUMNS, n=1)
    return f"{column or '(one without a name)'}" + (f" (did you mean {near[0]}?)" if near else "")


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_").replace("e_mail", "email")


def _signup(cells: dict[str, str]) -> dict[str, Any]:
    """The signup of one line. Without an id it gets that of its content, so that the same file again is harmless."""
    content = json.dumps(cells, sort_keys=True, ensure_ascii=False).encode()
    profile: dict[str, Any] = {}
    if tasks := _parts(cells, "tasks"):
        profile["tasks"] = [_task(task) for task in tasks]
    if skills := _parts(cells, "skills"):
        profile["skills"] = skills
    if years := cells.get("experience_years"):
        profile["experience_years"] = years
    source = {name: cells[name] for name in ("page", "campaign") if name in cells}
    signup = {
        "version": 1,
        "signup_id": cells.get("signup_id") or f"csv-{hashlib.sha256(content).hexdigest()[:32]}",
        "email": cells.get("email"),
        "role": cells.get("role"),
        "profile": profile,
        "source": source,
        "consented_at": cells.get("consented_at"),
    }
    return {name: value for name, value in signup.items() if value}


def _parts(cells: dict[str, str], column: str) -> list[str]:
    return [part.strip() for part in cells.get(column, "").split(_SEPARATOR) if part.strip()]


def _task(text: str) -> dict[str, str]:
    task, share = split_share(text)
    return {"task": task} if share is None else {"task": task, "share": share}
