"""The form of the report page: what its fields mean, and that no field can break it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.intake.bounds import MAX_SKILLS, MAX_TASKS, MAX_TEXT_CHARS
from worker.plain_text import single_line
from worker.report.profile import TaskProfile, TaskShare
from worker.report_page.week_form import NEW_ROWS, Row, WeekForm, read_form, share_of, years_of


def test_a_posted_form_is_read():
    form = read_form({
        "role_text": " nurse ", "role_slug": "", "title": "other", "other_title": "midwife", "years": "2,5",
        "task.0": "charting", "time.0": "10", "chosen.0": "record-nursing-care",
        "task.2": "meetings", "time.2": "", "skills": "Excel,  , empathy ",
    })  # fmt: skip
    assert (form.role_text, form.role_slug, form.title, form.other_title) == ("nurse", None, "other", "midwife")
    tasks = (TaskShare("charting", 10.0, "record-nursing-care"), TaskShare("meetings", None))
    assert form.profile() == TaskProfile(tasks, ("Excel", "empathy"), 2.5)
    assert form.problems == ()


def test_a_usual_week_names_tasks_only_once_it_is_changed():
    usual = (Row("Write code", "60", "write-code", "60"), Row("Meet people", "40", "meet-people", "40"))
    assert WeekForm("x", None, usual).profile() == TaskProfile()
    changed = WeekForm("x", None, (usual[0], Row("Meet people", "", "meet-people", "40")))
    assert changed.profile().tasks == (TaskShare("Write code", 60.0, "write-code"),)
    more = WeekForm("x", None, (*usual, Row("Juggle", "5")))
    assert [task.share for task in more.profile().tasks] == [60.0, 40.0, 5.0]


def test_what_cannot_be_used_is_named():
    fields = {f"task.{number}": f"task {number}" for number in range(MAX_TASKS + NEW_ROWS)}
    form = read_form({**fields, "time.0": "soon", "years": "99"})
    assert len(form.rows) == MAX_TASKS
    assert [problem.split()[0] for problem in form.problems] == ["We", "The", "Years"]
    assert form.profile().tasks[0].share is None
    assert form.profile().experience_years is None


def test_no_time_is_no_task():
    rows = (Row("a", "0"), Row("b", "0.0"), Row("c", "1"))
    assert [task.task for task in WeekForm("x", None, rows).profile().tasks] == ["c"]


names = st.sampled_from([
    *(f"{name}.{place}" for name in ("task", "time", "chosen", "usual") for place in (0, 1, 42, 43, 99)),
    "role_text", "role_slug", "skills", "years", "title", "other_title",
])  # fmt: skip
values = st.text(max_size=300) | st.floats().map(str) | st.sampled_from(["\x00", "1e999", "-1", "nan", "٣", "1_0", ","])


@given(st.dictionaries(names, values))
def test_every_form_makes_a_profile_within_the_limits(fields):
    form = read_form(fields)
    profile = form.profile()
    assert len(profile.tasks) <= MAX_TASKS
    assert len(profile.skills) <= MAX_SKILLS
    for text in (form.role_text, *(task.task for task in profile.tasks), *profile.skills):
        assert len(text) <= MAX_TEXT_CHARS
        assert text == single_line(text)
    for share in (task.share for task in profile.tasks):
        assert share is None or 0 < share < math.inf
    assert profile.experience_years == years_of(form.years)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("40 %", 40.0),
        ("7,5 h", 7.5),
        ("6+", 6.0),
        ("2 hours a day", 10.0),
        ("2000000", None),
        ("1e9", None),
        ("nan", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_in_a_signup(text: str, number: float | None) -> None:
    assert share_of(text) == number


@pytest.mark.parametrize(("text", "number"), [("18 months", 1.5), ("6+", 6.0), ("40 %", None), ("81", None)])
def test_years_are_read_as_in_a_signup(text: str, number: float | None) -> None:
    assert years_of(text) == number
