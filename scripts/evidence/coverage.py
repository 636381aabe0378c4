"""How often the range of an index holds what it is to hold, over all roles and occupations and by simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from worker.report.catalogue import Catalogue
from worker.report.estimates import Z, estimate, index_of
from worker.report.exposure import OnetTask, Rating, rate, whole
from worker.report.measures import Index
from worker.report.report import UnratedTask
from worker.report.week import personal_estimate

LEAST_HALVED = 8  # O*NET tasks of an occupation that is halved
READER_TASKS = range(2, 6)  # how many tasks a drawn reader names
_OLD_SHARED, _OLD_EACH = 0.076, 0.315  # the noise terms of the ranges until November 2026

Week = Sequence[tuple[Rating, float]]
Draw = Callable[[random.Random], bool]


@dataclass(frozen=True, slots=True)
class Ranges:
    """One kind of week: how many, the widths of their ranges in whole points, and what lies inside, 0..1."""

    weeks: int
    width: float
    old_width: float
    raters_inside: float
    alternative_inside: float


class Coverage:
    """The checks of one catalogue. `onet_tasks` are all of O*NET, by key."""

    def __init__(self, catalogue: Catalogue, onet_tasks: Mapping[str, OnetTask]) -> None:
        self._catalogue = catalogue
        self._onet_tasks = onet_tasks

    def role_weeks(self) -> list[Week]:
        """The usual week of every role."""
        tasks = self._catalogue.tasks
        return [
            [(tasks[part.task].rating, part.share) for part in role.tasks] for role in self._catalogue.roles.values()
        ]

    def occupation_weeks(self, every: int = 1) -> list[Week]:
        """What the index of every occupation, or of every so many, is made of."""
        return [self._catalogue.onet.subject(code).mix for code in list(self._catalogue.onet.occupations)[::every]]

    def reader_weeks(self, rng: random.Random) -> Iterator[Week]:
        """Weeks of a few of a role's tasks, with hours as they fall."""
        roles = self.role_weeks()
        while True:
            role = rng.choice(roles)
            tasks = rng.sample(role, min(len(role), rng.choice(READER_TASKS)))
            hours = [rng.uniform(1, 20) for _ in tasks]
            yield [(rating, part / sum(hours)) for (rating, _), part in zip(tasks, hours, strict=True)]

    def half_holds_other(self, week: Week, rng: random.Random) -> bool:
        """Whether the range from one half of the week's O*NET tasks holds the index from the other half."""
        halves: tuple[list[tuple[Rating, float]], list[tuple[Rating, float]]] = ([], [])
        for rating, share in week:
            cited = [self._onet_tasks[key] for key in rating.figures.onet_tasks]
            rng.shuffle(cited)
            middle = (len(cited) + rng.randrange(2)) // 2
            for half, tasks in zip(halves, (cited[:middle], cited[middle:]), strict=True):
                half.append((rate(tasks), share))
        first, second = map(estimate, halves)
        return first.low <= second.value <= first.high

    def occupation_pools(self) -> list[Week]:
        """The O*NET tasks of every occupation that has enough of them to be halved, each as one group."""
        weeks = self.occupation_weeks()
        keys = [[key for rating, _ in week for key in rating.figures.onet_tasks] for week in weeks]
        return [[(rate([self._onet_tasks[key] for key in cited]), 1.0)] for cited in keys if len(cited) >= LEAST_HALVED]


def placed_holds_whole(week: Week, rng: random.Random) -> bool:
    """Whether the range of a week without one of its smaller tasks holds the index of all of it."""
    smaller = [place for place, (_, share) in enumerate(week) if share <= 0.4]
    if not smaller:
        return True
    hidden = rng.choice(smaller)
    share = week[hidden][1]
    placed = [(rating, part / (1 - share)) for place, (rating, part) in enumerate(week) if place != hidden]
    guess = personal_estimate(placed, [UnratedTask("hidden", share, whole(100 * share))], tuple(week))
    return guess.low <= estimate(week).value <= guess.high


def ranges_of(weeks: Sequence[Week]) -> Ranges:
    """The ranges of these weeks, as shown: in whole points."""
    shown = [index_of(estimate(week)) for week in weeks]
    old = [old_index(week) for week in weeks]
    return Ranges(
        weeks=len(weeks),
        width=median(index.high - index.low for index in shown),
        old_width=median(index.high - index.low for index in old),
        raters_inside=fmean(
            _holds(index, _mean(week, "human")) and _holds(index, _mean(week, "gpt4"))
            for index, week in zip(shown, weeks, strict=True)
        ),
        alternative_inside=fmean(
            _holds(index, _mean(week, "alternative")) for index, week in zip(shown, weeks, strict=True)
        ),
    )


def old_index(week: Week) -> Index:
    """The index with its range as it was until November 2026: the raters' noise alone."""
    noise = sum(share**2 * _OLD_EACH**2 / (4 * len(rating.figures.onet_tasks)) for rating, share in week)
    value = whole(estimate(week).value)
    margin = whole(100 * Z * math.sqrt(_OLD_SHARED**2 / 4 + noise))
    return Index(value, max(0, value - margin), min(100, value + margin))


def _mean(week: Week, rater: str) -> float:
    return 100 * math.fsum(share * getattr(rating.figures, rater) for rating, share in week)


def _holds(index: Index, value: float) -> bool:
    """Whether a rater's index, in whole points as it is shown, lies in the range."""
    return index.low <= whole(value) <= index.high
