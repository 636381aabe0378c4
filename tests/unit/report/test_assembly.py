"""From profile to report: shares, percentages, what is shown for what was given, and that no two read alike."""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.errors import LetterError
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.knowledge import Grade
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report.reading import TitleKind
from worker.report.report import Band, Provenance, Report
from worker.report.week import normalised_shares, whole_percentages


class Reader:
    """Signs up with a role and a profile, and reads the report."""

    def __init__(self, catalogue: Catalogue, matcher: Matcher) -> None:
        self.catalogue, self.matcher = catalogue, matcher

    def report(self, role: str, profile: TaskProfile = EMPTY_PROFILE) -> Report:
        slug = role if role in self.catalogue.onet else self.matcher.read_title(role).slug
        return assemble_report(self.catalogue, self.matcher, role_slug=slug, role_text=role, profile=profile)


@pytest.fixture(scope="session")
def reader(catalogue: Catalogue, matcher: Matcher) -> Reader:
    return Reader(catalogue, matcher)


def tasks(*named: str | tuple[str, float | None]) -> TaskProfile:
    return TaskProfile(tuple(TaskShare(task) if isinstance(task, str) else TaskShare(*task) for task in named))


def as_read(report: Report) -> str:
    """All words and whole numbers of the report."""
    parts = [report.role_title, str(report.index.value), str(report.index.margin)]
    parts += [f"{task.percent} {task.name} {task.own_words} {task.band}" for task in report.tasks]
    parts += [f"{task.percent} {task.own_words}" for task in report.unrated_tasks]
    parts += [f"{skill.name} {skill.own_words} {skill.tasks}" for skill in report.skills] + list(report.unknown_skills)
    parts += [f"{report.experience_years} {report.experience.text}"] if report.experience else []
    parts += [step.text for step in report.next_steps]
    return "\n".join(parts)


class TestTheMlEngineerPage:
    def test_the_counts_are_those_of_the_page(self, reader: Reader) -> None:
        report = reader.report("ml-engineer")
        assert (report.high_count, report.resilient_count, report.skills_assessed) == (2, 0, 4)

    def test_each_rating_is_the_pages_beside_the_published_one(self, reader: Reader) -> None:
        for task in reader.report("ml-engineer").tasks:
            assert task.provenance is Provenance.OUTLOOK_PAGE
            assert task.band is task.published_band
            assert len(task.figures.onet_tasks) == 4

    def test_the_rating_of_the_page_is_shown_where_the_figures_differ(self, data_copy: Path) -> None:
        path = data_copy / "roles" / "ml-engineer.toml"
        path.write_text(path.read_text().replace('share = 40, page_band = "high"', 'share = 40, page_band = "low"'))
        catalogue = load_catalogue(data_copy)
        (task, *_) = Reader(catalogue, Matcher(catalogue)).report("ml-engineer").tasks
        assert (task.band, task.published_band, task.provenance) == (Band.LOW, Band.HIGH, Provenance.OUTLOOK_PAGE)
        assert not task.resilient

    def test_the_same_task_in_another_role_is_rated_by_the_figures(self, reader: Reader) -> None:
        (task,) = [task for task in reader.report("Software Engineer").tasks if task.slug == "write-production-code"]
        assert task.provenance is Provenance.PUBLISHED

    def test_statements_begin_with_the_pages_own(self, reader: Reader) -> None:
        first, *others = reader.report("ml-engineer").statements
        assert (first.source, first.grade) == ("Our outlook page", Grade.PAGE)
        assert "70%" in first.text
        assert Grade.PAGE not in {statement.grade for statement in others}


class TestShares:
    def test_hours_and_percent_give_the_same_report(self, reader: Reader) -> None:
        hours = reader.report("ml-engineer", tasks(("coding", 20), ("etl", 12), ("model training", 8)))
        percent = reader.report("ml-engineer", tasks(("coding", 50), ("etl", 30), ("model training", 20)))
        assert as_read(hours) == as_read(percent)

    def test_without_shares_all_tasks_are_equal_and_the_report_says_so(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks("coding", "etl", "model training"))
        assert report.equal_shares
        assert [task.percent for task in report.tasks] == [34, 33, 33]

    def test_shares_that_are_all_zero_are_equal(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks(("coding", 0), ("etl", 0.0)))
        assert report.equal_shares
        assert [task.share for task in report.tasks] == [0.5, 0.5]

    def test_a_missing_share_counts_as_the_mean_of_the_given(self) -> None:
        assert normalised_shares([30.0, 10.0, None]) == pytest.approx([0.5, 1 / 6, 1 / 3])

    def test_a_task_named_twice_counts_once_with_both_shares(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks(("coding", 10), ("Programming", 20), ("etl", 30)))
        assert [(task.slug, task.percent) for task in report.tasks] == [
            ("write-production-code", 50),
            ("build-data-pipelines", 50),
        ]

    def test_own_words_twice_count_once(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks(("Coffee", 10), ("coffee ", 10), ("coding", 20)))
        assert [(task.own_words, task.percent) for task in report.unrated_tasks] == [("Coffee", 50)]

    def test_from_three_fifths_on_the_index_is_of_the_placed_part(self, reader: Reader, catalogue: Catalogue) -> None:
        report = reader.report("ml-engineer", tasks(("coding", 60), ("coffee", 40)))
        assert report.personal
        assert report.placed_percent == 60
        assert report.index.value == round(100 * catalogue.tasks["write-production-code"].rating.figures.score)
        assert [(part.band, part.percent) for part in report.week] == [(Band.HIGH, 60), (None, 40)]
        assert [task.slug for task in report.also_usual] == ["train-evaluate-models", "build-data-pipelines"]

    def test_below_that_the_other_hours_take_the_roles_usual_mix(self, reader: Reader, catalogue: Catalogue) -> None:
        report = reader.report("ml-engineer", tasks(("coding", 59), ("coffee", 41)))
        assert (report.personal, report.blended, report.placed_percent) == (False, True, 59)
        usual = catalogue.roles["ml-engineer"].estimate.value
        code = 100 * catalogue.tasks["write-production-code"].rating.figures.score
        assert report.index.value == round(0.59 * code + 0.41 * usual)
        assert {task.slug: task.share for task in report.tasks} == pytest.approx(
            {
                "write-production-code": 0.59 + 0.41 * 0.4,
                "build-data-pipelines": 0.41 * 0.25,
                "train-evaluate-models": 0.41 * 0.35,
            }
        )
        assert sum(task.percent for task in report.tasks) == sum(part.percent for part in report.week) == 100
        assert [(task.own_words, task.percent) for task in report.unrated_tasks] == [("coffee", 41)]

    def test_a_task_with_usual_time_added_keeps_what_was_given_to_it(self, reader: Reader) -> None:
        report = reader.report(
            "ml-engineer", tasks(("coding", 1), ("programming", 0.4), ("meetings", 1.4), ("tea", 97.2))
        )
        shown = {task.slug: (task.named, task.named_percent, task.percent) for task in report.tasks}
        assert shown.pop("write-production-code") == (2, 1, 40), "two wordings of one task"
        assert shown.pop("build-data-pipelines") == (0, 0, 24)
        assert shown.pop("train-evaluate-models") == (0, 0, 34)
        assert list(shown.values()) == [(1, 2, 2)], "no usual task: all of it, as it is rounded"

    def test_time_on_unknown_tasks_only_gives_the_usual_week(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks(("coding", 0), ("etl", 0), ("coffee", 40)))
        assert report.index_is_role
        assert report.index == reader.report("ml-engineer").index

    def test_huge_shares_do_not_overflow(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks(("coding", sys.float_info.max), ("etl", sys.float_info.max)))
        assert [task.percent for task in report.tasks] == [50, 50]


class TestWhatIsShownForWhatWasGiven:
    def test_nothing_given_is_the_usual_week(self, reader: Reader, catalogue: Catalogue) -> None:
        report = reader.report("Lawyer")
        assert not report.own_tasks
        assert not report.own_skills
        assert report.index == catalogue.roles["lawyer"].summary.index
        assert {task.slug for task in report.tasks} == {part.task for part in catalogue.roles["lawyer"].tasks}

    def test_unknown_tasks_only_give_the_index_of_the_role(self, reader: Reader, catalogue: Catalogue) -> None:
        report = reader.report("Lawyer", tasks("coffee", "walking the dog"))
        assert report.index_is_role
        assert report.tasks == reader.report("Lawyer").tasks
        assert report.index == catalogue.roles["lawyer"].summary.index
        assert [task.own_words for task in report.unrated_tasks] == ["coffee", "walking the dog"]
        assert 1 <= len(report.next_steps) <= 4

    def test_unknown_role_with_a_known_task(self, reader: Reader) -> None:
        report = reader.report("Chief Joy Officer", tasks(("copywriting", 3), ("coffee", 1)))
        assert report.role is None
        assert (report.role_title, report.wrote) == ("Your work", "Chief Joy Officer")
        assert [statement.id for statement in report.statements] == [
            "use-by-firms-us",
            "use-at-work-us",
            "employment-by-exposure-us",
        ]
        assert [skill.slug for skill in report.skills] == ["copywriting"]

    def test_without_a_known_role_or_task_there_is_no_report(self, reader: Reader) -> None:
        with pytest.raises(LetterError):
            reader.report("Chief Joy Officer", tasks("coffee"))

    def test_a_role_whose_slug_is_gone_is_found_by_its_title(self, catalogue: Catalogue, matcher: Matcher) -> None:
        report = assemble_report(catalogue, matcher, role_slug="gone", role_text="Attorney", profile=EMPTY_PROFILE)
        assert report.role_title == "Lawyer"

    def test_own_words_are_kept_where_they_differ(self, reader: Reader) -> None:
        report = reader.report(
            "ml-engineer", tasks(("coding", 4), ("build-data-pipelines", 2), ("ETL ", 1), ("etl", 0))
        )
        assert [task.own_words for task in report.tasks] == ["coding", "ETL"]
        report = reader.report("ml-engineer", TaskProfile(skills=("Python 3", "SQL", "Python", "python 3")))
        assert [skill.own_words for skill in report.skills] == ["Python 3", None]

    def test_a_word_of_many_jobs_is_read_in_the_readers_own(self, reader: Reader) -> None:
        named = {role: reader.report(role, tasks("paperwork")).tasks for role in ("plumber", "registered-nurse")}
        assert {role: [task.slug for task in rated] for role, rated in named.items()} == {
            "plumber": ["estimate-trade-jobs"],
            "registered-nurse": ["record-nursing-care"],
        }

    def test_unknown_skills_stay_in_own_words(self, reader: Reader) -> None:
        report = reader.report(
            "ml-engineer", TaskProfile(skills=("py", "Python 3", "juggling", "Juggling", "SQL", "  "))
        )
        assert [skill.slug for skill in report.skills] == ["python", "sql"]
        assert [word.casefold() for word in report.unknown_skills if word.casefold() == "juggling"] == ["juggling"]

    def test_a_skill_names_the_readers_tasks_that_use_it(self, reader: Reader) -> None:
        report = reader.report(
            "ml-engineer", TaskProfile((TaskShare("coding", 3), TaskShare("coffee", 2)), ("Python", "SQL"))
        )
        assert {skill.slug: skill.tasks for skill in report.skills} == {"python": ("Write production code",), "sql": ()}

    def test_forty_tasks_and_sixty_skills(self, reader: Reader, catalogue: Catalogue) -> None:
        named = [TaskShare(slug, float(place)) for place, slug in enumerate(list(catalogue.tasks)[:38])]
        profile = TaskProfile(
            (*named, TaskShare("coffee", 5), TaskShare("tea", 5)), tuple(list(catalogue.skills)[:60]), 40
        )
        report = reader.report("ml-engineer", profile)
        assert len(report.tasks) + len(report.unrated_tasks) == 40
        assert len(report.skills) == 60
        assert sum(part.percent for part in report.week) == 100

    def test_hostile_words_are_put_on_one_line_and_otherwise_kept(self, reader: Reader) -> None:
        report = reader.report("ml-engineer", tasks("<b>\r\nBcc: x\x00\u202e{{ 7*7 }}</b>", "coding"))
        assert [task.own_words for task in report.unrated_tasks] == ["<b> Bcc: x {{ 7*7 }}</b>"]

    def test_a_task_without_a_visible_word_is_dropped(self, reader: Reader) -> None:
        assert not reader.report("ml-engineer", tasks(" \r\n", "\x00")).own_tasks


class TestHowTheTitleWasRead:
    def test_the_readers_title_is_shown_where_it_is_not_ours(self, reader: Reader) -> None:
        wrote = {title: reader.report(title).wrote for title in ("Attorney", "lawyer", "LAWYER", "ml-engineer")}
        assert wrote == {"Attorney": "Attorney", "lawyer": None, "LAWYER": None, "ml-engineer": None}

    def test_an_occupation_has_no_skills_of_its_own(self, reader: Reader) -> None:
        report = reader.report("35-3031.00", TaskProfile(skills=("juggling",)))
        assert (report.kind, report.role_title) == (TitleKind.OCCUPATION, "Waiter or waitress")
        assert (report.skills, report.unknown_skills) == ((), ("juggling",))
        assert report.role is not None
        assert report.role.page is None

    def test_a_title_in_another_language_is_named(self, reader: Reader, catalogue: Catalogue, matcher: Matcher) -> None:
        report = assemble_report(
            catalogue, matcher, role_slug="registered-nurse", role_text="Krankenschwester", profile=EMPTY_PROFILE
        )
        assert report.languages == ("German",)
        assert reader.report("Nurse").languages == ()

    def test_a_title_of_several_languages_is_said_to_be_of_each(self, catalogue: Catalogue, matcher: Matcher) -> None:
        report = assemble_report(catalogue, matcher, role_slug="physicist", role_text="Fisico", profile=EMPTY_PROFILE)
        assert report.languages == ("Spanish", "Portuguese", "Italian")

    def test_what_we_thought_of_is_a_task_of_the_role(self, reader: Reader) -> None:
        report = reader.report(
            "ml-engineer",
            tasks("pipelines for colleagues upstairs, downstairs, abroad and elsewhere", "walking the dog"),
        )
        assert {task.own_words: task.near for task in report.unrated_tasks} == {
            "pipelines for colleagues upstairs, downstairs, abroad and elsewhere": "Build and maintain data pipelines",
            "walking the dog": None,
        }


def test_same_input_same_report(reader: Reader) -> None:
    profile = TaskProfile((TaskShare("coding", 3), TaskShare("coffee", 1)), ("SQL", "juggling"), 6)
    assert reader.report("ML Engineer", profile) == reader.report("ML Engineer", profile)


def test_next_steps_are_ranked_by_time_times_exposure(reader: Reader) -> None:
    report = reader.report("ml-engineer", tasks(("etl", 60), ("coding", 35), ("model training", 5)))
    assert [step.task for step in report.next_steps] == [
        "Build and maintain data pipelines",
        "Write production code",
        "Train and evaluate ML models",
    ]


class TestPercentages:
    def test_largest_remainders_are_rounded_up(self) -> None:
        assert whole_percentages([1 / 3, 1 / 3, 1 / 3]) == [34, 33, 33]
        assert whole_percentages([0.005] * 2 + [0.99]) == [1, 0, 99]
        assert whole_percentages([]) == []

    @example([1e-300, 1e300])
    @given(st.lists(st.floats(0, 1e300), min_size=1, max_size=60))
    def test_always_sum_to_a_hundred(self, weights: list[float]) -> None:
        shares = normalised_shares(weights)
        percents = whole_percentages(shares)
        assert sum(percents) == 100
        assert min(percents) >= 0
        assert math.fsum(shares) == pytest.approx(1)
        assert all(abs(percent - 100 * share) < 1 + 1e-6 for percent, share in zip(percents, shares, strict=True))


words = st.one_of(
    st.sampled_from(["coding", "etl", "model training", "contract drafting", "charting", "Quoting", "coffee", "tea"]),
    st.text(min_size=1, max_size=200),
)
profiles = st.builds(
    TaskProfile,
    tasks=st.lists(
        st.builds(TaskShare, words, st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False))), max_size=40
    ).map(tuple),
    skills=st.lists(st.one_of(st.sampled_from(["Python", "SQL", "Advocacy"]), st.text(max_size=200)), max_size=60).map(
        tuple
    ),
    experience_years=st.one_of(st.none(), st.floats(0, 70)),
)


@settings(max_examples=80)
@given(role=st.sampled_from(["ml-engineer", "Lawyer", "electrician", "registered-nurse"]), profile=profiles)
def test_any_profile_gives_a_valid_report(reader: Reader, role: str, profile: TaskProfile) -> None:
    report = reader.report(role, profile)
    assert 0 <= report.index.low <= report.index.value <= report.index.high <= 100
    assert 0 <= report.percentile.low <= report.percentile.high <= 100
    assert report.scenario.low <= report.index.value + 1
    assert report.index.value <= report.scenario.high + 1
    unplaced = sum(task.percent for task in report.unrated_tasks)
    rated = sum(task.percent for task in report.tasks)
    assert sum(part.percent for part in report.week) == 100
    assert rated + (unplaced if report.personal else 0) == 100
    assert report.placed_percent == 100 - unplaced
    scores = [100 * task.figures.score for task in report.tasks]
    assert min(scores) - 1 <= report.index.value <= max(scores) + 1
    assert 1 <= len(report.next_steps) <= 4


def known(report: Report) -> set[str]:
    """What a report tells of: each task, skill section and change."""
    shown = {task.slug for task in (*report.tasks, *report.also_usual)}
    return shown | ({"skills"} if report.skills else set()) | {statement.id for statement in report.statements}


@settings(max_examples=80)
@given(
    role=st.sampled_from(["ml-engineer", "Lawyer", "electrician", "registered-nurse", "41-2011.00", "13-2011.00"]),
    profile=profiles,
)
def test_telling_more_never_gives_less_than_the_role_alone(reader: Reader, role: str, profile: TaskProfile) -> None:
    alone, with_profile = reader.report(role), reader.report(role, profile)
    assert known(with_profile) >= known(alone)
    assert len(with_profile.next_steps) >= len(alone.next_steps)


whole_profiles = st.builds(
    TaskProfile,
    tasks=st.lists(
        st.sampled_from(["write-production-code", "build-data-pipelines", "train-evaluate-models", "test-software"]),
        min_size=1,
        max_size=4,
        unique=True,
    ).flatmap(
        lambda slugs: st.permutations(range(1, 100)).map(
            lambda cuts: tuple(TaskShare(slug, float(cut)) for slug, cut in zip(sorted(slugs), cuts, strict=False))
        )
    ),
    skills=st.lists(st.sampled_from(["Python", "SQL", "Statistics", "juggling"]), unique=True, max_size=3).map(
        lambda names: tuple(sorted(names))
    ),
    experience_years=st.one_of(st.none(), st.integers(1, 40).map(float)),
)


@settings(max_examples=80)
@given(whole_profiles, whole_profiles)
def test_two_different_profiles_never_give_the_same_text(reader: Reader, one: TaskProfile, other: TaskProfile) -> None:
    """Different means different to a reader: shares that round to the same percentages are one week."""
    reports = [reader.report("ml-engineer", profile) for profile in (one, other)]
    weeks = [{task.slug: task.percent for task in report.tasks} for report in reports]
    if weeks[0] == weeks[1] and dataclasses.replace(one, tasks=()) == dataclasses.replace(other, tasks=()):
        return
    assert as_read(reports[0]) != as_read(reports[1])


def test_each_role_has_a_text_of_its_own(reader: Reader, catalogue: Catalogue) -> None:
    reports = [reader.report(slug) for slug in catalogue.roles]
    assert len({tuple(step.text for step in report.next_steps) for report in reports}) == len(reports)
