"""A file of signups: each form that people have is read, or refused whole with what to do."""

import codecs
import csv
import gzip
import io
import json
import zipfile

import pytest

from worker.errors import UnreadableFile
from worker.intake.contract import read_signup
from worker.intake.csv_signups import COLUMNS
from worker.intake.signup_file import read_signup_file

SIGNUPS = [
    {"version": 1, "signup_id": f"s-{number}", "email": f"r{number}@example.com", "role": "Ingénieur"}
    for number in range(3)
]
LINES = "\n".join(json.dumps(signup, ensure_ascii=False) for signup in SIGNUPS)


def read(content):
    return [json.loads(signup.payload) for signup in read_signup_file(content)]


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        LINES.replace("\n", "\r\n"),
        "\n\n" + LINES + "\n\n",
        json.dumps(SIGNUPS, ensure_ascii=False),
        json.dumps(SIGNUPS, ensure_ascii=False, indent=2),
        "\n".join(json.dumps(signup, ensure_ascii=False, indent=2) for signup in SIGNUPS),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_is_read_in_each_form_and_encoding(text, encoding):
    assert read(text.encode(encoding)) == SIGNUPS


def as_csv(rows, header=COLUMNS, **form):
    written = io.StringIO()
    csv.writer(written, **form).writerows([header, *rows])
    return written.getvalue()


ROW = (
    "ada@example.com", "ML Engineer", "c-1", "/outlook/ml-engineer", "autumn", "2026-11-23T10:00:00Z",
    "Write code: 40; Stand-ups: daily; Meetings: 20 %", "Python; SQL", "6",
)  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_column_of_csv_is_read(delimiter, encoding, end):
    [signup] = read_signup_file(as_csv([ROW], delimiter=delimiter, lineterminator=end).encode(encoding))
    kept, _ = read_signup(signup.payload)
    assert (signup.where, kept.signup_id, kept.email, kept.role) == ("line 2", "c-1", ROW[0], ROW[1])
    assert (kept.source.page, kept.source.campaign, kept.consented_at.isoformat()) == (
        "/outlook/ml-engineer", "autumn", "2026-11-23T10:00:00+00:00",
    )  # fmt: skip
    assert [(task.task, task.share) for task in kept.profile.tasks] == [
        ("Write code", 40), ("Stand-ups: daily", None), ("Meetings", 20),
    ]  # fmt: skip
    assert kept.profile.skills == ("Python", "SQL")
    assert kept.profile.experience_years == 6


def test_a_task_of_csv_has_its_share_behind_a_colon_or_in_parentheses():
    row = "grace@example.com", "nurse", "Charting (30 %); Rounds: 2 hours a day; Team 1:1; Night shifts (12 h)"
    [signup] = read(as_csv([row], header=("email", "role", "tasks")).encode())
    assert signup["profile"]["tasks"] == [
        {"task": "Charting", "share": "30 %"}, {"task": "Rounds", "share": "2 hours a day"}, {"task": "Team 1:1"},
        {"task": "Night shifts (12 h)"},
    ]  # fmt: skip


def test_csv_needs_two_columns_and_gives_a_line_its_own_id():
    text = "E-Mail,Role\nada@example.com,nurse\n\n,,\nE-Mail,Role\nbob@example.com,\n"
    first, second = read_signup_file(text.encode())
    again = read_signup_file(text.replace("nurse", "Nurse").encode())
    assert (first.where, second.where) == ("line 2", "line 6")
    assert read_signup_file(text.encode()) == [first, second]
    assert json.loads(first.payload)["signup_id"] != json.loads(again[0].payload)["signup_id"]
    assert "role" not in json.loads(second.payload)  # the worker records it as invalid


def xlsx():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (gzip.compress(LINES.encode()), "gunzip -c"),
        (xlsx(), "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "CSV UTF-8"),
        (b"%PDF-1.7", "PDF"),
        (codecs.BOM_UTF16_LE + LINES.encode("utf-16-le")[:-1], "UTF-16"),
        (b"name,phone\nAda,1\n", "`email` and `role`"),
        (b"<html></html>", "`email` and `role`"),
        (b"email,role,rolle\na@example.com,nurse,x\n", "rolle (did you mean role?)"),
        (b"email,role,IP address\na@example.com,nurse,x\n", "IP address"),
        (b"email,campaign\na@example.com,x\n", "no column role"),
        (b"email,role,role\na@example.com,x,y\n", "more than one column role"),
        (b"email,role\na@example.com,Head of Sales, EMEA\n", "3 cells in line 2"),
        (b'email,role\na@example.com,"nurse\n', "no CSV from line"),
        ("email,role\na@example.com,Ingénieur\n".encode("latin-1"), "not UTF-8 in line 2"),
        (json.dumps(SIGNUPS).encode()[:-1], "no JSON in line 1"),
        (json.dumps(SIGNUPS, indent=1).replace('"s-1",', '"s-1"').encode(), "no JSON in line 11"),
        (json.dumps(SIGNUPS).encode() + b"[]", "goes on after the end"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_another_form_is_refused_whole(content, named):
    with pytest.raises(UnreadableFile) as refused:
        read_signup_file(content)
    assert named in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n \n", codecs.BOM_UTF8, b"[]", b" [ ]\n"])
def test_an_empty_file_has_no_signup(content):
    assert read_signup_file(content) == []


def test_a_line_that_is_wrong_refuses_no_file():
    lines = [LINES.splitlines()[0].encode(), b"not json", b'{"a":', LINES.splitlines()[1].encode("latin-1")]
    assert [signup.payload for signup in read_signup_file(b"\n".join(lines))] == lines
    assert [signup.payload for signup in read_signup_file(b"\n".join(lines[::-1]))] == lines[::-1]


def test_a_key_that_occurs_twice_in_an_array_is_still_seen():
    [signup] = read_signup_file(b'[{"email": "a@example.com", "email": "b@example.com"}]')
    assert signup.payload.count(b'"email"') == 2
