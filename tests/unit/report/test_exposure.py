"""The rating of a task: level, firmness, spread."""

from __future__ import annotations

import pytest

from worker.report.catalogue import Catalogue
from worker.report.exposure import Label, OnetTask, pooled, rate, whole
from worker.report.measures import HIGH_FROM, LOW_BELOW
from worker.report.report import Band, Firmness, ObservedUse, Spread

E0, E1, E2 = Label.E0, Label.E1, Label.E2


def onet_task(
    human: Label, gpt4: Label, *, alternative: Label = E0, core: bool = True, seen: bool | None = False, id_: int = 1
) -> OnetTask:
    return OnetTask(f"11-1011.00:{id_}", core, human, gpt4, alternative, seen)


class TestRatingOfOneOnetTask:
    """A single task never falls on a cut. HIGH: neither label is E0 and one at least is E1. LOW: E0 beside E0 or E2."""

    @pytest.mark.parametrize(
        ("human", "gpt4", "band"),
        [
            (E1, E1, Band.HIGH),
            (E1, E2, Band.HIGH),
            (E2, E1, Band.HIGH),
            (E2, E2, Band.MEDIUM),
            (E0, E1, Band.MEDIUM),
            (E1, E0, Band.MEDIUM),
            (E0, E2, Band.LOW),
            (E2, E0, Band.LOW),
            (E0, E0, Band.LOW),
        ],
    )
    def test_band(self, human: Label, gpt4: Label, band: Band) -> None:
        assert rate([onet_task(human, gpt4)]).band is band

    def test_firm_only_where_both_raters_fall_in_the_band(self) -> None:
        assert rate([onet_task(E1, E1)]).firmness is Firmness.FIRM
        assert rate([onet_task(E1, E2)]).firmness is Firmness.BORDERLINE

    def test_resilient_needs_all_three_rubrics_below_a_third(self) -> None:
        assert rate([onet_task(E0, E0, alternative=E0)]).resilient
        assert not rate([onet_task(E0, E0, alternative=E2)]).resilient
        assert not rate([onet_task(E0, E2)]).resilient

    def test_alone_counts_e1_and_tooled_both(self) -> None:
        rating = rate([onet_task(E1, E2)])
        assert (rating.alone, rating.tooled) == (0.5, 1.0)


class TestRatingOfSeveral:
    def test_a_mean_on_a_cut_has_the_higher_level(self) -> None:
        high = [onet_task(E1, E1)] * 3 + [onet_task(E2, E2)] * 7  # 6.5 of 10
        medium = [onet_task(E1, E1)] * 4 + [onet_task(E0, E0)] * 6  # 4 of 10
        assert (rate(high).figures.score, rate(medium).figures.score) == pytest.approx(
            (HIGH_FROM / 100, LOW_BELOW / 100)
        )
        assert (rate(high).band, rate(medium).band) == (Band.HIGH, Band.MEDIUM)
        assert rate([*high, onet_task(E2, E2)]).band is Band.MEDIUM
        assert rate([*medium, onet_task(E0, E0)]).band is Band.LOW

    def test_the_spread_says_what_the_level_is_a_mean_of(self) -> None:
        rating = rate([onet_task(E1, E1), onet_task(E2, E2, core=False), onet_task(E0, E0, core=False)])
        assert rating.spread == Spread(high=0.5, medium=0.25, low=0.25)
        assert rating.spread.levels == (Band.HIGH, Band.MEDIUM, Band.LOW)
        assert rating.spread.opposed
        assert not rate([onet_task(E1, E1), onet_task(E2, E2)]).spread.opposed

    def test_work_of_two_kinds_has_the_spread_of_both(self) -> None:
        high, low = rate([onet_task(E1, E1)]), rate([onet_task(E0, E0, id_=2)])
        assert pooled([(high, 3.0), (low, 1.0)]).spread == Spread(0.75, 0.0, 0.25)

    def test_an_onet_task_in_two_kinds_of_work_is_one(self) -> None:
        rating = rate([onet_task(E1, E1)])
        assert pooled([(rating, 0.5), (rating, 0.5)]).cited == rating.cited

    def test_core_tasks_weigh_twice(self) -> None:
        assert rate([onet_task(E1, E1), onet_task(E0, E0, core=False)]).figures.score == pytest.approx(2 / 3)
        assert rate([onet_task(E1, E1, core=False), onet_task(E0, E0)]).figures.score == pytest.approx(1 / 3)

    @pytest.mark.parametrize(
        ("seen", "use"),
        [
            ([True, None], ObservedUse.SEEN),
            ([False, None], ObservedUse.NOT_SEEN),
            ([None, None], ObservedUse.COULD_NOT_BE_SEEN),
            ([False, True], ObservedUse.SEEN),
        ],
    )
    def test_observed_use(self, seen: list[bool | None], use: ObservedUse) -> None:
        assert rate([onet_task(E0, E0, seen=sighting) for sighting in seen]).observed_use is use


class TestTheOutlookPagesTasks:
    """The worked table of the method: published figures of the ML Engineer page's three tasks."""

    @pytest.mark.parametrize(
        ("slug", "human", "gpt4", "score", "band", "firmness"),
        [
            ("write-production-code", 0.875, 1.0, 0.938, Band.HIGH, Firmness.FIRM),
            ("build-data-pipelines", 0.625, 0.625, 0.625, Band.MEDIUM, Firmness.FIRM),
            ("train-evaluate-models", 0.500, 1.0, 0.750, Band.HIGH, Firmness.BORDERLINE),
        ],
    )
    def test_figures(
        self, catalogue: Catalogue, slug: str, human: float, gpt4: float, score: float, band: Band, firmness: Firmness
    ) -> None:
        rating = catalogue.tasks[slug].rating
        figures = rating.figures
        assert (figures.human, figures.gpt4, figures.score) == pytest.approx((human, gpt4, score), abs=0.0006)
        assert (rating.band, rating.firmness) == (band, firmness)


def test_halves_are_rounded_up() -> None:
    assert [whole(value) for value in (62.5, 63.5, 0.49)] == [63, 64, 0]
