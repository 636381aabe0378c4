"""The first sentence of a report: how much of the reader's week AI can speed up."""

from __future__ import annotations

from collections.abc import Sequence

from worker.report.insights import Findings
from worker.report.phrases import percentage, quoted, standing
from worker.report.report import Band, RatedTask

MOST = 50  # percent of the week; from here on it is "most of it"
MUCH = 75  # percent of the week at medium or high exposure; from here on AI can speed up "much of it"


def headline(found: Findings) -> str:
    """The report in one sentence. Its figures are percentages of the week; the index is shown elsewhere."""
    if found.index_is_role:
        named = "the task you named" if len(found.unrated_tasks) == 1 else "any of the tasks you named"
        return f"We could not place {named}, so this is {found.usual_week}: {standing(found.percentile)}."
    if found.blended:
        return (
            f"We could place {percentage(found.placed_percent)} of your week; with the rest as in {found.usual_week}, "
            f"it is {standing(found.percentile)}."
        )
    if found.role is None and 100 * found.rated_share < MOST:
        placed = percentage(found.placed_percent)
        return f"We could place {placed} of your week, and that part is {standing(found.percentile)}."
    if not found.personal and (found.borrowed or not found.described):
        return f"By the published figures, {found.usual_week} is {standing(found.percentile)}."
    high = [task for task in found.tasks if task.band is Band.HIGH]
    resilient = _percent([task for task in found.tasks if task.resilient])
    if resilient >= MOST > _percent(high) or all(task.band is Band.LOW for task in found.tasks):
        return _mostly_low(found, resilient)
    if _percent(high) >= MOST > resilient:
        return _mostly_high(found, high)
    return _mixed(found, _percent(high), resilient)


def _mostly_low(found: Findings, resilient: int) -> str:
    little = f"By the labels of 2023, language models can do little of {found.week}"
    if resilient < MOST:
        rated = "all that we could place" if found.unrated_tasks else "all"
        return f"{little}: {rated} of it is at low exposure."
    if found.driver.band is Band.LOW:
        return f"{little}: {resilient} % of it is resilient."
    return f"{little}: {resilient} % of it is resilient, and {quoted(found.driver.name)} is where they help most."


def _mostly_high(found: Findings, high: Sequence[RatedTask]) -> str:
    most = f"AI can speed up most of {found.week}"
    driver = quoted(max(high, key=found.points).name)
    if len(high) == 1:
        return f"{most}: {driver} takes {_percent(high)} % of it, at high exposure."
    return f"{most}: {_percent(high)} % of it is at high exposure, {driver} above all."


def _mixed(found: Findings, high: int, resilient: int) -> str:
    driver = quoted(found.driver.name)
    if len(found.tasks) == 1:
        return f"AI can speed up part of {found.week}: {driver} is at {found.driver.band} exposure."
    exposed = _percent([task for task in found.tasks if task.band is not Band.LOW])
    parts = f"AI can speed up {'much' if exposed >= MUCH else 'parts'} of {found.week}, {driver} most of all"
    if high and resilient:
        return f"{parts}: {high} % of the week is at high exposure, {resilient} % is resilient."
    if high:
        return f"{parts}: {high} % of the week is at high exposure, and no task is resilient."
    if resilient:
        return f"{parts}: no task is at high exposure, and {resilient} % of the week is resilient."
    return f"{parts}, but no task is at high exposure."


def _percent(tasks: Sequence[RatedTask]) -> int:
    return sum(task.percent for task in tasks)
