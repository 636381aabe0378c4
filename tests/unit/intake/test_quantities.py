"""Shares and years as people and programs write them: what is read, and what may mean another."""

import time

import pytest

from worker.intake.quantities import read_share, read_years, split_share


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("35", 35), ("35%", 35), ("35 per cent", 35), ("35 pct.", 35), ("4,5", 4.5), (".5", 0.5),
        ("16.666666666666668", 16.666666666666668), ("3 hrs", 3), ("45 min", 0.75), ("2 days", 16),
        ("3 hours a day", 15), ("3h/day", 15), ("3 hours daily", 15), ("15 minutes every day", 1.25),
        ("an hour a day", 5), ("a day per week", 8), ("26 hours a month", 6), ("4 hours weekly", 4),
        ("35 % a day", 35), ("35 % of my time", 35), ("1h 15min", 1.25), ("1 hour and 15 minutes a day", 6.25),
        ("about 3 hours", 3), ("at least 3 h", 3), ("> 3", 3), ("3+ h", 3), ("3 h+", 3),
        ("less than 3 hours", 1.5), ("<10 %", 5), ("2-4 h", 3), ("30 min - 1 h", 0.75), ("1 to 2 hours a day", 7.5),
        ("2 or 3 h", 2.5),
    ],
)  # fmt: skip
def test_a_share_is_percent_or_hours_a_week(text, share):
    assert read_share(text) == pytest.approx(share)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "h", "%", "a lot", "daily", "3 years", "3 lots", "1 h 30", "10 5 h", "4-2", "1-2-3", "-3",
        "3 h a year", "3" * 61,
    ],
)  # fmt: skip
def test_a_text_that_is_no_share_is_not_guessed(text):
    assert read_share(text) is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("8", 8), ("8 yrs.", 8), ("8+ years", 8), ("8 years +", 8), ("8 years of experience", 8),
        ("8 years\u2019 work experience", 8), ("30 months", 2.5), ("1 yr 3 mos", 1.25), ("1 year, 3 months", 1.25),
        ("1 year and 3 months", 1.25), ("a year", 1), ("less than a year", 0.5), ("under 2 years", 1),
        ("6-12 months", 0.75), ("6 months to 2 years", 1.25), ("over 8", 8),
    ],
)  # fmt: skip
def test_experience_is_in_years(text, years):
    assert read_years(text) == pytest.approx(years)


@pytest.mark.parametrize("text", ["", "40 %", "3 h", "many", "2 a year", "8 years a week", "since 2019", "1 year 3"])
def test_a_text_that_is_no_experience_is_not_guessed(text):
    assert read_years(text) is None


@pytest.mark.parametrize(
    ("text", "task", "share"),
    [
        ("Answer mail: 25", "Answer mail", "25"),
        ("Answer mail :3 h a day", "Answer mail", "3 h a day"),
        ("Answer mail (25 %)", "Answer mail", "25 %"),
        ("Answer mail (about 25 percent)", "Answer mail", "about 25 percent"),
        ("Answer mail - 25%", "Answer mail", "25%"),
        ("Support - tier 2 \u2013 20-30 %", "Support - tier 2 \u2013 20-30 %", None),
        ("Support - tiers \u2013 20-30 %", "Support - tiers", "20-30 %"),
        ("1:1: 25", "1:1", "25"),
    ],
)
def test_a_task_and_its_share_are_parted(text, task, share):
    assert split_share(text) == (task, share)


@pytest.mark.parametrize(
    "text",
    [
        "Answer mail", "Stand-up at 9:30", "Team 1:1", "Answer mail: daily", "Night shifts (12 h)", "Calls (20 a week)",
        "Cut costs by 10 %", "Answer mail 25 %", "Code review (PRs)", "Answer mail: " + "9" * 300, "(25 %)", "",
    ],
)  # fmt: skip
def test_a_number_that_may_be_part_of_the_task_stays_in_it(text):
    assert split_share(text) == (text, None)


@pytest.mark.parametrize("piece", ["9", "9,", " ", "(", " - ", ":", "9:", "a ", "and ", "h9", " -", "to ", " a day"])
def test_no_text_is_slow_to_read(piece):
    began = time.perf_counter()
    for size in (20, 60, 250, 30_000):
        text = (piece * size)[:size]
        for ending in ("", ")", "x", "%"):
            read_share(text + ending)
            read_years(text + ending)
            split_share(text + ending)
    assert time.perf_counter() - began < 1  # a hundred times what it takes
