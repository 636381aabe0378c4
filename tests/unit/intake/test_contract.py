"""The signup contract: which signups it accepts, and how it names each mistake."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from worker.assets import data_dir
from worker.errors import InvalidSignup
from worker.intake.bounds import MAX_PAYLOAD_BYTES
from worker.intake.contract import json_schema, parse_signup, read_signup

GOOD = {
    "version": 1,
    "signup_id": "s-1",
    "email": "ada@example.com",
    "role": "ml-engineer",
    "profile": {
        "tasks": [{"task": "write-production-code", "share": 40}, {"task": "Mentoring"}],
        "skills": ["Python"],
        "experience_years": 6,
    },
    "source": {"page": "/outlook/ml-engineer", "campaign": "autumn", "ip": "203.0.113.7"},
    "consented_at": "2026-11-23T10:00:00Z",
}


def changed(path: str, value: object) -> dict:
    signup = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    part = signup
    for parent in parents:
        part = part[int(parent)] if parent.isdigit() else part[parent]
    part[int(last) if last.isdigit() else last] = value
    return signup


def test_a_complete_signup_is_parsed():
    signup = parse_signup(GOOD)
    profile = signup.profile.task_profile()
    assert [(task.task, task.share) for task in profile.tasks] == [("write-production-code", 40), ("Mentoring", None)]
    assert profile.experience_years == 6
    assert parse_signup(json.dumps(GOOD)) == parse_signup(json.dumps(GOOD).encode()) == signup


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("version", 2, "expected 1"),
        ("colour", "blue", "not a field of version 1"),
        ("role", "", "expected 1 or more characters"),
        ("role", "x" * 201, "expected at most 200 characters"),
        ("role", 7, "expected text"),
    ],
)
def test_a_mistake_is_named_in_the_words_of_json(path, value, words):
    with pytest.raises(InvalidSignup) as refused:
        parse_signup(changed(path, value))
    assert refused.value.problems == [(path, words)]


def test_every_missing_field_is_named():
    with pytest.raises(InvalidSignup) as refused:
        parse_signup({})
    assert refused.value.problems == [(name, "required") for name in ("version", "signup_id", "email", "role")]


def test_only_four_fields_are_required():
    assert parse_signup({name: GOOD[name] for name in ("version", "signup_id", "email", "role")}).profile.tasks == ()


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("version", 2, "version"),
        ("signup_id", "", "signup_id"),
        ("signup_id", 7, "signup_id"),
        ("email", None, "email"),
        ("email", "a" * 250 + "@example.com", "email"),
        ("email", "a" * 65 + "@example.com", "email"),
        ("email", "ada@gmail.c", "email"),
        ("email", "no address", "email"),
        ("role", " \r\n ", "role"),
        ("role", "x" * 201, "role"),
        ("colour", "red", "colour"),
        ("version", True, "version"),
        ("role", b"nurse", "role"),
    ],
)
def test_a_mistake_names_its_field(path, value, field):
    with pytest.raises(InvalidSignup) as caught:
        parse_signup(changed(path, value))
    assert [name for name, _ in caught.value.problems] == [field]


def test_every_mistake_is_named_at_once():
    with pytest.raises(InvalidSignup) as caught:
        parse_signup({"version": 1, "role": "", "x": 1})
    assert {name for name, _ in caught.value.problems} == {"signup_id", "email", "role", "x"}


@pytest.mark.parametrize(
    "payload",
    [
        *("", "{", "[]", "7", "null", '"text"', "[" * 10_000, b"\xff\xfe", '{"a": NaN}', '{"a": 1e', "\ud800"),
        *('{"a": ' + "9" * 5000 + "}", json.dumps(GOOD).encode("utf-16")),
    ],
)
def test_a_payload_that_is_not_a_json_object_is_refused(payload):
    with pytest.raises(InvalidSignup):
        parse_signup(payload)


@pytest.mark.parametrize("payload", ["\ufeff" + json.dumps(GOOD), json.dumps(GOOD).encode("utf-8-sig")])
def test_a_byte_order_mark_before_the_payload_is_no_part_of_it(payload):
    assert parse_signup(payload) == parse_signup(GOOD)


def test_a_payload_in_another_encoding_is_refused_with_the_one_that_is_expected():
    with pytest.raises(InvalidSignup) as caught:
        parse_signup(json.dumps(changed("role", "Ing\u00e9nieur"), ensure_ascii=False).encode("latin-1"))
    assert caught.value.problems == [("(all)", "not text in UTF-8")]


@pytest.mark.parametrize("name", ["email", "task"])
def test_a_key_that_occurs_twice_is_refused_and_named(name):
    text = json.dumps(GOOD)
    key = f'"{name}": '
    with pytest.raises(InvalidSignup) as caught:
        parse_signup(text.replace(key, f'{key}"first", {key}', 1))
    assert caught.value.problems == [(name, "occurs twice")]


def test_a_payload_has_a_size_limit_in_every_form():
    fat = changed("source.campaign", "x" * MAX_PAYLOAD_BYTES)
    for payload in (fat, json.dumps(fat), json.dumps(fat).encode()):
        with pytest.raises(InvalidSignup, match="at most 32768 bytes"):
            parse_signup(payload)


def test_a_payload_that_is_nested_too_deeply_is_refused():
    deep: dict = {}
    for _ in range(100_000):
        deep = {"x": deep}
    with pytest.raises(InvalidSignup, match="nested too deeply"):
        parse_signup(deep)


def test_a_time_is_converted_to_utc():
    assert parse_signup(changed("consented_at", "2026-11-23T10:00:00+02:00")).consented_at.isoformat() == (
        "2026-11-23T08:00:00+00:00"
    )


def test_an_error_never_repeats_the_value():
    with pytest.raises(InvalidSignup) as caught:
        parse_signup(changed("email", 12345678))
    assert "12345678" not in str(caught.value)


def test_hostile_text_loses_its_line_breaks_and_reordering_marks_only():
    signup = parse_signup(changed("role", "<b>{{ 7*7 }}</b>\r\nBcc: x@y.example\u202e"))
    assert signup.role == "<b>{{ 7*7 }}</b> Bcc: x@y.example"


def test_the_published_schema_is_this_one():
    published = data_dir() / "schema" / "signup.v1.json"
    assert json.loads(Path(published).read_text()) == json_schema()


VALIDATOR = Draft202012Validator(json_schema())


@pytest.mark.parametrize(
    ("path", "value"),
    [("version", 2), ("colour", "red"), ("email", None), ("version", True), ("role", "  "), ("signup_id", "")],
)
def test_what_is_essential_is_refused_by_schema_and_parser(path, value):
    assert not VALIDATOR.is_valid(changed(path, value))
    with pytest.raises(InvalidSignup):
        parse_signup(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [("profile.tasks", [{"task": "x"}] * 41), ("source.ip", 7), ("consented_at", "2026-11-23"), ("profile.hobby", "x")],
)
def test_what_the_schema_forbids_elsewhere_is_repaired(path, value):
    assert not VALIDATOR.is_valid(changed(path, value))
    signup, notes = read_signup(changed(path, value))
    assert notes
    assert VALIDATOR.is_valid(signup.model_dump(mode="json"))


def test_what_the_schema_allows_needs_no_repair():
    assert VALIDATOR.is_valid(GOOD)
    assert read_signup(GOOD)[1] == ()
