"""`worker log` and `worker show`: every row, masked; and a record of each search, export and unmasking."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.parts.reports import IDENTITY_KEY, owe
from worker.ledger.migrate import migrate
from worker.ledger.schema import audit, report, signup
from worker.ledger.send_log import COLUMNS
from worker.ledger.store import open_ledger

ADDRESS = "ada@example.com"


@pytest.fixture
def ledger(worker, monkeypatch):
    """An empty ledger where the commands look for it."""
    monkeypatch.setenv("WORKER_IDENTITY_KEY", IDENTITY_KEY)
    (worker.home / "var").mkdir(exist_ok=True)
    ledger = open_ledger(f"sqlite:///{worker.home / 'var' / 'ledger.db'}")
    migrate(ledger)
    yield ledger
    ledger.close()


def on_record(ledger):
    with ledger.read() as tx:
        return [(row.action, row.actor) for row in tx.execute(sa.select(audit).order_by(audit.c.id))]


def copied(ledger, count):
    """So many signups."""
    owe(ledger, ADDRESS)
    with ledger.write() as tx:
        first = dict(tx.execute(sa.select(signup)).one()._mapping)
        tx.execute(
            sa.insert(signup),
            [{**first, "id": n, "signup_id": f"copy-{n}", "signup_key": f"key-{n}"} for n in range(2, count + 1)],
        )


def test_a_csv_export_has_every_signup(worker, ledger):
    copied(ledger, 1000)
    lines = worker("log", "--format", "csv").splitlines()
    assert len(lines) == 1001
    assert lines[0] == ",".join(column.name for column in COLUMNS)
    assert len(json.loads(worker("log", "--format", "json"))) == 1000
    assert len(worker("log", "--format", "csv", "--limit", "7").splitlines()) == 8


def test_a_table_that_is_cut_says_so_and_how_to_get_the_rest(worker, ledger):
    copied(ledger, 101)
    shown = worker("log")
    assert shown.count("a***@example.com") == 100
    assert "Only the newest 100 matching signups are shown." in shown
    assert "`--format csv` lists all" in shown
    whole = worker("log", "--limit", "101")
    assert whole.count("a***@example.com") == 101
    assert "Only the newest" not in whole


def test_the_note_about_a_cut_table_goes_to_stderr(worker, ledger):
    copied(ledger, 3)
    command = [sys.executable, "-c", "from worker.cli.main import run; run()", "log", "--limit", "2"]
    ran = subprocess.run(command, cwd=worker.home, env=os.environ, capture_output=True, text=True, check=True)
    assert "Only the newest 2" in ran.stderr
    assert "Only the newest" not in ran.stdout


def test_a_csv_export_has_codes_and_their_words(worker, ledger):
    owe(ledger, ADDRESS)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(state="failed", reason="MessageRejected"))
    [row] = csv.DictReader(io.StringIO(worker("log", "--format", "csv")))
    assert (row["state"], row["reason"], row["reason_text"]) == ("failed", "MessageRejected", "SES refused the message")
    assert (row["outcome"], row["channel"], row["address"]) == ("admitted", "server", "a***@example.com")
    assert "SES refused the message" in worker("log")


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (("log", "--unmask"), "unmask"),
        (("log", "--email", ADDRESS), "look_up"),
        (("log", "--format", "csv"), "export"),
        (("log", "--format", "json"), "export"),
        (("log", "--format", "csv", "--unmask"), "export"),
        (("show", ADDRESS), "look_up"),
        (("show", "1", "--unmask"), "unmask"),
        (("show", "1", "--unmask", "--json"), "unmask"),
    ],
)
def test_a_search_an_export_and_an_unmasking_are_recorded(worker, ledger, command, action):
    owe(ledger, ADDRESS)
    shown = worker(*command, "--actor", "maria")
    assert on_record(ledger) == [(action, "maria")]
    assert (ADDRESS in shown) == ("--unmask" in command)
    with ledger.read() as tx:
        assert "ada" not in str(tx.execute(sa.select(audit)).one())


def test_a_search_and_an_unmasking_are_two_records(worker, ledger):
    owe(ledger, ADDRESS)
    worker("log", "--email", ADDRESS, "--unmask", "--actor", "maria")
    worker("show", ADDRESS, "--unmask", "--actor", "maria")
    assert on_record(ledger) == [("look_up", "maria"), ("unmask", "maria")] * 2


def test_a_masked_listing_and_a_report_by_its_number_are_not_recorded(worker, ledger):
    owe(ledger, ADDRESS)
    assert ADDRESS not in worker("log") + worker("log", "--state", "ready") + worker("show", "1") + worker(
        "show", "1", "--json"
    )
    assert on_record(ledger) == []


def test_a_search_for_an_unknown_person_is_recorded_too(worker, ledger):
    assert "nothing was ever received" in worker("show", "x@example.com", "--actor", "maria", expect=3)
    assert on_record(ledger) == [("look_up", "maria")]


def test_a_read_without_an_actor_is_recorded_under_the_login_name(worker, ledger, monkeypatch):
    owe(ledger, ADDRESS)
    monkeypatch.delenv("USER", raising=False)
    monkeypatch.setenv("LOGNAME", "joan")
    worker("log", "--unmask")
    assert on_record(ledger) == [("unmask", "joan")]


def test_a_stopped_report_is_shown_with_its_reason_in_words(worker, ledger):
    owe(ledger, ADDRESS)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(state="failed", reason="MessageRejected", reason_text="bad content"))
    assert "SES refused the message: bad content" in worker("show", "1")
    facts = json.loads(worker("show", "1", "--json"))["report"]
    assert (facts["reason"], facts["reason_text"], facts["reason_detail"]) == (
        "MessageRejected", "SES refused the message", "bad content",
    )  # fmt: skip


def test_show_reads_an_address_from_standard_input(worker, ledger):
    owe(ledger, ADDRESS)
    assert "a***@example.com" in worker("show", "-", stdin=f"{ADDRESS}\n")
    assert "nothing was ever received" in worker("show", "-", stdin="bob@example.com\n", expect=3)
    worker("show", "-", stdin="", expect=2)


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        (["--role", "nurse"], 1),  # read as a title is: the ledger keeps the slug registered-nurse
        (["--role", "plumber"], 0),
        (["--page", "/outlook/nurse"], 1),
        (["--page", "/outlook/plumber"], 0),
        (["--domain", "@Example.com"], 1),
        (["--domain", "example.org"], 0),
        (["--letter", "delivered"], 1),
        (["--letter", "bounced"], 0),
        (["--feedback", "delivered"], 1),
        (["--feedback", "complained"], 0),
        (["--dated-by", "sent", "--since", "2026-11-20", "--until", "2026-11-21"], 1),
        (["--since", "2026-11-20", "--until", "2026-11-21"], 0),
    ],
)
def test_the_command_has_the_filters_of_the_page(worker, ledger, arguments, listed):
    owe(ledger, ADDRESS)
    with ledger.write() as tx:
        tx.execute(sa.update(signup).values(role_slug="registered-nurse", source_page="/outlook/nurse"))
        sent = {"state": "sent", "feedback": "delivered", "sent_at": datetime(2026, 11, 20, 12, tzinfo=UTC)}
        tx.execute(sa.update(report).values(**sent))
    assert len(json.loads(worker("log", "--format", "json", *arguments))) == listed
