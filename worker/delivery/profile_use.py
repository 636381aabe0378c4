"""How much of a reader's profile a letter uses: all of it, or less where no letter can be made with it.

What a reader wrote must never cost that reader the report, nor stop anybody else's.
"""

from __future__ import annotations

from collections.abc import Iterator

from worker.ledger.attempts import ProfileUse
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report.subject import Subject
from worker.report.week import place

UNSHOWN_TASK = "another task"
"""Replaces the words of a task that the catalogue does not know; its share of the week stays."""
UNSHOWN_ROLE = ""
"""Replaces the title in the reader's own words: a letter without it quotes none."""


def plainer_profiles(
    matcher: Matcher, subject: Subject | None, profile: TaskProfile
) -> Iterator[tuple[ProfileUse, TaskProfile]]:
    """The profiles to make a letter from, in order of preference; the last holds nothing of the reader's own words.

    A reader whose title is read as none is known by tasks alone, so there is no letter from the role only.
    """
    yield ProfileUse.FULL, profile
    if profile != EMPTY_PROFILE or subject is None:
        yield ProfileUse.CATALOGUE_NAMES, _in_catalogue_names(matcher, subject, profile)
    if subject is not None:
        yield ProfileUse.ROLE_ONLY, EMPTY_PROFILE


def _in_catalogue_names(matcher: Matcher, subject: Subject | None, profile: TaskProfile) -> TaskProfile:
    """The profile with the catalogue's slugs for the reader's names; skills that it does not know are left out."""
    tasks = [TaskShare(place(matcher, subject, task.task) or UNSHOWN_TASK, task.share) for task in profile.tasks]
    skills = [slug for skill in profile.skills if (slug := matcher.skill(skill, subject)) is not None]
    return TaskProfile(tuple(tasks), tuple(skills), profile.experience_years)
