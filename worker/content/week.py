"""What to call the week of a report, and how its time is counted: hours where the reader gave hours, else percent."""

from __future__ import annotations

from collections.abc import Iterable

from worker.content.wording import number, sentence
from worker.report.reading import TitleKind
from worker.report.report import RatedTask, Report, UnratedTask


def week_name(report: Report) -> str:
    """The week inside a sentence: `your week`, `a usual week with two of your tasks in it`, `the usual week`.

    Where most of the reader's own tasks may be among those that we could not place, no sentence is about their week.
    """
    if report.personal:
        return "your week"
    if report.blended:
        tasks = sum(task.named for task in report.tasks)
        return f"a usual week with {number(tasks)} of your tasks in it"
    return "the usual week of these jobs" if report.kind is TitleKind.FAMILY else "the usual week"


def week_title(report: Report) -> str:
    """The week at the head of a picture: `Your week of 38 hours`, `The usual Registered Nurse week`."""
    if report.personal:
        return f"Your week of {hours_text(report.hours)} hours" if report.hours else "Your week"
    if report.blended:
        return sentence(week_name(report))
    return usual_week(report)


def usual_week(report: Report) -> str:
    """The usual week of the role: `The usual Registered Nurse week`, `The usual week of this occupation`."""
    if report.kind is TitleKind.FAMILY:
        return "The usual week of these jobs"
    if report.kind is TitleKind.OCCUPATION:
        return "The usual week of this occupation"
    return f"The usual {report.role_title} week"


def amount(report: Report, task: RatedTask | UnratedTask) -> str:
    """The time of one task: `10 hours`, `26%`."""
    return total(report, [task])


def total(report: Report, tasks: Iterable[RatedTask | UnratedTask]) -> str:
    """The time of several tasks together: `14 hours`, `37%`."""
    if report.personal and report.hours:
        hours = sum(_hours(report, task) for task in tasks)
        return f"{hours_text(hours)} {'hour' if round(hours, 1) == 1 else 'hours'}"
    return percentage(sum(task.percent for task in tasks))


def percentage(percent: int) -> str:
    """`40%`; `under 1%` for what rounds to 0."""
    return f"{percent}%" if percent else "under 1%"


def hours_text(hours: float | None) -> str:
    """Hours with at most one decimal: `38`, `12.5`."""
    return f"{round(hours or 0, 1):g}"


def _hours(report: Report, task: RatedTask | UnratedTask) -> float:
    return round(task.share * (report.hours or 0), 1)
