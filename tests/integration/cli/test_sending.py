"""What `worker status` tells of sending: quota and hold with its end, and the alarms that make it exit with 1."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from tests.parts.reports import IDENTITY_KEY, SENT, attempted, owe
from tests.parts.ses_events import event
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import accounts, holds
from worker.ledger.audit import record_action
from worker.ledger.feedback_faults import ACCEPTED_BESIDE_ANOTHER
from worker.ledger.schema import attempt
from worker.ledger.store import after, open_ledger

ACCOUNT: dict[str, Any] = {
    "production_access": True,
    "sending_enabled": True,
    "enforcement": "HEALTHY",
    "max_send_rate": 14.0,
    "max_24_hour_send": 50_000.0,
    "sent_last_24_hours": 50_000.0,
}

SILENCE = "Letters were sent, but no event of SES has come."


@pytest.fixture
def ledger(sqlite_ledger_url, worker, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", sqlite_ledger_url)
    monkeypatch.setenv("WORKER_IDENTITY_KEY", IDENTITY_KEY)
    ledger = open_ledger(sqlite_ledger_url)
    yield ledger
    ledger.close()


def test_a_spent_quota_is_shown_with_its_end(worker, ledger):
    report_id = owe(ledger)
    with ledger.write() as tx:
        accounts.save_account(tx, **ACCOUNT)
        holds.hold_sending(tx, reason="the daily quota of SES is spent", seconds=7200)
        hold = holds.current_hold(tx)
        assert hold is not None
        assert holds.hold_back(tx, report_id, hold)
    printed = worker("status")
    assert "14 letters/s, 50000 of 50000 letters in 24 hours, HEALTHY" in printed
    assert f"by itself once SES has quota again, at {hold.until:%Y-%m-%d %H:%M:%S} UTC" in printed
    assert "reports that wait for it: 1" in printed
    assert json.loads(worker("status", "--json"))["sending"]["held_back"] == 1


def test_silence_is_an_alarm_only_where_events_are_due(worker, ledger):
    attempt_id = attempted(ledger, owe(ledger), SENT)
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).values(finished_at=after(-1800)))
    assert SILENCE not in worker("status")  # no configuration set: nobody promised events
    set_up = {"WORKER_SES_CONFIGURATION_SET": "reports"}
    printed = worker("status", expect=1, **set_up)
    assert SILENCE in printed
    assert "the first was sent 30 minutes ago" in printed
    shown = json.loads(worker("status", "--json", expect=1, **set_up))
    (finding,), (alarm,) = shown["findings"], shown["alarms"]
    assert (finding["finding"], finding["severity"]) == ("event_silence", "act")
    assert "configuration set reports" in finding["command"]
    assert alarm.startswith(SILENCE)
    assert SILENCE not in worker("status", WORKER_EVENT_SILENCE_S="3600", **set_up)
    FeedbackRecorder(ledger).take(event("Send", attempt=attempt_id, message="ses-1"))
    assert SILENCE not in worker("status", **set_up)


def test_two_letters_of_one_report_are_an_alarm_that_names_it(worker, ledger):
    report_id = owe(ledger)
    with ledger.write() as tx:
        record_action(tx, actor="ses", action=ACCEPTED_BESIDE_ANOTHER, report_id=report_id)
    assert f"`worker show` for each: {report_id}" in worker("status", expect=1)


def test_events_about_unknown_attempts_are_counted(worker, ledger):
    FeedbackRecorder(ledger).take(event("Send", attempt="f" * 32))
    assert "events about no attempt of ours: 1" in worker("status")
