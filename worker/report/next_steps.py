"""What to do: Monday's step and up to three others, by time times exposure; in an exposed week one is about AI."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from worker.report.ai_steps import is_about_ai
from worker.report.report import Band, NextStep, RatedTask

STEPS = 4

AiStepOf = Callable[[NextStep], NextStep]
"""A step on using AI for the task of a step."""


def next_steps(
    tasks: Sequence[RatedTask], usual_tasks: Sequence[RatedTask], ai_step_of: AiStepOf
) -> tuple[NextStep, ...]:
    """Steps for the tasks that add most to the index; if these are too few, for usual tasks of the role.

    `usual_tasks` are the role's tasks at its usual shares. If any task is at medium or high exposure, `ai_step_of` is
    applied to one of the steps after Monday's, which stays one short action: to the first that is about using AI, else
    to the first whose task is exposed. Where no other is either, Monday's is made one about AI.
    """
    chosen = _weightiest(tasks)[:STEPS]
    if len(chosen) < STEPS:
        own = {task.slug for task in tasks}
        more = [task for task in _weightiest(usual_tasks) if task.slug not in own]
        chosen += more[: STEPS - len(chosen)]
    steps = [NextStep(task.next_step, task.name, task.slug, is_about_ai(task.next_step)) for task in chosen]
    if steps and any(task.band is not Band.LOW for task in tasks):
        exposed = [task.band is not Band.LOW for task in chosen]
        later = [at for at in range(1, len(steps)) if steps[at].about_ai or exposed[at]]
        if later or not steps[0].about_ai:
            place = min(later or [0], key=lambda at: (not steps[at].about_ai, at))
            steps[place] = ai_step_of(steps[place])
    return tuple(steps)


def _weightiest(tasks: Sequence[RatedTask]) -> list[RatedTask]:
    """Those with a step, the most time times exposure first."""
    return sorted((task for task in tasks if task.next_step), key=lambda task: -task.weight)
