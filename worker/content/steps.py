"""The next steps after Monday's, each under the catalogue's name of its task."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.wording import number, sentence
from worker.report.report import Report

_MOST = 3
_OTHER_TASK = "Another of your tasks"


@dataclass(frozen=True, slots=True)
class Step:
    """One item of an ordered list: `title` is its heading."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Steps:
    """An ordered list."""

    title: str
    steps: tuple[Step, ...]


def steps_of(report: Report) -> Steps | None:
    """The steps after the first, which is Monday's; None if there are none."""
    known = {task.name for task in (*report.tasks, *report.also_usual)}
    own = {task.own_words for task in report.unrated_tasks}
    steps = tuple(
        Step(step.task if step.task in known or step.task not in own else _OTHER_TASK, step.text)
        for step in report.next_steps[1 : 1 + _MOST]
    )
    if not steps:
        return None
    return Steps(f"{sentence(number(len(steps)))} next {'step' if len(steps) == 1 else 'steps'}", steps)
