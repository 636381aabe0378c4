"""Task by task: the reader's tasks in their own words, or the usual tasks of the role.

The eight tasks that weigh most (time x exposure) have a line on why; the others have one line each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker.content.level import Level, level_of
from worker.content.line import Line, Piece, line, own, strong
from worker.content.own_words import own_words
from worker.content.week import amount, percentage
from worker.content.wording import counted, number, sentence
from worker.report.exposure import band_of_mean
from worker.report.report import Band, Firmness, RatedTask, Report, UnratedTask

WITH_REASON = 8
_FULL = (80, 12)  # characters and words of the reader's own words where a task has a reason
_BRIEF = (40, 6)
_MOST_UNPLACED = 12


@dataclass(frozen=True, slots=True)
class TaskItem:
    """One task: `title` is a heading, `facts` say level and time, `why` is one line on the reason.

    `slug` is the catalogue's, None for a task that we could not place; `place` is its number in the list, from 1.
    """

    place: int
    slug: str | None
    title: Line
    level: Level
    facts: Line
    why: Line | None


@dataclass(frozen=True, slots=True)
class Tasks:
    """`full` and `brief` are lists; `unplaced` follows under its own lead; `also` is the rest of a usual week."""

    title: str
    full: tuple[TaskItem, ...]
    brief_title: str
    brief: tuple[TaskItem, ...]
    unplaced_lead: Line | None
    unplaced: tuple[TaskItem, ...]
    more_unplaced: str
    also: Line | None


def tasks_of(report: Report) -> Tasks:
    """The tasks of the report's week, in its order."""
    heaviest = heaviest_tasks(report.tasks)
    full, brief = [], []
    for place, task in enumerate(report.tasks, start=1):
        if task.slug in heaviest:
            full.append(_full(report, task, place))
        else:
            brief.append(_brief(report, task, place))
    more = len(report.unrated_tasks) - _MOST_UNPLACED
    first = len(report.tasks) + 1
    return Tasks(
        title=_heading(report),
        full=tuple(full),
        brief_title=f"The other {counted(len(brief), 'task')}, in brief" if len(brief) > 1 else "One more, in brief",
        brief=tuple(brief),
        unplaced_lead=_unplaced_lead(report),
        unplaced=tuple(
            _unplaced(report, task, place) for place, task in enumerate(report.unrated_tasks[:_MOST_UNPLACED], first)
        ),
        more_unplaced=f"And {number(more)} more that we could not place." if more > 0 else "",
        also=_also(report),
    )


def _heading(report: Report) -> str:
    if report.blended:
        return "Your tasks, and the rest of a usual week"
    return "Your tasks, in your words" if any(task.own_words for task in report.tasks) else "Task by task"


def heaviest_tasks(tasks: Sequence[RatedTask]) -> frozenset[str]:
    """Slugs of the tasks that have a line on why; on a tie, the first in the report's order."""
    described = [task for task in tasks if task.rationale]
    ranked = sorted(described, key=lambda task: -task.weight)
    return frozenset(task.slug for task in ranked[:WITH_REASON])


def _title(task: RatedTask, limit: tuple[int, int]) -> Line:
    characters, words = limit
    return line(own(own_words(task.own_words, characters=characters, words=words)) if task.own_words else task.name)


def _full(report: Report, task: RatedTask, place: int) -> TaskItem:
    level = level_of(task.band)
    yours = ". You named it" if report.blended and task.named and not _has_usual_time(report, task) else ""
    read = f". Read as: {task.name}" if task.own_words else yours
    facts = line(strong(level.word), f"{_resilient(task)}, {_time(report, task)}{_close_call(task)}{read}.")
    return TaskItem(place, task.slug, _title(task, _FULL), level, facts, line(task.rationale))


def _brief(report: Report, task: RatedTask, place: int) -> TaskItem:
    level = level_of(task.band)
    facts = line(strong(level.short), f"{_resilient(task)}, {_time(report, task)}")
    return TaskItem(place, task.slug, _title(task, _BRIEF), level, facts, None)


def _time(report: Report, task: RatedTask) -> str:
    """The time of a task in the week shown; where usual time is added to the reader's, theirs beside it."""
    shown = amount(report, task)
    return f"{shown} ({percentage(task.named_percent)} of your own week)" if _has_usual_time(report, task) else shown


def _has_usual_time(report: Report, task: RatedTask) -> bool:
    """Whether the time of a task that the reader named holds time of the usual week, too."""
    return report.blended and task.named > 0 and task.named_percent != task.percent


def _resilient(task: RatedTask) -> str:
    return ", resilient" if task.resilient else ""


def _close_call(task: RatedTask) -> str:
    """What to add to the level where it could as well be another."""
    if task.published_band is not task.band:
        return f". {task.band.capitalize()} is our outlook page's level, {task.published_band} the raters' mean"
    if task.firmness is Firmness.FIRM:
        return "; some of it was rated high, some low" if task.spread.opposed else ""
    people, gpt4 = band_of_mean(task.figures.human), band_of_mean(task.figures.gpt4)
    return f"; people rated it {people}, GPT-4 {gpt4}" if people is not gpt4 else ""


def _unplaced_lead(report: Report) -> Line | None:
    count = len(report.unrated_tasks)
    if not count:
        return None
    which = "one task" if count == 1 else f"{number(count)} of your tasks"
    if report.personal:
        effect = "Its time widens the range." if count == 1 else "Their time widens the range."
    else:
        effect = "Its time counts as in a usual week." if count == 1 else "Their time counts as in a usual week."
    return line(f"We could not place {which}: a gap in our list, not in your week. {effect}")


def _unplaced(report: Report, task: UnratedTask, place: int) -> TaskItem:
    characters, words = _FULL if place <= len(report.tasks) + WITH_REASON else _BRIEF
    level = level_of(None)
    near = f"; nearest in our list: {task.near}" if task.near else ""
    pieces: list[str | Piece] = [strong(level.word)]
    if report.personal:
        pieces.append(f", {amount(report, task)}")
    title = line(own(own_words(task.own_words, characters=characters, words=words)))
    return TaskItem(place, None, title, level, line(*pieces, near), None)


def _also(report: Report) -> Line | None:
    if not report.also_usual:
        return None
    groups = []
    for band in Band:
        names = [task.name for task in report.also_usual if task.band is band]
        if names:
            groups.append(f"{level_of(band).short}: {'; '.join(names)}.")
    return line(strong("Also in the usual week, not in your list. "), sentence(" ".join(groups)))
