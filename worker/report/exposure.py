"""How exposed a task and a week are: the model, as pure functions over published labels.

An O*NET task carries three labels: by human annotators, by GPT-4, and by GPT-4 under an alternative rubric. Each is
E0 (no exposure, counts 0), E2 (needs software built on a language model, counts 1/2) or E1 (a language model alone
halves the time at equal quality, counts 1). Source: Eloundou, Manning, Mishkin, Rock, "GPTs are GPTs", Science
384:1306-1308 (2024). Cuts and weights are explained in docs/method.md. How sure a week's index is:
`worker.report.estimates`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from worker.report.measures import HIGH_FROM, LOW_BELOW, Figures
from worker.report.report import Band, Firmness, ObservedUse, Spread

CORE_WEIGHT = 2  # a core O*NET task counts twice, any other once
RESILIENT_BELOW = 1 / 3  # mean label: a resilient task is below it by every rater
USUAL_SPREAD = 0.15  # label units: standard deviation of the O*NET tasks of one task, as far as they do not say it
USUAL_SPREAD_WEIGHT = 4  # how many O*NET tasks USUAL_SPREAD counts like


class Label(IntEnum):
    """One rater's label of one O*NET task. The value is its weight in halves."""

    E0 = 0
    E2 = 1
    E1 = 2


class OnetTask(NamedTuple):
    """The published figures of one O*NET task. `key` is code and task id, as `15-1252.00:21670`.

    `core` is true for tasks that O*NET calls Core, and for all tasks of an occupation that O*NET has not sorted yet:
    a missing class is not a lesser one. Occupation means are the same either way.
    `seen`: whether the task appeared in the published sample of assistant conversations; None if its wording is newer
    than the list that the sample was matched with. `wording` is equal for two ids with the same statement.
    """

    key: str
    core: bool
    human: Label
    gpt4: Label
    alternative: Label
    seen: bool | None
    wording: str = ""

    @property
    def weight(self) -> int:
        """Its weight in a mean."""
        return CORE_WEIGHT if self.core else 1

    @property
    def score(self) -> float:
        """The mean of the human and the GPT-4 label, 0..1."""
        return (self.human + self.gpt4) / 4


class Cited(NamedTuple):
    """One O*NET task behind a rating or a week: its part of it, 0..1, and how far others like it may lie from it.

    `variance` is in label units squared.
    """

    key: str
    part: float
    variance: float


@dataclass(frozen=True, slots=True)
class Rating:
    """The rating of one catalogue task, computed from the O*NET tasks it cites.

    `alone` and `tooled` are 0..1: the share of the cited work that a language model alone exposes (E1), and the share
    exposed once all software around it is built (E1 or E2).
    """

    figures: Figures
    band: Band
    firmness: Firmness
    resilient: bool
    observed_use: ObservedUse
    alone: float
    tooled: float
    spread: Spread
    cited: tuple[Cited, ...]


def band_of(points: int, of: int) -> Band:
    """The band of a mean label of `points / of`. In whole numbers, so that no rounding can move it over a cut."""
    if 100 * points >= HIGH_FROM * of:
        return Band.HIGH
    return Band.LOW if 100 * points < LOW_BELOW * of else Band.MEDIUM


def rate(cited: Sequence[OnetTask]) -> Rating:
    """Rate a catalogue task by the O*NET tasks it cites (at least one)."""
    none, alone_exposed = Label.E0, Label.E1  # looked up once: this runs for every task at each start
    weights = [CORE_WEIGHT if task.core else 1 for task in cited]
    total = sum(weights)
    whole = 2 * total  # what follows is in halves, as labels count
    human = gpt4 = alternative = alone = tooled = 0
    for task, weight in zip(cited, weights, strict=True):
        human += weight * task.human
        gpt4 += weight * task.gpt4
        alternative += weight * task.alternative
        alone += weight * ((task.human is alone_exposed) + (task.gpt4 is alone_exposed))
        tooled += weight * ((task.human is not none) + (task.gpt4 is not none))
    band = band_of(human + gpt4, 2 * whole)
    return Rating(
        figures=Figures(
            human=human / whole,
            gpt4=gpt4 / whole,
            alternative=alternative / whole,
            score=(human + gpt4) / (2 * whole),
            onet_tasks=tuple([task.key for task in cited]),
        ),
        band=band,
        firmness=Firmness.FIRM if band_of(human, whole) is band_of(gpt4, whole) else Firmness.BORDERLINE,
        resilient=max(human, gpt4, alternative) / whole < RESILIENT_BELOW,
        observed_use=_observed_use([task.seen for task in cited]),
        alone=alone / whole,
        tooled=tooled / whole,
        spread=_spread_of(cited, weights, total),
        cited=_cited(cited, weights, total),
    )


def _spread_of(cited: Sequence[OnetTask], weights: Sequence[int], total: int) -> Spread:
    high = low = 0
    for task, weight in zip(cited, weights, strict=True):
        points = 100 * (task.human + task.gpt4)
        if points >= HIGH_FROM * 4:
            high += weight
        elif points < LOW_BELOW * 4:
            low += weight
    return Spread(high / total, (total - high - low) / total, low / total)


def _cited(cited: Sequence[OnetTask], weights: Sequence[int], total: int) -> tuple[Cited, ...]:
    """The tasks with their parts, and the variance that they show among each other, drawn towards the usual one.

    Few tasks say little about how far others would lie from them: two that agree are no proof that all do.
    """
    weighed = [((task.human + task.gpt4) / 4, weight) for task, weight in zip(cited, weights, strict=True)]
    count = total**2 / sum([weight**2 for weight in weights])
    mean = sum([score * weight for score, weight in weighed]) / total
    squares = sum([weight * (score - mean) ** 2 for score, weight in weighed]) / total
    variance = (USUAL_SPREAD_WEIGHT * USUAL_SPREAD**2 + count * squares) / (USUAL_SPREAD_WEIGHT + count - 1)
    return tuple([Cited(task.key, weight / total, variance) for task, weight in zip(cited, weights, strict=True)])


def pooled(parts: Sequence[tuple[Rating, float]]) -> Rating:
    """The rating of work that consists of `parts`, ratings with weights above 0: their weighted mean."""
    whole = math.fsum(weight for _, weight in parts)

    def mean(value: Callable[[Rating], float]) -> float:
        return math.fsum(value(rating) * weight for rating, weight in parts) / whole

    human = mean(lambda rating: rating.figures.human)
    gpt4 = mean(lambda rating: rating.figures.gpt4)
    alternative = mean(lambda rating: rating.figures.alternative)
    score = (human + gpt4) / 2
    cited = added([(task, weight / whole) for rating, weight in parts for task in rating.cited])
    return Rating(
        figures=Figures(human, gpt4, alternative, score, tuple(task.key for task in cited)),
        band=band_of_mean(score),
        firmness=Firmness.FIRM if band_of_mean(human) is band_of_mean(gpt4) else Firmness.BORDERLINE,
        resilient=round(max(human, gpt4, alternative), 9) < RESILIENT_BELOW,
        observed_use=_observed_use([_SIGHTINGS[rating.observed_use] for rating, _ in parts]),
        alone=mean(lambda rating: rating.alone),
        tooled=mean(lambda rating: rating.tooled),
        spread=Spread(
            mean(lambda rating: rating.spread.high),
            mean(lambda rating: rating.spread.medium),
            mean(lambda rating: rating.spread.low),
        ),
        cited=cited,
    )


def added(parts: Iterable[tuple[Cited, float]]) -> tuple[Cited, ...]:
    """O*NET tasks each times a share, those with the same key as one."""
    sums: dict[str, float] = {}
    variances: dict[str, float] = {}
    for (key, part, variance), share in parts:
        if key in sums:
            sums[key] += part * share
            variances[key] = max(variances[key], variance)
        else:
            sums[key] = part * share
            variances[key] = variance
    return tuple(map(Cited, sums, sums.values(), variances.values()))


def band_of_mean(mean: float) -> Band:
    """The band of a mean that is no longer a fraction of whole labels; a billionth above a cut is on it."""
    return band_of(round(mean * _BILLION), _BILLION)


_BILLION = 10**9
_SIGHTINGS = {ObservedUse.SEEN: True, ObservedUse.NOT_SEEN: False, ObservedUse.COULD_NOT_BE_SEEN: None}


def _observed_use(seen: Sequence[bool | None]) -> ObservedUse:
    if any(seen):
        return ObservedUse.SEEN
    return ObservedUse.COULD_NOT_BE_SEEN if all(sighting is None for sighting in seen) else ObservedUse.NOT_SEEN


def whole(value: float) -> int:
    """The nearest whole number, halves upward, for a value that is not negative."""
    return math.floor(value + 0.5)
