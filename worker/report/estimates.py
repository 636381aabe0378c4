"""How exposed a week is, and how sure that is: its index, its range, its percentiles, and the difference of two.

A range says where a third rater's index would be, and ours if other O*NET tasks were chosen for the work. It comes
from how far the two raters lie apart on this very week and from how far the O*NET tasks of each task lie apart. To
these come the hours that we could not place, and the jobs that a title may mean. docs/method.md has the formula and
its checks; `scripts/intervals` runs them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat

from worker.report.exposure import Cited, Rating, added, whole
from worker.report.measures import Comparison, Difference, Index, JobSpread, Range, Raters

Z = 1.96  # standard errors either side of a range at CONFIDENCE
THIRD_RATER = 3  # a third rater lies sqrt(3) times as far from the mean of two as the error of that mean
USUAL_GAP = 0.15  # label units: how far the two raters lie apart on a week, root mean square over roles
USUAL_GAP_WEIGHT = 0.2  # of the gap on this week; two raters who agree by chance prove little
MOST_GAP = 0.18  # label units: beyond it a gap says that one of the two erred, not that a third is farther still
ANY_TASK_MEAN = 32.5  # index points: mean of all O*NET tasks, in jobs weighted by people
ANY_TASK_SPREAD = 32.0  # index points: their standard deviation


@dataclass(frozen=True)
class Estimate:
    """The index of a week before rounding, in index points 0..100.

    `human` and `gpt4` are the index by one rater's labels alone; the index is their mean. `cited` are the O*NET tasks
    behind it, with parts that sum to 1. `unknown` is the standard deviation of what no label can say: which of several
    jobs it is, and what the hours are that we could not place.
    """

    human: float
    gpt4: float
    cited: tuple[Cited, ...]
    unknown: float = 0.0

    @property
    def value(self) -> float:
        """The index."""
        return (self.human + self.gpt4) / 2

    @cached_property
    def margin(self) -> float:
        """How far its range reaches either way: at least to both raters' own index."""
        return _margin(self.human - self.gpt4, USUAL_GAP, self.cited, self.unknown)

    @property
    def low(self) -> float:
        """The lower end of its range, not below 0."""
        return max(0.0, min(self.value - self.margin, self.human, self.gpt4))

    @property
    def high(self) -> float:
        """The upper end of its range, not above 100."""
        return min(100.0, max(self.value + self.margin, self.human, self.gpt4))


def estimate(week: Sequence[tuple[Rating, float]], unknown: float = 0.0) -> Estimate:
    """The index of a week: ratings with time shares that sum to 1. `unknown` as for `Estimate`."""
    return Estimate(
        human=100 * math.fsum(share * rating.figures.human for rating, share in week),
        gpt4=100 * math.fsum(share * rating.figures.gpt4 for rating, share in week),
        cited=added((task, share) for rating, share in week for task in rating.cited),
        unknown=unknown,
    )


def index_of(exact: Estimate) -> Index:
    """The index in whole points with its range, which holds both raters' own index before and after rounding."""
    value = whole(exact.value)
    margin = whole(exact.margin)
    farthest = max(abs(exact.human - value), abs(exact.gpt4 - value))
    margin = max(margin, math.ceil(farthest))
    return Index(value, max(0, value - margin), min(100, value + margin))


def raters_of(exact: Estimate) -> Raters:
    """The index by each rater alone, in whole points."""
    return Raters(whole(exact.human), whole(exact.gpt4))


def percentile_of(exact: Estimate, percentiles: Sequence[float]) -> Range:
    """The percentiles among jobs of the two ends of an index's range.

    `percentiles[p]` is the mean label (0..1) at percentile p = 0..100 of occupations weighted by their jobs.
    """
    return Range(rank_of(exact.low, percentiles), rank_of(exact.high, percentiles))


def rank_of(value: float, percentiles: Sequence[float]) -> int:
    """The share of jobs, in percent, that are less exposed than an index. `percentiles` as for `percentile_of`."""
    return max(0, bisect_left(percentiles, value / 100) - 1)


def difference_of(ours: Estimate, theirs: Estimate) -> Difference:
    """How one week compares with another, judged like a week of its own.

    What both consist of cancels out, in the raters' disagreement and in the choice of O*NET tasks alike.
    """
    signed = added(chain(zip(ours.cited, repeat(1.0)), zip(theirs.cited, repeat(-1.0))))
    moved = sum(abs(task.part) for task in signed) / 2
    gap = (ours.human - ours.gpt4) - (theirs.human - theirs.gpt4)
    margin = _margin(gap, USUAL_GAP * moved, signed, math.hypot(ours.unknown, theirs.unknown))
    exact = ours.value - theirs.value
    points = whole(ours.value) - whole(theirs.value)
    if points == 0 or abs(exact) <= margin:
        return Difference(points, Comparison.TOO_CLOSE)
    return Difference(points, Comparison.ABOVE if exact > 0 else Comparison.BELOW)


def unplaced_error(shares: Iterable[float], like: Sequence[tuple[Rating, float]], assumed: float | None) -> float:
    """The standard deviation, in index points, that unplaced tasks with these shares of the week add to its index.

    Each may be any task of the week `like` (of any US job, if that is empty), with the chances of its shares. `assumed`
    is the index that the unplaced hours are counted with; None if it is the mean of `like`.
    """
    shares = tuple(shares)
    if not shares:
        return 0.0
    mean, variance = _single_tasks(like)
    bias = math.fsum(shares) * (0.0 if assumed is None else mean - assumed)
    return math.sqrt(bias**2 + variance * math.fsum(share**2 for share in shares))


def _single_tasks(like: Sequence[tuple[Rating, float]]) -> tuple[float, float]:
    """Mean and variance of the index of one task of a week."""
    if not like:
        return ANY_TASK_MEAN, ANY_TASK_SPREAD**2
    mean = 100 * math.fsum(share * rating.figures.score for rating, share in like)
    return mean, math.fsum(share * (100 * rating.figures.score - mean) ** 2 for rating, share in like)


def _margin(gap: float, usual_gap: float, cited: Sequence[Cited], unknown: float) -> float:
    """In index points, as are `gap`, how far the raters lie apart, and `unknown`, as for `Estimate`."""
    counted = min(abs(gap), 100 * MOST_GAP)
    shrunk = (counted**2 + USUAL_GAP_WEIGHT * (100 * usual_gap) ** 2) / (1 + USUAL_GAP_WEIGHT)
    choice = 100**2 * math.fsum(task.part**2 * task.variance for task in cited)
    return max(Z * math.sqrt(THIRD_RATER * shrunk / 4 + choice + unknown**2), abs(gap) / 2)


def job_spread(percentiles: Sequence[float]) -> JobSpread:
    """How exposure spreads over all US jobs. `percentiles` as for `percentile_of`."""
    p10, p25, p50, p75, p90 = (whole(100 * percentiles[percentile]) for percentile in (10, 25, 50, 75, 90))
    return JobSpread(p10, p25, p50, p75, p90)


def scenario_of(week: Sequence[tuple[Rating, float]]) -> Range:
    """From a language model alone to one with all its tooling built, in index points."""
    alone = 100 * math.fsum(share * rating.alone for rating, share in week)
    tooled = 100 * math.fsum(share * rating.tooled for rating, share in week)
    return Range(whole(alone), whole(tooled))
