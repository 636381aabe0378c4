"""Three things to do this month, ranked by time times exposure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker.report.exposure import whole
from worker.report.insights import Findings
from worker.report.report import NextStep, RatedTask

STEPS = 3


def next_steps(found: Findings, usual_tasks: Sequence[RatedTask]) -> tuple[NextStep, ...]:
    """The steps of the reader's tasks that bring most of the index.

    If those are too few, of their role's usual ones, then for the tasks that have no figures. `usual_tasks` are the
    role's at its default shares.
    """
    steps = [*_own_steps(found), *_usual_steps(found, usual_tasks), *_unrated_steps(found)]
    return tuple(steps[:STEPS])


def _own_steps(found: Findings) -> Iterator[NextStep]:
    for task in sorted(found.tasks, key=found.points, reverse=True):
        points = whole(found.points(task))
        share = f"{task.percent} % of {found.week}"
        worth = (
            f"about {points} of the {found.index.value} points come from here"
            if points
            else "it adds little to the index"
        )
        yield NextStep(task.next_step, task.name, f"{share} at {task.band} exposure: {worth}.")


def _usual_steps(found: Findings, usual_tasks: Sequence[RatedTask]) -> Iterator[NextStep]:
    own = {task.slug for task in found.tasks}
    for task in sorted(usual_tasks, key=lambda task: task.share * task.figures.score, reverse=True):
        if task.slug not in own and found.role is not None:
            yield NextStep(
                task.next_step,
                task.name,
                f"You did not name it, but it is about {task.percent} % of the usual {found.role.title} week, at "
                f"{task.band} exposure.",
            )


def _unrated_steps(found: Findings) -> Iterator[NextStep]:
    for task in sorted(found.unrated_tasks, key=lambda task: task.share, reverse=True):
        yield NextStep(
            "Try an assistant on one real piece of this work for an hour and write down what you had to put right.",
            task.own_words,
            f"{task.percent} % of your week has no published figures: your own trial is the best evidence there is.",
        )
