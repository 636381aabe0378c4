"""Which shares are hours: the form takes percent, hours and mere weights alike."""

from __future__ import annotations

import pytest

from worker.report.profile import TaskShare
from worker.report.week import hours_of


def hours(*shares: float | None) -> float | None:
    return hours_of([TaskShare("a task", share) for share in shares])


@pytest.mark.parametrize(
    "shares", [(10, 12, 4, 4, 8), (45, 8, 3), (20, 15, 5), (10, 10, 10, 5), (7.5, 30), (50, 5, 3, 7), (5,) * 8]
)
def test_a_week_of_work_is_in_hours(shares: tuple[float, ...]) -> None:
    assert hours(*shares) == sum(shares)


@pytest.mark.parametrize(
    "shares",
    [
        (),
        (40,),  # percent, the rest unsaid
        (40, 20),  # percent of a list that was not finished
        (30, 25, 15),
        (60, 40),
        (50, 30, 12),
        (5, 4, 3),  # ratings from 1 to 5
        (5, 4, 3, 5, 4, 5, 3, 2),
        (0.4, 0.6),
        (12, 8),
        (0, 0),
        (30, 8, None),
    ],
)
def test_what_may_be_percent_or_weights_is_not(shares: tuple[float | None, ...]) -> None:
    assert hours(*shares) is None
