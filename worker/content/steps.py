"""The next steps after Monday's, each under the catalogue's name of its task."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.verdict import Answer, answer_of
from worker.content.wording import listed, number, sentence
from worker.report.knowledge import Nearby
from worker.report.report import NextStep, Report

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


def _look_around(job: Nearby) -> Step:
    """For a week that is much exposed: less exposed work that shares skills with its role, by our reading."""
    text = f"Ask somebody in it how they spend a week: it is less exposed, and needs {listed(job.shared[:2])} too."
    return Step(f"Look at work near yours: {job.title}", text)


def steps_of(report: Report) -> Steps | None:
    """The steps after the first, which is Monday's; None if there are none. Work near the reader's comes last."""
    known = {task.name for task in (*report.tasks, *report.also_usual)}
    own = {task.own_words for task in report.unrated_tasks}
    chosen = report.next_steps[1 : 1 + _MOST]
    near = report.nearby[:1] if chosen and answer_of(report) is Answer.MUCH else ()
    if near and len(chosen) == _MOST:
        chosen = _without_last(chosen)
    steps = (
        *(Step(step.task if step.task in known or step.task not in own else _OTHER_TASK, step.text) for step in chosen),
        *map(_look_around, near),
    )
    if not steps:
        return None
    return Steps(f"{sentence(number(len(steps)))} next {'step' if len(steps) == 1 else 'steps'}", steps)


def _without_last(chosen: tuple[NextStep, ...]) -> tuple[NextStep, ...]:
    """Without the last step; without the one before it, where the last alone is about using AI."""
    *first, before, last = chosen
    only_last = last.about_ai and not any(step.about_ai for step in (*first, before))
    return (*first, last if only_last else before)
