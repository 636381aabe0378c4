"""The reader's week: what they named and what we placed of it, in whole or blended with the usual week of the role."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from worker.plain_text import single_line
from worker.report.estimates import Estimate, estimate, unplaced_error
from worker.report.exposure import Rating
from worker.report.matching import Matcher
from worker.report.profile import TaskShare
from worker.report.report import Band, Provenance, RatedTask, UnratedTask, WeekSlice
from worker.report.roles import Task
from worker.report.subject import Mix, Subject, is_other_work

PERSONAL_FROM = 0.6  # of the stated time; from here on the index is claimed to be the reader's own
LEAST_HOURS, MOST_HOURS = 30, 70  # what shares in hours sum to; a smaller or larger sum may be percent or weights
LEAST_TASKS = 2  # one share may be percent of a week, the rest of it unsaid
_FULL_WEEKS = (35, 40, 45, 50)  # hours of a full week, in round numbers
_LARGEST_RATING = 5  # of tasks rated 1 to 5
_ROUNDING = 1e-9  # shares are sums of floats
_CACHED_SUBJECTS = 256  # usual weeks, each of about ten tasks


@dataclass(frozen=True, slots=True)
class Part:
    """One task of a week. `slug` is None for a task that we could not place; `share` is 0..1 of the whole week."""

    slug: str | None
    own_words: tuple[str, ...]
    """What the reader wrote for it; empty for a task taken from the role."""
    share: float
    near: str | None = None
    """The name of the task that the words come closest to, where we could not place them."""
    usual: float = 0.0
    """The part of `share` that is as usual rather than named by the reader."""


@lru_cache(_CACHED_SUBJECTS)
def usual_parts(subject: Subject) -> tuple[Part, ...]:
    """The usual week of the subject."""
    return tuple(Part(part.task, (), part.share) for part in subject.role.tasks)


@lru_cache(_CACHED_SUBJECTS)
def usual_tasks(subject: Subject) -> tuple[RatedTask, ...]:
    """The tasks of the usual week of the subject."""
    return rated_tasks(subject.tasks, subject, usual_parts(subject))


def named_parts(matcher: Matcher, subject: Subject | None, named: Sequence[TaskShare]) -> list[Part]:
    """The reader's tasks, shares summing to 1. A task named twice is one part, with both shares and both wordings."""
    words: dict[str, list[str]] = {}
    slugs: dict[str, str | None] = {}
    shares: dict[str, float | None] = {}
    for entry in named:
        text = single_line(entry.task)
        if not text:
            continue
        slug = _chosen(matcher, subject, entry.slug) or place(matcher, subject, entry.task)
        key = f"known {slug}" if slug else f"own {text.casefold()}"
        words.setdefault(key, []).append(text)
        slugs[key] = slug
        shares[key] = _added(shares.get(key), entry.share)
    normal = normalised_shares(list(shares.values()))
    return [
        Part(slugs[key], tuple(words[key]), share, None if slugs[key] else _near(matcher, subject, words[key][0]))
        for key, share in zip(words, normal, strict=True)
    ]


def place(matcher: Matcher, subject: Subject | None, text: str) -> str | None:
    """The slug of the task that a reader's words, or a slug, mean in this subject; None if they mean none."""
    if subject is None:
        return matcher.task(text)
    if "-" in text and text in subject.tasks and not is_other_work(text):
        return text
    return matcher.task(text, subject)


def _chosen(matcher: Matcher, subject: Subject | None, slug: str | None) -> str | None:
    """The task that the reader chose; None where they chose none that this subject has."""
    if slug is None:
        return None  # true of every letter
    return slug if slug in (subject.tasks if subject else matcher.catalogue.tasks) else None


def _near(matcher: Matcher, subject: Subject | None, text: str) -> str | None:
    task = matcher.nearest(text, subject) if subject else None
    return task.name if task else None


def placed_share(parts: Iterable[Part]) -> float:
    """The part of the week that has a place, 0..1."""
    return math.fsum(part.share for part in parts if part.slug is not None)


def is_personal(placed: float) -> bool:
    """Whether this placed part of a week is enough for a personal index."""
    return placed >= PERSONAL_FROM - _ROUNDING


def blend(parts: Sequence[Part], usual: Sequence[Part]) -> list[Part]:
    """The placed parts of a week, its other hours spent as in the usual week. Shares sum to 1."""
    rest = 1 - placed_share(parts)
    blended: dict[str | None, Part] = {part.slug: part for part in parts if part.slug is not None}
    for part in usual:
        share = part.share * rest
        own = blended.get(part.slug)
        blended[part.slug] = replace(own or part, share=(own.share if own else 0) + share, usual=share)
    return list(blended.values())


def blended_estimate(parts: Sequence[Part], subject: Subject, tasks: Mapping[str, Task]) -> Estimate:
    """The index of a blended week: what is placed by its own ratings, the rest as the subject's usual week.

    Each task that we could not place may be any of that week.
    """
    own = [(tasks[part.slug].rating, part.share) for part in parts if part.slug is not None]
    rest = 1 - math.fsum(share for _, share in own)
    unplaced = unplaced_error((part.share for part in parts if part.slug is None), subject.mix, assumed=None)
    unknown = math.hypot(unplaced, subject.role.estimate.unknown * rest)
    return estimate([*own, *((rating, share * rest) for rating, share in subject.mix)], unknown)


def personal_estimate(mix: Sequence[tuple[Rating, float]], unplaced: Sequence[UnratedTask], like: Mix) -> Estimate:
    """The index of what is placed of a week, as that of the whole week: `mix` holds its ratings and their shares.

    Each unplaced task may be any task of the usual week `like`, or of any US job if that is empty.
    """
    exact = estimate(mix)
    return replace(exact, unknown=unplaced_error((task.share for task in unplaced), like, exact.value))


def weights(tasks: Mapping[str, Task], rated: Sequence[RatedTask]) -> list[tuple[Rating, float]]:
    """Ratings with their shares of the rated part of the week."""
    shares = normalised_shares([task.share for task in rated])
    return [(tasks[task.slug].rating, share) for task, share in zip(rated, shares, strict=True)]


def rated_tasks(tasks: Mapping[str, Task], subject: Subject | None, parts: Sequence[Part]) -> tuple[RatedTask, ...]:
    """The parts that have a place, the largest first; other work, which has no text, comes last."""
    page_bands = {part.task: part.page_band for part in subject.role.tasks} if subject else {}
    percents = whole_percentages([part.share for part in parts])
    rated = [
        _rated_task(tasks[part.slug], page_bands.get(part.slug), part, percent)
        for part, percent in zip(parts, percents, strict=True)
        if part.slug is not None
    ]
    return tuple(sorted(rated, key=lambda task: (not task.rationale, -task.share)))


def unrated_tasks(parts: Sequence[Part]) -> tuple[UnratedTask, ...]:
    """The parts that have no place, the largest first."""
    percents = whole_percentages([part.share for part in parts])
    tasks = [
        UnratedTask(part.own_words[0], part.share, percent, part.near)
        for part, percent in zip(parts, percents, strict=True)
        if part.slug is None
    ]
    return tuple(sorted(tasks, key=lambda task: -task.share))


def week_slices(rated: Sequence[RatedTask], unrated: Sequence[UnratedTask]) -> tuple[WeekSlice, ...]:
    """The pieces of the stacked bar."""
    slices = [
        WeekSlice(band, sum(task.percent for task in tasks), len(tasks))
        for band in Band
        if (tasks := [task for task in rated if task.band is band])
    ]
    if unrated:
        slices.append(WeekSlice(None, sum(task.percent for task in unrated), len(unrated)))
    return tuple(slices)


def other_words(texts: Iterable[str], *names: str) -> str | None:
    """The reader's distinct wordings, without the given names; None if nothing is left."""
    known = {name.casefold() for name in names}
    other = []
    for text in texts:
        if text.casefold() not in known:
            known.add(text.casefold())
            other.append(text)
    return "; ".join(other) or None


def normalised_shares(shares: Sequence[float | None]) -> list[float]:
    """Weights as shares that sum to 1. A missing one counts as the mean of the others; without any, all are equal."""
    if not shares:
        return []
    given = [share for share in shares if share is not None]
    largest = max(given, default=0.0)
    if largest <= 0:
        return [1 / len(shares)] * len(shares)
    scaled = [share / largest for share in given]  # before summing, so that no sum overflows
    usual = sum(scaled) / len(scaled)
    shared = [usual if share is None else share / largest for share in shares]
    total = sum(shared)
    return [weight / total for weight in shared]


def hours_of(named: Sequence[TaskShare]) -> float | None:
    """The hours of a week whose shares are hours; None if they may be percent or mere weights, or one is missing.

    The form takes percent and hours alike, so hours are claimed only where little else is likely: of two or more tasks,
    that sum to a week of work, where not all are at most 5 (a rating), and not all are multiples of 5 (percent of a
    list that was not finished) unless they make a full week. What is taken for percent is shown as percent, which is
    true of hours too.
    """
    shares = [task.share for task in named]
    if len(shares) < LEAST_TASKS or None in shares:
        return None
    given = [share or 0 for share in shares]
    total = round(sum(given), 1)
    rated = max(given) <= _LARGEST_RATING
    round_numbers = all(share % _LARGEST_RATING == 0 for share in given)
    if not LEAST_HOURS <= total <= MOST_HOURS or (total not in _FULL_WEEKS and (rated or round_numbers)):
        return None
    return total


def whole_percentages(shares: Sequence[float]) -> list[int]:
    """Shares that sum to 1 as whole percentages that sum to 100: the largest remainders are rounded up."""
    percents = [int(100 * share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: percents[place] - 100 * shares[place])
    for at in by_remainder[: 100 - sum(percents) if shares else 0]:
        percents[at] += 1
    return percents


def _added(share: float | None, more: float | None) -> float | None:
    return more if share is None else share + (more or 0)


def _rated_task(task: Task, page_band: Band | None, part: Part, percent: int) -> RatedTask:
    rating = task.rating
    band = page_band or rating.band
    return RatedTask(
        slug=task.slug,
        name=task.name,
        own_words=other_words(part.own_words, task.name, task.slug),
        share=part.share,
        percent=percent,
        band=band,
        firmness=rating.firmness,
        provenance=Provenance.OUTLOOK_PAGE if page_band else Provenance.PUBLISHED,
        published_band=rating.band,
        figures=rating.figures,
        spread=rating.spread,
        resilient=rating.resilient and band is Band.LOW,
        observed_use=rating.observed_use,
        rationale=task.rationale,
        stays_human=task.stays_human,
        next_step=task.next_step,
        named=len(part.own_words),
        named_percent=_named_percent(part, percent),
    )


def _named_percent(part: Part, percent: int) -> int:
    """What the reader gave of the `percent` that is shown: all of it, unless usual hours are added."""
    if not part.own_words:
        return 0
    return min(percent, round(100 * (part.share - part.usual))) if part.usual else percent
