"""The form on the report page: the reader's week as rows to correct, and the profile that its fields make.

A form carries everything that the page needs to show the report again, so nothing is stored. Every field is untrusted:
what is too long is cut, what is no number is left out and named, and what is too much is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from worker.intake.bounds import MAX_SHARE, MAX_SKILLS, MAX_TASKS, MAX_TEXT_CHARS, MAX_YEARS
from worker.intake.quantities import read_share, read_years
from worker.intake.reading import read_list
from worker.plain_text import single_line
from worker.report.profile import TaskProfile, TaskShare
from worker.report.report import Report
from worker.report.roles import Task

NEW_ROWS = 3  # for tasks that the reader did not name before
MAX_FIELDS = 6 * (MAX_TASKS + NEW_ROWS) + 20
OTHER_TITLE = "other"
"""The choice of a title that the reader types."""


@dataclass(frozen=True, slots=True)
class Row:
    """One task of the week: its words, the time as the reader wrote it, and the slug of the task chosen for them.

    `usual` is the time that a row from the usual week had at first; empty for a row of the reader's own.
    """

    task: str
    time: str = ""
    chosen: str = ""
    usual: str = ""

    @property
    def is_usual(self) -> bool:
        """Whether the row is the usual week's, unchanged."""
        return bool(self.usual) and self.time == self.usual

    @property
    def share(self) -> float | None:
        """The weight of the task; None for an average one. A task of the usual week without a time takes none."""
        return 0.0 if self.usual and not self.time else share_of(self.time)


@dataclass(frozen=True, slots=True)
class WeekForm:
    """What the form holds. `title` is the choice: a slug, `OTHER_TITLE`, empty for any of several jobs, or None."""

    role_text: str
    role_slug: str | None
    rows: tuple[Row, ...] = ()
    skills: str = ""
    years: str = ""
    title: str | None = None
    other_title: str = ""
    problems: tuple[str, ...] = field(default=(), compare=False)

    def profile(self) -> TaskProfile:
        """The profile that the fields make. A usual week that the reader left as it is names no task."""
        rows = () if all(row.is_usual for row in self.rows) else self.rows
        tasks = [TaskShare(row.task, row.share, row.chosen or None) for row in rows]
        skills = [text for part in read_list(self.skills) if (text := single_line(part)[:MAX_TEXT_CHARS])]
        return TaskProfile(
            tuple(task for task in tasks if task.share != 0)[:MAX_TASKS],
            tuple(skills[:MAX_SKILLS]),
            years_of(self.years),
        )


def form_of(
    report: Report, role_text: str, role_slug: str | None, profile: TaskProfile, tasks: Mapping[str, Task]
) -> WeekForm:
    """The form of a report as it was sent: the reader's tasks, or those of the usual week in percent.

    A task that the reader ticked in the form is kept by its slug in `tasks`, and shown by its name.
    """
    own = (
        Row(tasks[item.task].name, _written(item.share), item.task)
        if item.task in tasks
        else Row(item.task, _written(item.share))
        for item in profile.tasks
    )
    rows = tuple(own) or usual_rows(report)
    return WeekForm(role_text, role_slug, rows, ", ".join(profile.skills), _written(profile.experience_years))


def usual_rows(report: Report) -> tuple[Row, ...]:
    """Rows of the usual week that a report shows, in percent."""
    return tuple(
        Row(task.name, str(task.percent), task.slug, str(task.percent)) for task in report.tasks if task.percent
    )


def read_form(fields: Mapping[str, str]) -> WeekForm:
    """The form that was posted."""
    rows = tuple(_rows(fields))
    form = WeekForm(
        role_text=_text(fields, "role_text"),
        role_slug=_text(fields, "role_slug") or None,
        rows=rows[:MAX_TASKS],
        skills=_text(fields, "skills", MAX_TEXT_CHARS * MAX_SKILLS),
        years=_text(fields, "years"),
        title=_text(fields, "title") if "title" in fields else None,
        other_title=_text(fields, "other_title"),
    )
    return replace(form, problems=tuple(_problems(form, len(rows) - MAX_TASKS)))


def share_of(time: str) -> float | None:
    """The weight that was written, read as in a signup; None where it is none."""
    return _at_most(read_share(time), MAX_SHARE)


def years_of(text: str) -> float | None:
    """The years that were written, read as in a signup; None where they are none."""
    return _at_most(read_years(text), MAX_YEARS)


def _at_most(number: float | None, most: float) -> float | None:
    return number if number is not None and 0 <= number <= most else None


def _rows(fields: Mapping[str, str]) -> Iterator[Row]:
    for place in range(MAX_TASKS + NEW_ROWS):
        task = _text(fields, f"task.{place}")
        if task:
            names = (f"{name}.{place}" for name in ("time", "chosen", "usual"))
            yield Row(task, *(_text(fields, name) for name in names))


def _problems(form: WeekForm, too_many: int) -> Iterator[str]:
    if too_many > 0:
        yield f"We take {MAX_TASKS} tasks; the last {too_many} are left out."
    for row in form.rows:
        if row.time and share_of(row.time) is None:
            yield f"The time of “{row.task}” is not a number we can use, so it counts as an average task."
    if form.years and years_of(form.years) is None:
        yield f"Years must be a number from 0 to {MAX_YEARS}; we left them out."


def _text(fields: Mapping[str, str], name: str, most: int = MAX_TEXT_CHARS) -> str:
    return single_line(fields.get(name, ""))[:most].strip()


def _written(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"
