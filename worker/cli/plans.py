"""How a command shows its plan, and how far the action on it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial

from rich.progress import Progress

from worker.cli.console import Format, print_rows, stderr

SHOWN_IDS = 8  # of each line of a plan

Described = tuple[Mapping[str, str | None], int]  # the columns of one row, its `group` first; and its id


def print_plan(rows: Iterable[Described], groups: type[StrEnum], *, noun: str, empty: str) -> None:
    """Print a line for all rows that are described alike, with their number and first ids, in the order of `groups`.

    `empty` is what a person reads where the plan has no rows.
    """
    ids: dict[tuple[tuple[str, str | None], ...], list[int]] = {}
    for description, row_id in rows:
        ids.setdefault(tuple(description.items()), []).append(row_id)
    order = [str(group) for group in groups]
    lines = [
        {**dict(description), noun: str(len(found)), "ids": _some(found)}
        for description, found in sorted(ids.items(), key=lambda line: order.index(str(line[0][0][1])))
    ]
    described = list(lines[0])[1:-2] if lines else []
    print_rows(lines, ("group", noun, *described, "ids"), Format.TABLE, empty=empty)


@contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere; yields what advances it."""
    with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        yield partial(bar.advance, bar.add_task(doing, total=total))


def _some(ids: Sequence[int]) -> str:
    shown = ", ".join(map(str, ids[:SHOWN_IDS]))
    return shown if len(ids) <= SHOWN_IDS else f"{shown}, ..."
