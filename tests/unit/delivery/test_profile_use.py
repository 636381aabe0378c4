"""Which profiles a letter is made from, in which order."""

import pytest

from worker.assets import data_dir
from worker.delivery.profile_use import UNSHOWN_TASK, plainer_profiles
from worker.ledger.attempts import ProfileUse
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report.subjects import subject_of

CATALOGUE = load_catalogue(data_dir())
MATCHER = Matcher(CATALOGUE)
PROFILE = TaskProfile(
    tasks=(TaskShare("Write production code", 30.0), TaskShare("juggling chainsaws", 10.0), TaskShare("qqq", None)),
    skills=("python", "chainsaw juggling"),
    experience_years=6,
)
IN_CATALOGUE_NAMES = TaskProfile(
    tasks=(TaskShare("write-production-code", 30.0), TaskShare(UNSHOWN_TASK, 10.0), TaskShare(UNSHOWN_TASK, None)),
    skills=("python",),
    experience_years=6,
)


@pytest.mark.parametrize(
    ("role_slug", "profile", "expected"),
    [
        (
            "ml-engineer",
            PROFILE,
            [
                (ProfileUse.FULL, PROFILE),
                (ProfileUse.CATALOGUE_NAMES, IN_CATALOGUE_NAMES),
                (ProfileUse.ROLE_ONLY, EMPTY_PROFILE),
            ],
        ),
        (None, PROFILE, [(ProfileUse.FULL, PROFILE), (ProfileUse.CATALOGUE_NAMES, IN_CATALOGUE_NAMES)]),
        ("ml-engineer", EMPTY_PROFILE, [(ProfileUse.FULL, EMPTY_PROFILE), (ProfileUse.ROLE_ONLY, EMPTY_PROFILE)]),
    ],
)
def test_each_profile_is_plainer_than_the_one_before(role_slug, profile, expected):
    subject = subject_of(CATALOGUE, MATCHER, role_slug, "unheard of")
    assert list(plainer_profiles(MATCHER, subject, profile)) == expected


def test_the_words_that_replace_a_reader_s_are_placed_nowhere():
    assert MATCHER.task(UNSHOWN_TASK) is None
    assert all(MATCHER.task(UNSHOWN_TASK, CATALOGUE.subjects.named(role)) is None for role in CATALOGUE.roles)
