"""The index of a week: its value, its range, its percentiles, and how two weeks differ."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.report.conftest import DATA
from worker.report.catalogue import Catalogue
from worker.report.estimates import (
    ANY_TASK_MEAN,
    ANY_TASK_SPREAD,
    THIRD_RATER,
    USUAL_GAP,
    USUAL_GAP_WEIGHT,
    Estimate,
    Z,
    difference_of,
    estimate,
    index_of,
    job_spread,
    percentile_of,
    raters_of,
    scenario_of,
    unplaced_error,
)
from worker.report.exposure import Label, OnetTask, Rating, rate
from worker.report.measures import Comparison, Difference, JobSpread, Range, Raters

E0, E1, E2 = Label.E0, Label.E1, Label.E2
LABELS = {0.0: E0, 0.5: E2, 1.0: E1}


def rating_of(human: float, gpt4: float, onet_tasks: int = 3, *, task: str = "a") -> Rating:
    """A rating by labels of 0, 1/2 or 1, the same for each of so many O*NET tasks of its own."""
    labels = LABELS[human], LABELS[gpt4]
    return rate([OnetTask(f"{task}:{number}", True, *labels, E0, False) for number in range(onet_tasks)])


def week_of(*tasks: tuple[float, float, float]) -> list[tuple[Rating, float]]:
    """A week of tasks, each (human, GPT-4, share)."""
    return [(rating_of(human, gpt4, task=str(place)), share) for place, (human, gpt4, share) in enumerate(tasks)]


ROUNDING = 1e-9  # sums of floats: an index of 100 may come out as 100.00000000000003
raters = st.sampled_from([0.0, 0.5, 1.0])
weeks = st.lists(st.tuples(raters, raters, st.integers(1, 6), st.floats(0.01, 1.0)), min_size=1, max_size=40)


def drawn(week: Sequence[tuple[float, float, int, float]]) -> list[tuple[Rating, float]]:
    total = math.fsum(weight for *_, weight in week)
    return [
        (rating_of(human, gpt4, count, task=str(place)), weight / total)
        for place, (human, gpt4, count, weight) in enumerate(week)
    ]


class TestRange:
    @given(weeks)
    def test_holds_both_raters_own_index(self, week: list[tuple[float, float, int, float]]) -> None:
        exact = estimate(drawn(week))
        index, alone = index_of(exact), raters_of(exact)
        for rater, shown in ((exact.human, alone.human), (exact.gpt4, alone.gpt4)):
            assert exact.low - ROUNDING <= rater <= exact.high + ROUNDING
            assert index.low - ROUNDING <= rater <= index.high + ROUNDING
            assert index.low <= shown <= index.high

    def test_two_raters_who_are_far_apart_make_it_wide(self) -> None:
        agreed, apart = (estimate(week_of(week)) for week in ((0.5, 0.5, 1.0), (0.0, 1.0, 1.0)))
        assert agreed.value == apart.value == 50
        assert index_of(apart).margin > 2 * index_of(agreed).margin

    def test_onet_tasks_that_disagree_make_it_wide(self) -> None:
        alike = rate([OnetTask(f"a:{number}", True, E2, E2, E0, False) for number in range(4)])
        labels = (E0, E1, E0, E1)
        mixed = rate([OnetTask(f"a:{number}", True, label, label, E0, False) for number, label in enumerate(labels)])
        assert estimate([(alike, 1.0)]).value == estimate([(mixed, 1.0)]).value == 50
        assert estimate([(mixed, 1.0)]).margin > 2 * estimate([(alike, 1.0)]).margin

    @given(st.integers(1, 20))
    def test_more_evidence_makes_it_narrower(self, tasks: int) -> None:
        errors = [
            estimate([(rating_of(0.5, 0.5, count, task=str(task)), 1 / tasks) for task in range(tasks)]).margin
            for count in (1, 2, 4, 6)
        ]
        assert all(fewer > more for fewer, more in pairwise(errors))
        never = USUAL_GAP * math.sqrt(THIRD_RATER * USUAL_GAP_WEIGHT / (1 + USUAL_GAP_WEIGHT)) / 2
        assert min(errors) > Z * 100 * never  # what both raters get wrong together does not average out

    def test_is_cut_to_the_scale(self) -> None:
        bottom, top = (index_of(estimate(week_of((label, label, 1.0)))) for label in (0.0, 1.0))
        assert (bottom.value, bottom.low, top.value, top.high) == (0, 0, 100, 100)
        assert bottom.margin == bottom.high == 100 - top.low == top.margin

    def test_an_onet_task_of_two_tasks_is_evidence_once(self) -> None:
        rating = rating_of(0.5, 0.5)
        other = rating_of(0.5, 0.5, task="b")
        once, twice = (estimate([(rating, 0.5), (second, 0.5)]) for second in (other, rating))
        assert twice.margin > once.margin
        assert twice.margin == pytest.approx(estimate([(rating, 1.0)]).margin)


class TestUnplacedHours:
    def test_are_like_any_task_of_the_usual_week(self) -> None:
        usual = week_of((1.0, 1.0, 0.5), (0.0, 0.0, 0.5))  # mean 50, standard deviation 50
        assert unplaced_error([0.2], usual, None) == pytest.approx(0.2 * 50)
        assert unplaced_error([0.1, 0.1], usual, None) == pytest.approx(math.sqrt(2) * 0.1 * 50)
        assert unplaced_error([0.2], usual, 80.0) == pytest.approx(0.2 * math.hypot(50, 30))
        assert unplaced_error([], usual, 80.0) == 0

    def test_are_like_any_us_task_without_a_usual_week(self) -> None:
        assert unplaced_error([0.3], (), ANY_TASK_MEAN) == pytest.approx(0.3 * ANY_TASK_SPREAD)

    def test_any_us_task_has_the_published_mean_and_spread(self) -> None:
        weights, values = _us_tasks()
        mean = fmean(values, weights)
        spread = math.sqrt(fmean([(value - mean) ** 2 for value in values], weights))
        assert pytest.approx((mean, spread), abs=0.5) == (ANY_TASK_MEAN, ANY_TASK_SPREAD)


def _us_tasks() -> tuple[list[float], list[float]]:
    """Every O*NET task: its weight in all US hours, and its index."""
    with (DATA / "evidence/occupations.csv").open(encoding="utf-8") as file:
        occupations = list(csv.DictReader(file))
    sharing: dict[str, int] = {}
    for row in occupations:
        sharing[row["oews_code"]] = sharing.get(row["oews_code"], 0) + 1
    jobs = {row["onet_soc"]: float(row["jobs"] or 0) / sharing[row["oews_code"]] for row in occupations}
    with (DATA / "evidence/tasks.csv").open(encoding="utf-8") as file:
        tasks = list(csv.DictReader(file))
    core = [2 if row["task_type"] == "Core" else 1 for row in tasks]
    whole: dict[str, int] = {}
    for row, weight in zip(tasks, core, strict=True):
        whole[row["onet_soc"]] = whole.get(row["onet_soc"], 0) + weight
    weights = [jobs[row["onet_soc"]] * weight / whole[row["onet_soc"]] for row, weight in zip(tasks, core, strict=True)]
    return weights, [25.0 * (Label[row["human"]] + Label[row["gpt4"]]) for row in tasks]


class TestDifference:
    def test_the_same_week_is_no_difference(self) -> None:
        week = estimate(week_of((1.0, 0.5, 0.5), (0.0, 0.0, 0.5)))
        assert difference_of(week, week) == Difference(0, Comparison.TOO_CLOSE)

    def test_what_two_weeks_share_cancels_out(self) -> None:
        """Much of both weeks is work on which the raters disagree: each range is wide, the difference still clear."""
        disputed, high, low = (
            rating_of(*labels, 6, task=str(labels)) for labels in ((0.0, 1.0), (1.0, 1.0), (0.0, 0.0))
        )
        ours, theirs = (estimate([(disputed, 0.6), (other, 0.4)]) for other in (high, low))
        assert ours.low < theirs.high, "the ranges overlap"
        assert difference_of(ours, theirs) == Difference(40, Comparison.ABOVE)
        assert difference_of(theirs, ours) == Difference(-40, Comparison.BELOW)

    def test_the_choice_of_onet_tasks_that_two_weeks_share_cancels_out(self) -> None:
        mixed = rate([OnetTask(f"m:{label}", True, label, label, E0, False) for label in (E0, E1)])
        ours, theirs = (
            estimate([(mixed, 0.7), (rating_of(label, label, 6, task=str(label)), 0.3)]) for label in (1.0, 0.0)
        )
        assert ours.low < theirs.high, "the ranges overlap"
        assert difference_of(ours, theirs) == Difference(30, Comparison.ABOVE)

    def test_both_weeks_errors_count(self) -> None:
        ours, theirs = (estimate([(rating_of(label, label, 2, task=str(label)), 1.0)]) for label in (0.5, 0.0))
        assert ours.value - theirs.value > ours.margin, "clear of either range alone"
        assert difference_of(ours, theirs).verdict is Comparison.ABOVE
        unsure = Estimate(theirs.human, theirs.gpt4, theirs.cited, unknown=40.0)
        assert difference_of(ours, unsure).verdict is Comparison.TOO_CLOSE


class TestPercentile:
    @pytest.mark.parametrize(
        ("percentile", "mean_beta"), [(10, 0.050), (25, 0.146), (50, 0.312), (75, 0.490), (90, 0.606), (95, 0.639)]
    )
    def test_the_table_holds_the_published_values(
        self, catalogue: Catalogue, percentile: int, mean_beta: float
    ) -> None:
        assert catalogue.percentiles.mean_beta[percentile] == pytest.approx(mean_beta, abs=0.0006)

    def test_is_of_the_same_range_as_the_index(self) -> None:
        exact = estimate(week_of((0.5, 0.5, 1.0)))
        table = [percentile / 100 for percentile in range(101)]
        assert percentile_of(exact, table) == Range(math.floor(exact.low), math.floor(exact.high))
        assert exact.high - exact.low == pytest.approx(2 * exact.margin)

    def test_both_ends_of_the_scale(self, catalogue: Catalogue) -> None:
        table = catalogue.percentiles.mean_beta
        assert percentile_of(estimate(week_of((0.0, 0.0, 1.0))), table).low == 0
        assert percentile_of(estimate(week_of((1.0, 1.0, 1.0))), table).high == 100


@given(weeks)
def test_index_lies_between_the_least_and_the_most_exposed_task(week: list[tuple[float, float, int, float]]) -> None:
    exact = estimate(drawn(week))
    scores = [50 * (human + gpt4) for human, gpt4, *_ in week]
    assert min(scores) - 1e-9 <= exact.value <= max(scores) + 1e-9


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_time_on_the_more_exposed_task_never_lowers_the_index(first: float, second: float) -> None:
    less, more = sorted([first, second])
    indices = [estimate(week_of((1.0, 1.0, share), (0.5, 0.5, 1 - share))).value for share in (less, more)]
    assert indices[0] <= indices[1] + 1e-9


def test_raters_are_shown_in_whole_points() -> None:
    assert raters_of(estimate(week_of((0.5, 1.0, 0.25), (0.0, 1.0, 0.75)))) == Raters(13, 100)


def test_scenario_of_a_half_and_half_week() -> None:
    week = week_of((1.0, 1.0, 0.5), (0.5, 0.5, 0.25), (0.0, 0.0, 0.25))
    assert scenario_of(week) == Range(50, 75)


def test_the_spread_of_all_jobs_is_read_from_the_percentile_table(catalogue: Catalogue) -> None:
    assert job_spread([percentile / 200 for percentile in range(101)]) == JobSpread(5, 13, 25, 38, 45)
    assert job_spread(catalogue.percentiles.mean_beta) == JobSpread(5, 15, 31, 49, 61), "as docs/method.md prints it"
