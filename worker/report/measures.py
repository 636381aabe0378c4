"""The figures of a report as values: an index with its range, percentiles, differences, and the means behind a task."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CONFIDENCE = 95
"""Percent: the confidence level of every range of an index, of a percentile and of a difference."""
HIGH_FROM = 65
"""A task is HIGH from here on: its mean label in hundredths."""
LOW_BELOW = 40
"""A task is LOW below this: its mean label in hundredths. Between the two it is MEDIUM."""


@dataclass(frozen=True, slots=True)
class Index:
    """Exposure index 0..100 with its range at CONFIDENCE, all whole numbers.

    The range holds the index by the human labels alone and that by GPT-4's alone (`Report.raters`). It says where the
    index would be if other raters labelled the work, if other O*NET tasks were chosen for it, and wherever the hours
    go that we could not place.
    """

    value: int
    low: int
    high: int

    @property
    def margin(self) -> int:
        """The "give or take" of the range; if 0 or 100 cuts it, the length of the other side."""
        return max(self.high - self.value, self.value - self.low)


@dataclass(frozen=True, slots=True)
class Range:
    """An inclusive range of whole numbers, 0..100: percentiles of an index at CONFIDENCE, or a scenario."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Raters:
    """The same week's index by each rater alone, in whole points."""

    human: int
    gpt4: int


class Comparison(StrEnum):
    """The verdict on two indices: ABOVE and BELOW are clear at CONFIDENCE, TOO_CLOSE is not."""

    ABOVE = "above"
    BELOW = "below"
    TOO_CLOSE = "too-close"


@dataclass(frozen=True, slots=True)
class Difference:
    """How the reader's week compares with the usual week: `points` is the one index less the other, as both are shown.

    `verdict` judges the difference with the errors of both weeks; what the two have in common cancels out. Where it is
    TOO_CLOSE, say neither "above" nor "below".
    """

    points: int
    verdict: Comparison


@dataclass(frozen=True, slots=True)
class JobSpread:
    """Exposure of all US jobs: index points, rounded, at the 10th, 25th, 50th, 75th and 90th percentile of jobs."""

    p10: int
    p25: int
    p50: int
    p75: int
    p90: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Published means behind one task, each 0..1; `score` is the mean of human and GPT-4."""

    human: float
    gpt4: float
    alternative: float
    score: float
    onet_tasks: tuple[str, ...]
    """O*NET-SOC code and task id, as `15-1252.00:21670`."""
