"""Moments and durations."""

from datetime import UTC, datetime

import pytest

from worker.times import duration, iso, timestamp


def test_a_moment_is_written_to_the_second():
    assert timestamp(datetime(2026, 11, 28, 7, 5, 9, 999_999, tzinfo=UTC)) == "2026-11-28 07:05:09"
    assert timestamp(None) == ""


def test_a_moment_for_programs_is_iso_8601_to_the_second():
    assert iso(datetime(2026, 11, 28, 7, 5, 9, 999_999, tzinfo=UTC)) == "2026-11-28T07:05:09+00:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "none"), (0, "0 seconds"), (119, "119 seconds"), (120, "2 minutes"), (7199, "120 minutes"),
        (7200, "2 hours"), (172_800, "2 days"), (864_000, "10 days"),
    ],
)  # fmt: skip
def test_a_duration_is_in_the_largest_unit_that_it_holds_twice(seconds, words):
    assert duration(seconds) == words
