"""What is not essential in a signup is read, cut or dropped, and noted; the signup is never refused for it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.intake.contract import Signup, read_signup

ESSENTIALS = {"version": 1, "signup_id": "s-1", "email": "grace@example.org", "role": "nurse"}


def read(**more):
    signup, notes = read_signup(ESSENTIALS | more)
    return signup, list(notes)


@pytest.mark.parametrize(
    ("page", "kept", "noted"),
    [
        ("/outlook/nurse?utm_source=x", "/outlook/nurse", True),
        ("/outlook/nurse#form", "/outlook/nurse", True),
        ("https://www.example.org/outlook/nurse?x=1", "/outlook/nurse", True),
        ("https://www.example.org", "/", True),
        ("/" + "x" * 300, "/" + "x" * 199, True),
        ("?q=1", None, True),
        ("", None, True),
        (7, "7", True),
        (["/x"], None, True),
        (None, None, False),
        ("/outlook/nurse", "/outlook/nurse", False),
    ],
)
def test_a_page_is_a_path(page, kept, noted):
    signup, notes = read(source={"page": page})
    assert (signup.source.page, bool(notes)) == (kept, noted)


@pytest.mark.parametrize(
    ("campaign", "kept"), [("  ", None), ("spring " * 60, ("spring " * 60)[:200].rstrip()), (2026, "2026"), ({}, None)]
)
def test_a_campaign_is_cut_or_dropped(campaign, kept):
    signup, notes = read(source={"campaign": campaign})
    assert signup.source.campaign == kept
    assert [note.partition(":")[0] for note in notes] == ["source.campaign"]


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("198.51.100.4:443", "198.51.100.4"),
        ("[2001:db8::7]:8080", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("198.51.100.4, 10.0.0.1", "198.51.100.4"),
        (["198.51.100.4", "10.0.0.1"], "198.51.100.4"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("300.1.1.1", None),
        (3_405_803_783, None),
        ([], None),
    ],
)
def test_an_ip_address_is_read_or_dropped(ip, kept):
    signup, notes = read(source={"ip": ip})
    assert (str(signup.source.ip) if signup.source.ip else None) == kept
    assert [note.partition(":")[0] for note in notes] == ["source.ip"]


@pytest.mark.parametrize("ip", ["198.51.100.4", "2001:DB8:0:0::7", " 198.51.100.4 "])
def test_an_ip_address_needs_no_note_for_its_spelling(ip):
    assert read(source={"ip": ip})[1] == []


@pytest.mark.parametrize(
    ("share", "kept"),
    [
        ("25", 25), ("25 %", 25), ("7,5", 7.5), ("~3h", 3), ("2 hours", 2), ("\uff14\uff10", 40), ("", None),
        ("10-20 %", 15), ("1 to 3 h", 2), ("20\u201330", 25), ("20-10", None), ("5-", None), ("5--10", None),
        ("half", None), ("-5", None), (-5, None), (2_000_000, None), (float("nan"), None), (10**400, None),
        (True, None), ([], None), ("9" * 400, None), ("ca. 30", 30), ("about 6 hours a week", 6), ("\u2248 8", 8),
        ("12 hrs/week", 12), ("30 % of my time", 30), ("roughly 5-7h per week", 6), ("aboutly 3", None),
        ("almost", None), ("45 min a day", 3.75), ("4 years", None),
    ],
)  # fmt: skip
def test_a_share_is_read_or_dropped(share, kept):
    signup, notes = read(profile={"tasks": [{"task": "Triage", "share": share}]})
    assert [(task.task, task.share) for task in signup.profile.tasks] == [("Triage", kept)]
    assert notes
    assert {note.partition(":")[0] for note in notes} == {"profile.tasks.share"}


@pytest.mark.parametrize(
    "tasks",
    [
        ["Triage (40 %)", "Charting: 6 h", "Team 1:1"],
        "Triage - 40 %; Charting: about 6 hours; Team 1:1",
    ],
)
def test_a_task_that_is_text_may_name_its_share(tasks):
    signup, notes = read(profile={"tasks": tasks})
    assert [(task.task, task.share) for task in signup.profile.tasks] == [
        ("Triage", 40), ("Charting", 6), ("Team 1:1", None),
    ]  # fmt: skip
    assert "profile.tasks: text in place of an object" in notes
    assert "profile.tasks.share: text in place of a number" in notes


@pytest.mark.parametrize("tasks", [{"Triage": 40, "Charting": "60 %"}, [["Triage", 40], ["Charting", "60 %"]]])
def test_tasks_are_read_from_other_shapes(tasks):
    signup, notes = read(profile={"tasks": tasks})
    assert [(task.task, task.share) for task in signup.profile.tasks] == [("Triage", 40), ("Charting", 60)]
    assert "profile.tasks: not a list of objects" in notes


def test_an_object_of_one_task_is_that_task():
    signup, _ = read(profile={"tasks": {"task": "Triage", "share": 40}})
    assert [(task.task, task.share) for task in signup.profile.tasks] == [("Triage", 40)]


@pytest.mark.parametrize(
    ("years", "kept"),
    [
        ("12", 12),
        ("12+ years", 12),
        ("3.5 yrs", 3.5),
        ("5-10 years", 7.5),
        ("more than 10 years", 10),
        ("9 months", 0.75),
        ("40 %", None),
        ("nearly 4", 4),
        ("2016-2026", None),
        ("", None),
        ("many", None),
        (200, None),
        (-1, None),
    ],
)
def test_years_are_read_or_dropped(years, kept):
    signup, notes = read(profile={"experience_years": years})
    assert signup.profile.experience_years == kept
    assert notes


@pytest.mark.parametrize(
    ("skills", "kept"),
    [
        (["", "SQL", None, "  "], ["SQL"]),
        ("SQL, R", ["SQL", "R"]),
        ("SQL; R\n\u2022 CI/CD, ;", ["SQL", "R", "CI/CD"]),
        ([9, True, {}, "SQL"], ["9", "SQL"]),
        (["y" * 300], ["y" * 200]),
        ([f"skill {n}" for n in range(90)], [f"skill {n}" for n in range(60)]),
        ({"a": 1}, []),
    ],
)
def test_skills_are_cut_or_dropped(skills, kept):
    signup, notes = read(profile={"skills": skills})
    assert list(signup.profile.skills) == kept
    assert notes


@pytest.mark.parametrize(
    ("tasks", "kept"),
    [
        (["Triage"], ["Triage"]),
        ([{"task": ""}, {"share": 5}, None, 7, {"task": "Triage", "hours": 5}], ["Triage"]),
        ([{"task": "t" * 300}], ["t" * 200]),
        ([{"task": f"task {n}"} for n in range(50)], [f"task {n}" for n in range(40)]),
        ("Triage, Wound care", ["Triage", "Wound care"]),
    ],
)
def test_tasks_are_cut_or_dropped(tasks, kept):
    signup, notes = read(profile={"tasks": tasks})
    assert [task.task for task in signup.profile.tasks] == kept
    assert notes


@pytest.mark.parametrize("part", ["profile", "source"])
@pytest.mark.parametrize("value", [None, [], "text", 7, False, {"colour": "red"}])
def test_a_part_that_is_no_object_is_empty(part, value):
    signup, notes = read(**{part: value})
    assert getattr(signup, part) == type(getattr(signup, part))()
    assert [note.partition(":")[0] for note in notes] == [part]


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        1_732_356_000,
        "",
        [],
    ],
)
def test_a_time_of_consent_that_is_none_is_dropped(value):
    signup, notes = read(consented_at=value)
    assert (signup.consented_at, notes) == (None, ["consented_at: no date, time and offset"])


def test_a_time_of_consent_is_converted_to_utc():
    assert read(consented_at="2026-11-23t10:00:00+0200")[0].consented_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_a_note_never_repeats_a_value():
    secret = "grace@example.net"
    _, notes = read(
        profile={secret: secret, "tasks": [secret, {secret: 1}, {"task": 7, "share": secret}], "skills": secret},
        source={secret: 1, "page": "?" + secret, "campaign": [secret], "ip": secret}, consented_at=secret,
    )  # fmt: skip
    assert len(notes) > 6
    assert secret not in str(notes)


_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.just("x" * 250))
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["task", "share", "tasks", "skills", "page", "ip", "x", "experience_years"]), inner
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(profile=_ANYTHING, source=_ANYTHING, consented_at=_ANYTHING)
def test_whatever_is_beside_the_essentials_the_signup_is_read(profile, source, consented_at):
    signup, notes = read(profile=profile, source=source, consented_at=consented_at)
    again, further = read_signup(signup.model_dump(mode="json"))
    assert (again, further) == (signup, ())
    assert isinstance(signup, Signup)
    assert len(str(notes)) < 2000
