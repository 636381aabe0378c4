"""What operators type: plans before actions, sentences where something is refused, and every action on the record."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, IDENTITY_KEY, SENT, UNKNOWN, attempted, intend, key_of, owe, quarantine
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState
from worker.ledger.pauses import RESTORE
from worker.ledger.schema import attempt, audit
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.store import Ledger, open_ledger
from worker.ledger.timeline import find_report_row

REPO = Path(__file__).parents[3]
BECAUSE = ("--reason", "because", "--actor", "ops")


class LedgerOf:
    """The ledger the commands work on, opened by the test beside them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def report(self, report_id):
        with self.ledger.read() as tx:
            return find_report_row(tx, report_id=report_id)

    def state(self, report_id):
        return self.report(report_id).state

    def actions(self):
        with self.ledger.read() as tx:
            rows = tx.execute(sa.select(audit).order_by(audit.c.id))
            return [(row.actor, row.action, row.reason) for row in rows]


@pytest.fixture
def known(ledger_url, worker, monkeypatch):
    """The ledger of this test's commands, on each kind of database."""
    monkeypatch.setenv("DATABASE_URL", ledger_url)
    monkeypatch.setenv("WORKER_IDENTITY_KEY", IDENTITY_KEY)
    monkeypatch.setenv("USER", "")
    ledger = open_ledger(ledger_url)
    yield LedgerOf(ledger)
    ledger.close()


def test_pause_and_resume(worker, known):
    worker("resume", "--actor", "ops", expect=1)
    assert "sending is paused" in worker("pause", *BECAUSE)
    again = worker("pause", "--reason", "other", "--actor", "eva")
    assert "already" in again
    assert "operator:ops" in again
    assert "Sending is paused by ops." in worker("status")
    resumed = worker("resume", "--actor", "eva")
    assert "because" in resumed
    assert "not paused" in worker("resume", "--actor", "eva", expect=1)
    assert known.actions() == [("ops", "pause", "because"), ("eva", "resume", None)]


def test_who_and_why_are_asked_for(worker, known):
    assert "--reason" in worker("pause", "--actor", "ops", expect=2)
    assert "--actor" in worker("pause", "--reason", "because", expect=2)
    assert "--reason" in worker("replay", "--yes", "--actor", "ops", expect=2)
    assert "--actor" in worker("replay", "--yes", "--reason", "because", expect=2)
    assert "sending is paused" in worker("pause", "--reason", "because", USER="ada")
    assert known.actions() == [("ada", "pause", "because")]


def test_a_replay_is_a_plan_first(worker, known):
    failed, held, sent = (owe(known.ledger, f"{name}@example.com") for name in "abc")
    attempted(known.ledger, failed, FAILED)
    quarantine(known.ledger, held)
    attempted(known.ledger, sent, SENT)
    plan = worker("replay")
    assert "SES refused every attempt" in plan
    assert "MessageRejected" in plan
    assert "2 can be replayed safely" in plan
    assert "2 can be replayed safely" in worker("replay", "--role", "ML-Engineers")
    assert "nothing to replay" in worker("replay", "--role", "nurse")
    assert (known.state(failed), known.state(held)) == ("failed", "quarantined")
    done = worker("replay", "--state", "failed", "--yes", *BECAUSE)
    assert "1 put back to ready" in done
    assert (known.state(failed), known.state(held)) == ("ready", "quarantined")
    assert known.actions() == [("ops", "replay", "because")]
    assert "a@example.com" not in plan + done


def test_a_replay_refuses_what_was_sent_and_what_is_unknown(worker, known):
    sent, unknown, failed = (owe(known.ledger, f"{name}@example.com") for name in "abc")
    attempted(known.ledger, sent, SENT)
    attempted(known.ledger, unknown, UNKNOWN)
    attempted(known.ledger, failed, FAILED)
    printed = worker("replay", "--id", str(sent), "--id", str(unknown), "--yes", *BECAUSE, expect=1)
    assert "no reader gets a second letter" in printed
    assert "worker resolve" in printed
    assert "Nothing to do" in printed
    assert (known.state(sent), known.state(unknown)) == ("sent", "unknown")
    assert "worker resolve" in worker("replay", "--state", "unknown", expect=2)
    assert "404" in worker("replay", "--id", "404", expect=3)
    as_json = json.loads(worker("replay", "--id", str(failed), "--id", str(sent), "--json", expect=1))
    assert [one["group"] for one in as_json["reports"]] == ["already_sent", "safe"]
    assert as_json["reports"][1]["address"] == "c***@example.com"
    worker("replay", "--id", str(failed), "--yes", *BECAUSE)


def test_a_replay_while_paused_says_so(worker, known):
    attempted(known.ledger, owe(known.ledger), FAILED)
    worker("pause", *BECAUSE)
    assert "worker resume" in worker("replay", "--yes", *BECAUSE)


def unknown_report(known, *, minutes: float, email: str = "ada@example.com"):
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    report_id = owe(known.ledger, email)
    attempt_id = attempted(known.ledger, report_id, UNKNOWN, signed_at=at)
    with known.ledger.write() as tx:
        tx.execute(sa.update(attempt).where(attempt.c.id == attempt_id).values(intent_at=at))
    return report_id


def test_resolve_shows_the_evidence_before_it_decides(worker, known):
    report_id = unknown_report(known, minutes=20)
    shown = worker("resolve", str(report_id))
    for word in ("a***@example.com", "MessageRejected: in words", "nothing", "now", "--assume-unsent"):
        assert word in shown
    assert "--reason" in worker("resolve", str(report_id), "--sent", "--actor", "ops", expect=2)
    assert "not both" in worker("resolve", str(report_id), "--sent", "--assume-unsent", *BECAUSE, expect=2)
    assert f"report {report_id}: sent" in worker("resolve", str(report_id), "--sent", *BECAUSE)
    assert known.actions() == [("ops", "resolve", "because")]
    assert "nothing to decide" in worker("resolve", str(report_id), expect=1)


def test_resolve_decides_nothing_where_one_report_does_not_exist(worker, known):
    report_id = unknown_report(known, minutes=20)
    assert "no such report: 404" in worker("resolve", "404", expect=3)
    assert "404" in worker("resolve", str(report_id), "404", "--sent", *BECAUSE, expect=3)
    assert known.state(report_id) == "unknown"


def test_an_id_that_no_database_holds_is_a_usage_error(worker, known):
    assert "ID" in worker("resolve", "9" * 30, expect=2)
    assert "--id" in worker("replay", "--id", "9" * 30, expect=2)


def test_assuming_unsent_waits_for_the_fence(worker, known):
    early, late = unknown_report(known, minutes=1), unknown_report(known, minutes=20, email="b@example.com")
    printed = worker("resolve", str(early), str(late), "--assume-unsent", "--looked-at", "now", *BECAUSE, expect=1)
    assert "may still reach SES until" in printed
    assert (known.state(early), known.state(late)) == ("unknown", "ready")


def test_assuming_unsent_rests_on_a_look_after_the_fence(worker, known):
    report_id = unknown_report(known, minutes=20)
    again = ("resolve", str(report_id), "--assume-unsent", *BECAUSE)
    assert "--looked-at" in worker(*again, expect=2)
    assert "--looked-at" in worker(*again, "--looked-at", "yesterday", expect=2)
    before = f"{datetime.now(UTC) - timedelta(minutes=10):%Y-%m-%d %H:%M}"
    assert "look again" in worker(*again, "--looked-at", before, expect=1)
    assert known.state(report_id) == "unknown"
    after = f"{datetime.now(UTC) - timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}"
    assert "ready" in worker(*again, "--looked-at", after)


def test_status_and_show_tell_what_is_unknown_and_what_stopped(worker, known):
    report_id = unknown_report(known, minutes=20)
    attempted(known.ledger, owe(known.ledger, "b@example.com"), FAILED)
    printed = worker("status")
    for word in ("1 unknown", "worker resolve", "MessageRejected: in words", "1 failed", "worker replay"):
        assert word in printed
    assert "ses events" in printed
    (one,) = json.loads(worker("status", "--json"))["unknown"]
    assert (one["report"], one["ses_events"], one["assumable_unsent"]) == (report_id, "nothing", "now")
    assert "assumable unsent" in worker("show", str(report_id))
    assert json.loads(worker("show", str(report_id), "--json"))["unknown"]["report"] == report_id


def test_suppress_cancels_what_waits(worker, known):
    report_id = owe(known.ledger)
    printed = worker("suppress", "ADA@example.com", *BECAUSE)
    assert "A***@example.com is suppressed" in printed
    assert f"report {report_id} is cancelled" in printed
    assert known.state(report_id) == "cancelled"
    assert "already" in worker("suppress", "ada@example.com", *BECAUSE)
    assert "is suppressed" in worker("suppress", "nobody@example.com", *BECAUSE)
    assert "email" in worker("suppress", "not an address", *BECAUSE, expect=2)


def test_suppress_reads_mailboxes_from_standard_input(worker, known):
    report_id = owe(known.ledger)
    lines = "\ufeffAda <ADA@example.com>\n\nnobody\nbob@example.org,\r\n"
    printed = worker("suppress", "-", *BECAUSE, stdin=lines, expect=1)
    assert "line 3: email" in printed
    assert "A***@example.com is suppressed" in printed
    assert "b***@example.org is suppressed" in printed
    assert "2 lines read, 1 line refused" in printed
    assert known.state(report_id) == "cancelled"
    assert "already" in worker("suppress", "-", *BECAUSE, stdin="bob@example.org")


def through_ses(monkeypatch):
    settings = {
        "WORKER_MAILER": "ses",
        "WORKER_SECRET_KEY": "s" * 40,
        "WORKER_POSTAL_ADDRESS": "Reports, 1 Street, City",
        "WORKER_FROM": "Reports <reports@example.org>",
        "WORKER_PUBLIC_URL": "https://www.example.org",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_unsuppress_shows_first_and_lifts_with_yes(worker, known):
    report_id = owe(known.ledger)
    attempted(known.ledger, report_id, SENT)
    worker("suppress", "ada@example.com", *BECAUSE)
    shown = worker("unsuppress", "ADA@example.com", *BECAUSE)
    assert "is suppressed here: because, by ops" in shown
    assert "Nothing was changed" in shown
    lifted = worker("unsuppress", "ada@example.com", "--yes", "--reason", "she wrote", "--actor", "ops")
    assert "may be mailed again" in lifted
    assert f"worker replay --id {report_id}" in lifted
    assert known.actions()[-1] == ("ops", "unsuppress", "she wrote")
    assert "not suppressed" in worker("unsuppress", "ada@example.com", "--yes", *BECAUSE, expect=3)


def test_unsuppress_takes_the_address_off_ses_s_own_list(worker, known, ses, monkeypatch):
    through_ses(monkeypatch)
    ses.script.suppressed["ada@example.com"] = "BOUNCE"
    worker("suppress", "ada@example.com", *BECAUSE)
    shown = worker("unsuppress", "ada@example.com", *BECAUSE)
    assert "on the provider's list: BOUNCE" in shown
    assert ses.script.suppressed
    worker("unsuppress", "ada@example.com", "--yes", *BECAUSE)
    assert ses.script.suppressed == {}
    worker("unsuppress", "ada@example.com", "--yes", *BECAUSE, expect=3)


def test_unsuppress_reads_mailboxes_from_standard_input(worker, known):
    for email in ("ada@example.com", "bob@example.com"):
        worker("suppress", email, *BECAUSE)
    lines = "Ada <ADA@example.com>\n\nbob@example.com\n"
    shown = worker("unsuppress", "-", stdin=lines)
    assert shown.count("is suppressed here") == shown.count("Nothing was changed") == 2
    some = worker("unsuppress", "-", "--yes", *BECAUSE, stdin=f"no address\neva@example.com\n{lines}", expect=1)
    assert "line 1: email" in some
    assert "line 2: e***@example.com is not suppressed" in some
    assert some.count("may be mailed again") == 2
    assert "--reason" in worker("unsuppress", "-", "--yes", "--actor", "ops", stdin=lines, expect=2)
    assert [action for _, action, _ in known.actions()].count("unsuppress") == 2


def test_unsuppress_changes_nothing_where_ses_cannot_be_asked(worker, known, ses, monkeypatch):
    through_ses(monkeypatch)
    worker("suppress", "a/b@example.com", *BECAUSE)
    refused = worker("unsuppress", "a/b@example.com", "--yes", *BECAUSE, expect=1)
    assert "slash" in refused
    assert "is suppressed" in worker("unsuppress", "a/b@example.com", "--only-here", *BECAUSE)
    worker("unsuppress", "a/b@example.com", "--only-here", "--yes", *BECAUSE)


def test_erase_forgets_and_confirms(worker, known):
    report_id = owe(known.ledger)
    assert "--yes" in worker("erase", "ada@example.com", "--actor", "ops", expect=2)
    assert known.report(report_id).address is not None
    printed = worker("erase", "ada@example.com", "--yes", "--actor", "ops")
    assert "confirmed" in printed
    assert f"report {report_id} is cancelled" in printed
    assert (known.state(report_id), known.report(report_id).address) == ("cancelled", None)
    assert "nothing was ever received" in worker("erase", "b@example.com", "--yes", "--actor", "ops", expect=3)


@pytest.mark.parametrize(("answer", "code", "state"), [("n", 1, "ready"), ("y", 0, "cancelled")])
def test_erase_asks_on_a_terminal(known, answer, code, state):
    report_id = owe(known.ledger)
    typed, terminal = pty.openpty()
    os.write(typed, f"{answer}\n".encode())
    command = [sys.executable, "-c", "from worker.cli.main import run; run()", "erase", "ada@example.com"]
    environment = os.environ | {"PYTHONPATH": str(REPO)}
    try:
        done = subprocess.run(
            [*command, "--actor", "ops"], stdin=terminal, capture_output=True, text=True, check=False, env=environment
        )
    finally:
        os.close(typed)
        os.close(terminal)
    assert "cannot be undone" in done.stderr
    assert (done.returncode, known.state(report_id)) == (code, state)


def test_erase_waits_for_a_letter_that_is_leaving_and_does_not_confirm_too_early(worker, known):
    report_id = owe(known.ledger)
    intend(known.ledger, report_id)
    quick = {"WORKER_SES_CONNECT_TIMEOUT_S": "0.1", "WORKER_SES_READ_TIMEOUT_S": "0.2"}
    printed = worker("erase", "ada@example.com", "--yes", "--actor", "ops", expect=1, **quick)
    assert "not confirmed yet" in printed
    assert known.report(report_id).address is None
    with known.ledger.write() as tx:
        long_ago = datetime.now(UTC) - timedelta(seconds=SIGNING_FENCE_S)
        tx.execute(sa.update(attempt).values(intent_at=long_ago, signed_at=long_ago))
    assert "confirmed: no letter" in worker("erase", "ada@example.com", "--yes", "--actor", "ops", **quick)


def test_erase_takes_the_letters_from_the_outbox(worker, known):
    report_id = owe(known.ledger)
    attempt_id = attempted(known.ledger, report_id, SENT)
    outbox = worker.home / "var" / "outbox"
    outbox.mkdir(parents=True)
    for name in (f"{attempt_id}.eml", f"{attempt_id}.html", "other.eml"):
        (outbox / name).write_text("To: ada@example.com")
    assert "1 signup, 1 report, 0 raw events, 1 letter" in worker("erase", "ada@example.com", "--yes", "--actor", "ops")
    assert [path.name for path in outbox.iterdir()] == ["other.eml"]
    assert known.state(report_id) == "sent"


def test_restore_check_declares_only_with_yes(worker, known):
    report_id = owe(known.ledger)
    printed = worker("restore-check")
    assert "ready 1" in printed
    assert "has not noticed" in printed
    with known.ledger.write() as tx:
        pauses.take_over_pause(tx, holder=RESTORE, reason="older than seen")
    assert "older than the worker has seen it" in worker("restore-check", expect=1)
    assert "restore-check" in worker("resume", "--actor", "ops", expect=1)
    assert "--reason" in worker("restore-check", "--yes", "--actor", "ops", expect=2)
    assert "now unknown: 1 report" in worker("restore-check", "--yes", *BECAUSE)
    assert known.state(report_id) == ReportState.UNKNOWN
    assert "last declared" in worker("restore-check")
    assert "a backup was restored since" in worker("resolve", str(report_id))
    assert "goes on" in worker("resume", "--actor", "ops")
    with known.ledger.read() as tx:
        assert find_report_row(tx, recipient_key=key_of("ada@example.com")) is not None


def test_erase_reads_addresses_from_standard_input(worker, known):
    kept, *others = [owe(known.ledger, f"{name}@example.com") for name in ("eva", "ada", "bob")]
    lines = "ada@example.com\nBob <BOB@example.com>\n\nnever@example.com\n"
    printed = worker("erase", "-", "--yes", "--actor", "ops", stdin=lines)
    assert [known.report(report_id).address for report_id in others] == [None, None]
    assert known.report(kept).address == "eva@example.com"
    assert "n***@example.com: nothing was ever received" in printed
    assert "ada@" not in printed
    assert "line 1" in worker("erase", "-", "--yes", "--actor", "ops", stdin="no address\n", expect=1)
    assert "--yes" in worker("erase", "-", "--actor", "ops", stdin=lines, expect=2)


def test_an_address_among_the_words_of_an_operator_is_masked(worker, known):
    owe(known.ledger)
    worker("erase", "ada@example.com", "--yes", "--actor", "ops", "--reason", "mail of ada@example.com")
    worker("pause", "--reason", "ada@example.com wrote", "--actor", "ops")
    worker("suppress", "ada@example.com", "--reason", "by ada@example.com", "--actor", "ops")
    assert [reason for _, _, reason in known.actions()] == [
        "mail of a***@example.com", "a***@example.com wrote", "by a***@example.com",
    ]  # fmt: skip
