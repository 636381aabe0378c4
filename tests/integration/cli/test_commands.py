"""The commands as a person types them: output, exit codes, and what they print about a mistake."""

import contextlib
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine

from worker.boot.worker import boot_worker
from worker.ledger.channels import Channel
from worker.ledger.limited_signups import save_hour
from worker.ledger.store import open_ledger
from worker.settings import load_settings

SIGNUP = {
    "version": 1,
    "signup_id": "s-1",
    "email": "ada@example.com",
    "role": "ML Engineer",
    "source": {"campaign": "=1+1"},
}


@pytest.fixture
def served(worker, redis_url):
    """A ledger with one report sent to the outbox, one duplicate and one wish."""
    worker("migrate")
    services = boot_worker(load_settings(), redis_url)
    for line in (
        SIGNUP,
        SIGNUP | {"signup_id": "s-2"},
        SIGNUP | {"signup_id": "s-3", "email": "b@example.com", "role": "Dragon tamer"},
    ):
        services.core.receiver.receive(line, channel=Channel.FILE)
    services.deliverer.deliver(1)
    services.core.ledger.close()
    return worker


def test_an_unmigrated_ledger_says_what_to_do(worker):
    assert "run `worker migrate`" in worker("status", expect=2)
    assert "already" not in worker("migrate")
    assert "already" in worker("migrate")


def test_a_misspelt_setting_stops_every_command(worker):
    assert "did you mean WORKER_THREADS?" in worker("status", expect=2, WORKER_THREDS="4")


def test_status_shows_both_sums(served):
    shown = served("status")
    assert "signups 3 = admitted 1 + duplicate 1" in shown
    assert "admitted 1 = " in shown
    assert "conserved" in shown
    assert "dragon tamer (1)" in shown
    shown = json.loads(served("status", "--json"))
    assert shown["conservation_holds"] is True
    assert shown["conservation"]["states"]["sent"] == 1


def test_status_shows_what_the_limits_did(served):
    assert "turned away" not in served("status")
    with contextlib.closing(open_ledger(load_settings().database_url)) as ledger, ledger.write() as tx:
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        counts = {("source", "refused"): 20, ("source", "turned_away"): 7, ("domain", "delayed"): 3}
        save_hour(tx, hour, counts)
        save_hour(tx, hour - timedelta(days=2), counts)
    shown = served("status")
    assert "limits in the last 24 hours: domain delayed 3, source refused 20" in shown
    assert "turned away, unrecorded, in the last 24 hours: 7 signups" in shown
    assert "signups 3 = " in shown  # they are in neither sum
    status = json.loads(served("status", "--json"))
    assert {"rule": "source", "action": "turned_away", "signups": 7} in status["limited_last_day"]


def test_log_masks_filters_and_exports(served):
    assert "ada@example.com" not in served("log")
    assert "ada@example.com" in served("log", "--unmask")
    assert len(json.loads(served("log", "--format", "json"))) == 3
    assert [row["outcome"] for row in json.loads(served("log", "--state", "sent", "--format", "json"))] == ["admitted"]
    assert len(json.loads(served("log", "--email", "ADA@example.com", "--format", "json"))) == 2
    assert json.loads(served("log", "--role", "ml-engineer", "--until", "2020-01-01", "--format", "json")) == []
    assert "No signups match these filters." in served("log", "--role", "nobody")
    assert "'=1+1" in served("log", "--format", "csv")  # a formula in a spreadsheet is neutralised
    served("log", "--state", "bogus", expect=2)
    served("log", "--email", "nonsense", expect=2)


def test_show_lists_the_steps_in_order(served):
    for which in ("1", "Ada@Example.com"):
        shown = served("show", which)
        assert "a***@example.com" in shown
        order = [shown.index(step) for step in ("signup admitted", "attempt 1 intended", "attempt 1 accepted")]
        assert order == sorted(order)
    shown = json.loads(served("show", "1", "--json"))
    assert shown["report"]["state"] == "sent"
    for moment in (shown["report"]["sent_at"], *(step["at"] for step in shown["timeline"])):
        assert "T" in moment
        assert datetime.fromisoformat(moment).tzinfo is not None
    assert "there is no report 99" in served("show", "99", expect=3)
    assert "there is no report" in served("show", "9" * 30, expect=3)
    assert "@-sign" in served("show", "²", expect=2)
    assert "nothing was ever received" in served("show", "x@example.com", expect=3)


def test_show_a_person_without_a_report(served):
    served("pause", "--reason", "a look around", "--actor", "maria")
    shown = served("show", "b@example.com")
    assert "no report is owed" in shown
    assert "maria" not in shown  # who did what to nobody in particular is not this person's story


def test_preview_needs_neither_ledger_nor_redis(worker):
    assert worker("preview", "Sr. ML Engineer").startswith("Subject: ")
    profile = worker.home / "me.json"
    profile.write_text('{"tasks": [{"task": "Write production code", "share": 3}], "experience_years": 4}')
    worker("preview", "ml-engineer", "--profile", str(profile), "--out", str(worker.home / "out"))
    assert {path.name for path in (worker.home / "out").iterdir()} == {"letter.eml", "letter.html", "letter.txt"}


def test_preview_names_what_is_wrong(worker):
    assert "Dragon tamer" in worker("preview", "Dragon tamer", expect=3)
    profile = worker.home / "me.json"
    profile.write_text('{"tasks": [{"task": "x", "share": -3}]}')
    assert "tasks.0.share" in worker("preview", "ml-engineer", "--profile", str(profile), expect=2)
    assert "No such file" in worker("preview", "ml-engineer", "--profile", "missing.json", expect=2)


def test_roles_lists_and_searches(worker):
    slugs = [row["slug"] for row in json.loads(worker("roles", "--format", "json"))]
    assert "ml-engineer" in slugs
    assert slugs == sorted(slugs)
    assert [row["slug"] for row in json.loads(worker("roles", "--search", "Sr. ML Eng", "--format", "json"))] == [
        "ml-engineer"
    ]
    assert "unknown_role" in worker("roles", "--search", "zzzzzz")
    assert "there is no role dragon" in worker("roles", "--show", "dragon", expect=3)


def test_enqueue_names_line_and_field(worker):
    good, bad = json.dumps(SIGNUP), json.dumps(SIGNUP | {"colour": "red"})
    worker("migrate")
    shown = worker("enqueue", "-", stdin=f"{good}\n\n{bad}\nnot json\n", expect=1)
    assert "line 3: colour" in shown
    assert "line 4: (all): not JSON" in shown
    assert "3 signups enqueued, 2 of them broken" in shown
    assert "1 signup checked" in worker("enqueue", "-", "--dry-run", stdin=good)
    assert "No such file" in worker("enqueue", "missing.jsonl", expect=2)


def test_a_check_alone_shows_repairs_and_misspelt_domains(worker):
    lines = [SIGNUP | {"profile": None}, SIGNUP | {"email": "<ada@hotnail.com>", "signup_id": "s-2"}]
    lines += [SIGNUP | {"signup_id": "s-3"}]
    shown = worker("enqueue", "--dry-run", "-", stdin="\n".join(map(json.dumps, lines)))
    assert "line 1, repaired: profile: null\n" in shown
    assert "line 2, repaired: email: name and brackets\n" in shown
    assert "line 2, email: the domain may be a misspelling of hotmail.com\n" in shown
    assert "line 3" not in shown
    assert "3 signups checked, none of them broken" in shown
    assert "hotnail" not in shown


def test_a_file_from_elsewhere_is_read_as_it_is(worker, redis_url):
    latin = json.dumps(SIGNUP | {"role": "Ingénieur"}, ensure_ascii=False).encode("latin-1")
    lines = [b"\xef\xbb\xbf" + json.dumps(SIGNUP).encode(), latin, b"\0", b'{"a":' * 3000, b"x" * 40_000]
    worker("migrate")
    shown = worker("enqueue", "-", stdin=b"\r\n".join(lines), expect=1)
    assert "line 1:" not in shown
    assert "line 2: (all): not text in UTF-8" in shown
    assert "line 5: (all): at most 32768 bytes" in shown
    assert "5 signups enqueued, 4 of them broken" in shown
    with redis.Redis.from_url(redis_url) as client:
        queued = [json.loads(message)["args"][0] for message in client.hgetall("dramatiq:signups.file.msgs").values()]
    worker("migrate")
    services = boot_worker(load_settings(), redis_url)
    outcomes = sorted(str(services.core.receiver.receive(payload, channel=Channel.QUEUE).outcome) for payload in queued)
    services.core.ledger.close()
    assert outcomes == ["admitted", *["invalid"] * 4]


def test_doctor_finds_what_is_wrong_and_says_what_to_do(worker):
    assert "run `worker migrate`" in worker("doctor", expect=1)
    worker("migrate")
    assert "wrong" not in worker("doctor")
    assert "does not answer" in worker("doctor", expect=1, REDIS_URL="redis://127.0.0.1:1/0")


def test_statements_past_their_day_are_named_and_are_no_error(worker):
    worker("migrate")
    assert "to be looked at again" not in worker("doctor")
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC)):
        assert "statements on AI and work are to be looked at again" in worker("doctor", expect=1)  # for its clock
        assert "employment-by-exposure-us (since 2027-02-28; " in worker("roles", "--check")


def test_doctor_finds_an_outbox_that_is_none(worker):
    worker("migrate")
    (worker.home / "outbox").touch()
    assert "WORKER_OUTBOX_DIR" in worker("doctor", expect=1, WORKER_OUTBOX_DIR=str(worker.home / "outbox" / "letters"))


def test_doctor_finds_a_clock_that_is_wrong(worker):
    """The worker's own: SQLite asks the machine for the time, not Python."""
    worker("migrate")
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(minutes=2)):
        assert re.search(r"1[12]\d s ahead of the ledger's", worker("doctor"))
    with time_machine.travel(now - timedelta(days=8)):
        assert "s behind the ledger's" in worker("doctor", expect=1)


@pytest.mark.parametrize("command", ["log", "migrate", "sweep"])
def test_a_file_that_is_not_a_ledger_is_reported_in_one_line(worker, command):
    (worker.home / "bad.db").write_bytes(b"no database at all, whatever its name says" * 9)
    printed = worker(command, expect=1, DATABASE_URL="sqlite:///bad.db")
    assert printed == "error DATABASE_URL: the ledger does not answer: DatabaseError: file is not a database\n"


def test_a_ledger_of_a_newer_version_is_left_alone(worker):
    worker("migrate")
    with sqlite3.connect(worker.home / "var" / "ledger.db") as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
    ledger.close()
    assert "9999, which this version does not know" in worker("migrate", expect=2)


@pytest.mark.parametrize(
    ("environment", "setting", "code"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL: Redis does not answer", 1),
        ({"REDIS_URL": "embedded", "WORKER_STATE_DIR": "/dev/null/x"}, "WORKER_STATE_DIR: ", 2),
    ],
)
def test_what_enqueue_cannot_reach_is_named(worker, environment, setting, code):
    worker("migrate")
    assert setting in worker("enqueue", "-", stdin=json.dumps(SIGNUP), expect=code, **environment)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://u:secret@pass@127.0.0.1:port/x", 2),
        ("postgresql://u:secret@127.0.0.1:1/x", 1),
        ("sqlite:////dev/null/ledger.db", 2),
    ],
)
def test_a_ledger_that_cannot_be_reached_is_named_without_its_password(worker, url, code):
    printed = worker("log", expect=code, DATABASE_URL=url)
    assert printed.startswith("error DATABASE_URL: ")
    assert "secret" not in printed


def test_sweep_reports_what_it_did(served):
    assert "reports woken 0" in served("sweep")


def test_a_csv_is_enqueued_and_received(worker, redis_url):
    worker("migrate")
    (worker.home / "people.csv").write_text("email;role;campaign\nada@example.com;nurse;autumn\nbob@example.com;;\n")
    shown = worker("enqueue", "people.csv", expect=1)
    assert "line 3: role: required" in shown
    assert "2 signups enqueued, 1 of them broken" in shown
    with redis.Redis.from_url(redis_url) as client:
        queued = [json.loads(message)["args"][0] for message in client.hgetall("dramatiq:signups.file.msgs").values()]
    services = boot_worker(load_settings(), redis_url)
    outcomes = sorted(str(services.core.receiver.receive(payload, channel=Channel.FILE).outcome) for payload in queued)
    services.core.ledger.close()
    assert outcomes == ["admitted", "invalid"]


def test_a_check_names_unknown_roles_and_ids_that_occur_twice(worker):
    others = [{"role": "Wizard", "signup_id": "s-2"}, {"role": "retired", "signup_id": "s-3"}, {}, {"role": "nurse"}]
    lines = [json.dumps(SIGNUP | other) for other in ({}, *others)]
    shown = worker("enqueue", "--dry-run", "-", stdin="\n".join(lines), expect=1)
    assert "line 2, role: 'Wizard' is no" in shown
    assert "line 3, role: 'retired' is no job" in shown
    assert "line 4, signup_id: 's-1' is also that of line 1, the same signup, which is harmless" in shown
    assert "line 5, signup_id: 's-1' is also that of line 1, another signup" in shown
    assert "5 signups checked, none of them broken, 2 roles unknown, 1 id repeated" in shown


def test_a_file_in_another_form_is_refused_whole_by_its_name(worker, redis_url):
    worker("migrate")
    (worker.home / "people.xlsx").write_bytes(b"PK\x03\x04" + bytes(200))
    shown = worker("enqueue", "people.xlsx", expect=2)
    assert "people.xlsx is an Excel workbook" in " ".join(shown.split())
    assert "CSV UTF-8" in " ".join(shown.split())
    assert "there is nothing to do" in worker("enqueue", "-", stdin="\n")
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys("dramatiq:*") == []
