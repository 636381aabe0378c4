"""The one picture: the week as a bar, by level, and its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker.content.level import Level, level_of
from worker.content.week import total, week_title
from worker.content.wording import number
from worker.report.report import RatedTask, Report, UnratedTask

_ROOM_FROM = 16  # percent of the bar: room for three dots on a phone
_KEY_CHARACTERS = 40  # names of tasks in one row of the key: two lines on a phone


@dataclass(frozen=True, slots=True)
class Slice:
    """One piece of the bar and its row in the key. `width` is a whole percentage; the widths of a week sum to 100."""

    level: Level
    amount: str
    """`14 hours` or `37%`: the same value as the width."""
    width: int
    mark: str
    """The dots of its level, where the piece of the bar has room for them; else a space."""
    names: str
    """The work in it, in the catalogue's words: `Write production code; …`."""


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """How to render it: `caption` before the bar; the bar hidden from screen readers; then the key as a list."""

    caption: str
    slices: tuple[Slice, ...]


def week_picture_of(report: Report) -> WeekPicture:
    """The picture of the report's week."""
    slices = []
    for piece in report.week:
        tasks: Sequence[RatedTask | UnratedTask]
        if piece.band is None:
            tasks = report.unrated_tasks
            names = f"{number(len(tasks))} of your tasks, below"
        else:
            rated = [task for task in report.tasks if task.band is piece.band]
            tasks, names = rated, _names(rated)
        level = level_of(piece.band)
        mark = level.dots if piece.percent >= _ROOM_FROM else "\u00a0"
        slices.append(Slice(level, total(report, tasks), piece.percent, mark, names))
    return WeekPicture(f"{week_title(report)}, by exposure to AI", tuple(slices))


def _names(tasks: Sequence[RatedTask]) -> str:
    """As many names as the row holds, at least one."""
    shown: list[str] = []
    for task in tasks:
        if shown and len("; ".join([*shown, task.name])) > _KEY_CHARACTERS:
            break
        shown.append(task.name)
    more = len(tasks) - len(shown)
    return "; ".join(shown) + (";\u00a0…" if more else "")
