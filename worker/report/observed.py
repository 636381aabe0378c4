"""How much of a job's work was seen handed over to AI, beside what the labels say it could help with.

Both are placed among US jobs; neither is part of the other, and they are never averaged or subtracted. A zero of the
measure is "not seen often enough to be counted", so it has the places of all zeros.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from worker.report.knowledge import Observed

SOURCE = "anthropic-2026"
DATED = "March 2026"
PARTED = 30  # percentile points between the two places, from which on a report says why
NEAR = 15  # up to here the two are about as high
LITTLE = 0.15  # on the scale from 0 to 1; a place above the labels' that rests on less says nothing
FAR = 0.15  # on the same scale: a second occupation of a role that lies further from the first is named too
MOST_TITLES = 5  # words of the titles in one sentence

Readings = Mapping[str, Mapping["Gap", str]]
"""Sentences by the start of an O*NET-SOC code, and by gap."""


class Gap(StrEnum):
    """How use lies beside the labels; the keys of data/readings.toml."""

    LESS = "less"
    MORE = "more"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class UseSpread:
    """Observed use over US jobs: values in order, and the people who have no more than each."""

    values: tuple[float, ...]
    people: tuple[float, ...]

    def places(self, value: float) -> tuple[float, float]:
        """The percentiles among US jobs, 0..100, that a value takes: several where jobs share it."""
        below, up_to = bisect_left(self.values, value), bisect_right(self.values, value)
        return self._share(below), self._share(up_to)

    def _share(self, count: int) -> float:
        return 100 * self.people[count - 1] / self.people[-1] if count else 0.0


def use_spread(jobs: Sequence[tuple[float, float]]) -> UseSpread:
    """The spread of jobs, each with its observed use and its number of people."""
    ranked = sorted(jobs)
    return UseSpread(tuple(value for value, _ in ranked), tuple(accumulate(people for _, people in ranked)))


@dataclass(frozen=True, slots=True)
class Seen:
    """One occupation's observed use, 0..1, and the people who have it."""

    code: str
    title: str
    use: float
    people: float


def observed_of(
    seen: Sequence[Seen],
    several: bool,
    label_place: float,
    spread: UseSpread,
    readings: Readings,
) -> Observed | None:
    """What was seen of a job, and how it lies beside the labels; None where nothing is known.

    `seen` are its occupations with a figure, the closest first: that one's figure counts, as a mean would be a figure
    nobody published. If the title may mean `several` jobs, it is their mean, weighted by people. `label_place` is the
    percentile of the labels among US jobs. `readings` are sentences by gap, by the start of a code.
    """
    if not seen:
        return None
    value = _mean(seen) if several else seen[0].use
    gap = _gap(label_place, *spread.places(value))
    parted = abs(gap) > PARTED
    side = Gap.LESS if gap > NEAR else Gap.MORE if gap < -NEAR else Gap.NEAR
    little = value < LITTLE and side is Gap.MORE
    reading = _LOW_BOTH if little else _reading(seen[0].code, side, readings, parted)
    named = seen if several else _named(seen)
    return Observed(
        value=value,
        occupations=tuple(job.title for job in named),
        text=f"{_what(named, several)} {_beside(value, side, parted, little)}",
        reading=reading if parted or not little else None,
        ours=reading is not None and not little,
        parted=parted,
        evidence_ids=tuple(f"observed_exposure:{job.code}" for job in named),
        source="",
        dated=DATED,
    )


def _mean(seen: Sequence[Seen]) -> float:
    return sum(job.use * job.people for job in seen) / sum(job.people for job in seen)


def _gap(label_place: float, low: float, high: float) -> float:
    """How far the labels' place lies above (or, below 0, below) the places of use."""
    return label_place - high if label_place > high else min(0.0, label_place - low)


def _named(seen: Sequence[Seen]) -> Sequence[Seen]:
    """The closest occupation, and the next that differs much from it, unless their titles fill the letter."""
    others = [job for job in seen[1:] if abs(job.use - seen[0].use) >= FAR and job.use]
    both = [seen[0], *others[:1]]
    return both if sum(len(job.title.split()) for job in both) <= MOST_TITLES else both[:1]


def _what(named: Sequence[Seen], several: bool) -> str:
    if all(job.use == 0 for job in named):
        whose = "this work" if several else f"the work of {_title(named[0])}"
        records = "By the 2025 records of Claude's maker"
        return f"{records}, {whose} was not seen handed over to this AI often enough to be counted."
    if several:
        low, high = min(job.use for job in named), max(job.use for job in named)
        span = f"{low:.2f} to {high:.2f}" if low else f"{high:.2f} at most, for some too little to be counted,"
        figures = f"{span if low < high else f'{low:.2f}'} for these jobs"
    else:
        figures = " and ".join(f"{_figure(job.use)} for {_title(job)}" for job in named)
    return f"Seen handed over to an AI, Claude (its maker's records, 2025): {figures}, on a scale from 0 to 1."


def _title(job: Seen) -> str:
    return job.title if len(job.title.split()) <= MOST_TITLES else "the closest occupation"


def _figure(use: float) -> str:
    return f"{use:.2f}" if use else "too little to be counted"


def _beside(value: float, side: Gap, parted: bool, little: bool) -> str:
    """Where the labels lie beside that, among US jobs; what they ask is named."""
    labels = "The labels of 2023, on what AI could help with,"
    if little or (side is Gap.NEAR and not value):
        return f"{labels} are low, too."
    if side is Gap.NEAR:
        return f"{labels} place it about as high among US jobs."
    amount, where = "far" if parted else "somewhat", "higher" if side is Gap.LESS else "lower"
    return f"{labels} place it {amount} {where} among US jobs."


_LOW_BOTH = "Many US jobs have no counted use at all, so that very little of it is already more than in most."


def _reading(code: str, side: Gap, readings: Readings, parted: bool) -> str | None:
    """Our sentence on why: the one for the longest start of the code; where they hardly part, only an occupation's."""
    for length in range(len(code), 0, -1):
        if not parted and length < len("15-1252"):
            return None
        if (text := readings.get(code[:length], {}).get(side)) is not None:
            return f"Our reading: {text}"
    return None
