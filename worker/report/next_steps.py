"""What to do: Monday's step and up to three others, by time times exposure; in an exposed week one is about AI."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from worker.report.ai_steps import is_about_ai
from worker.report.insights import Findings
from worker.report.phrases import percentage
from worker.report.report import Band, NextStep, RatedTask

STEPS = 4

AiStepOf = Callable[[NextStep], NextStep]
"""A step on using AI for the task of a step."""


def next_steps(found: Findings, usual_tasks: Sequence[RatedTask], ai_step_of: AiStepOf) -> tuple[NextStep, ...]:
    """Steps for the tasks that add most to the index; if these are too few, for usual tasks of the role.

    `usual_tasks` are the role's tasks at its usual shares. If any task is at medium or high exposure, `ai_step_of` is
    applied to the first step that is about using AI, else to the first whose task is exposed.
    """
    own = sorted(found.described, key=found.points, reverse=True)
    slugs = {task.slug for task in found.tasks}
    others = sorted(usual_tasks, key=lambda task: task.share * task.figures.score, reverse=True)
    candidates = [
        *((task, found.week) for task in own),
        *((task, found.usual_week) for task in others if task.slug not in slugs and task.next_step),
    ]
    chosen = candidates[:STEPS]
    steps = [_step(task, week) for task, week in chosen]
    if steps and any(task.band is not Band.LOW for task in found.tasks):
        exposed = [task.band is not Band.LOW for task, _ in chosen]
        place = min(range(len(steps)), key=lambda at: (not steps[at].about_ai, not exposed[at], at))
        steps[place] = ai_step_of(steps[place])
    return tuple(steps)


def _step(task: RatedTask, week: str) -> NextStep:
    level = "low exposure: work that AI leaves to you" if task.band is Band.LOW else f"{task.band} exposure"
    return NextStep(
        text=task.next_step,
        task=task.name,
        why=f"{percentage(task.percent)} of {week}, at {level}.",
        slug=task.slug,
        about_ai=is_about_ai(task.next_step),
    )
