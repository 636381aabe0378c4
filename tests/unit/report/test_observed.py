"""Observed use beside the labels: what is said of it, and where the two part."""

from __future__ import annotations

from datetime import date

import pytest

from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.knowledge import Observed
from worker.report.matching import Matcher
from worker.report.observed import Seen, observed_of, use_spread
from worker.report.profile import EMPTY_PROFILE

SPREAD = use_spread([(0.0, 40), (0.1, 10), (0.2, 10), (0.4, 20), (0.8, 20)])
READINGS = {"15": {"less": "a group's."}, "15-1252": {"less": "an occupation's.", "near": "they agree."}}


def seen(use: float, code: str = "15-1252.00", title: str = "Developers", people: float = 1) -> Seen:
    return Seen(code, title, use, people)


def found(*occupations: Seen, label_place: float, several: bool = False) -> Observed:
    observed = observed_of(occupations, several, label_place, SPREAD, READINGS)  # type: ignore[arg-type]
    assert observed is not None
    return observed


def of(catalogue: Catalogue, matcher: Matcher, slug: str) -> Observed:
    report = assemble_report(
        catalogue, matcher, role_slug=slug, role_text=slug, profile=EMPTY_PROFILE, today=date(2026, 11, 28)
    )
    assert report.observed is not None
    return report.observed


def test_jobs_that_share_a_value_share_its_places() -> None:
    assert SPREAD.places(0.0) == (0, 40)
    assert SPREAD.places(0.4) == (60, 80)


def test_nothing_known_is_nothing_said() -> None:
    assert observed_of([], False, 50, SPREAD, {}) is None


@pytest.mark.parametrize(("label_place", "parted"), [(111, True), (110, False), (40, False), (29, True)])
def test_labels_and_use_part_beyond_thirty_percentile_points(label_place: float, parted: bool) -> None:
    assert found(seen(0.4), label_place=label_place).parted is parted


def test_a_reading_is_shown_where_they_part_and_else_only_an_occupations_own() -> None:
    assert found(seen(0.0, "15-1299.00"), label_place=90).reading == "Our reading: a group's."
    assert found(seen(0.0, "15-1299.00"), label_place=60).reading is None
    assert found(seen(0.4), label_place=98).reading == "Our reading: an occupation's."
    assert found(seen(0.4), label_place=80).reading == "Our reading: they agree."


def test_a_zero_is_not_seen_often_enough_to_be_counted() -> None:
    text = found(seen(0.0), label_place=90).text
    assert "the work of Developers was not seen handed over to this AI often enough to be counted" in text
    assert "far higher" in text


def test_the_closest_occupation_counts_and_one_far_from_it_is_named() -> None:
    observed = found(seen(0.4), seen(0.8, "15-1251.00", "Programmers"), seen(0.4, title="Others"), label_place=70)
    assert observed.value == 0.4
    assert "0.40 for Developers and 0.80 for Programmers, on a scale from 0 to 1" in observed.text
    assert observed.evidence_ids == ("observed_exposure:15-1252.00", "observed_exposure:15-1251.00")


def test_several_jobs_have_their_mean_weighted_by_people_and_are_shown_as_a_range() -> None:
    observed = found(seen(0.2, people=3), seen(0.4, people=1), label_place=70, several=True)
    assert observed.value == pytest.approx(0.25)
    assert "0.20 to 0.40 for these jobs" in observed.text
    some = found(seen(0.0), seen(0.4), label_place=70, several=True)
    assert "0.40 at most, for some too little to be counted, for these jobs" in some.text


def test_what_rests_on_very_little_use_is_called_low() -> None:
    observed = found(seen(0.1), label_place=2)
    assert observed.parted
    assert "are low, too" in observed.text
    assert observed.reading
    assert "no counted use at all" in observed.reading
    assert not observed.ours


def test_the_three_worked_examples(catalogue: Catalogue, matcher: Matcher) -> None:
    developers = of(catalogue, matcher, "software-engineer")
    assert "0.29 for Software Developers and 0.75 for Computer Programmers" in developers.text
    assert "somewhat higher" in developers.text
    assert "listed mostly under Computer Programmers (0.75)" in (developers.reading or "")
    support = of(catalogue, matcher, "customer-service-representative")
    assert "0.70 for Customer Service Representatives" in support.text
    assert "about as high" in support.text
    assert "Handed over does not mean gone." in (support.reading or "")
    legal = of(catalogue, matcher, "legal-secretary")
    assert "often enough to be counted" in legal.text
    assert "confidential files" in (legal.reading or "")
    assert legal.parted


def test_every_job_with_a_figure_has_its_text_and_every_parting_a_reading(
    catalogue: Catalogue, matcher: Matcher
) -> None:
    for code, occupation in catalogue.onet.occupations.items():
        if occupation.observed_exposure is None:
            continue
        observed = of(catalogue, matcher, code)
        assert len(observed.text.split()) <= 45
        assert observed.reading or not observed.parted, code
        assert len((observed.reading or "").split()) <= 45
    for slug, role in catalogue.roles.items():
        if any(catalogue.occupations[code].observed_exposure is not None for code in role.occupations):
            observed = of(catalogue, matcher, slug)
            assert len(observed.text.split()) <= 45, slug
            assert observed.reading or not observed.parted, slug
