"""After each sweep somebody outside is told the verdict; no ping holds a sweep up, or ends one."""

import threading

import pytest
from structlog.testing import capture_logs

from tests.parts.ping_server import ping_server
from worker.errors import LedgerUnavailable
from worker.findings import Alarm, Finding, Severity, Verdict
from worker.operations.health.ping import Ping
from worker.operations.health.verdict import verdict_without_ledger

WELL = Verdict(())
SILENCE = Finding(alarm=Alarm.EVENT_SILENCE, severity=Severity.ACT, what="No event.", why="none came", command="look")


@pytest.fixture
def outside():
    with ping_server() as server:
        yield server


def swept():
    return True


def test_the_verdict_is_posted_and_a_failure_has_an_address_of_its_own(outside):
    verdicts = [WELL, Verdict((SILENCE,))]
    ping = Ping(outside.url, lambda: verdicts.pop(0))
    ping.send()
    assert outside.next() == ("/ping/abc", {"must_act": False, "findings": []})
    ping.send()
    path, said = outside.next()
    assert (path, said["must_act"]) == ("/ping/abc/fail", True)
    assert [finding["finding"] for finding in said["findings"]] == ["event_silence"]


def test_a_query_stays_at_the_end(outside):
    Ping(f"{outside.url}?key=1", lambda: Verdict((SILENCE,))).send()
    assert outside.next()[0] == "/ping/abc/fail?key=1"


def test_only_the_process_that_sweeps_pings(outside):
    ping = Ping(outside.url, lambda: WELL)
    ping.after(lambda: False)()
    ping.after(swept)()
    assert outside.next()[0] == "/ping/abc"
    assert outside.pings.empty()


def test_a_sweep_that_fails_pings_too(outside):
    away = LedgerUnavailable("the ledger does not answer")
    ping = Ping(outside.url, lambda: verdict_without_ledger(away))

    def fails():
        raise away

    with pytest.raises(LedgerUnavailable):
        ping.after(fails)()
    path, said = outside.next()
    assert path == "/ping/abc/fail"
    assert said["findings"][0]["finding"] == "ledger_away"


def test_an_address_that_never_answers_holds_up_no_sweep(outside):
    outside.answers.clear()
    sweep_and_ping = Ping(outside.url, lambda: WELL, timeout_s=600).after(swept)
    sweep_and_ping()
    outside.next()  # it is under way, and will be until the end of this test
    for _ in range(3):
        sweep_and_ping()
    assert outside.pings.empty()


def test_a_ping_has_a_time_limit(outside):
    outside.answers.clear()
    with capture_logs() as logs:
        Ping(outside.url, lambda: WELL, timeout_s=0.2).send()
    assert [line["event"] for line in logs] == ["heartbeat not delivered"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_none_is_logged_without_the_address(outside, status):
    outside.status = status
    with capture_logs() as logs:
        Ping(outside.url, lambda: WELL).send()
    assert [(line["event"], line["status"]) for line in logs] == [("heartbeat not delivered", status)]
    assert "ping/abc" not in str(logs)


def test_nobody_there_is_logged(outside):
    with capture_logs() as logs:
        Ping("http://127.0.0.1:1/ping", lambda: WELL).send()
    assert [line["event"] for line in logs] == ["heartbeat not delivered"]


def test_a_verdict_that_cannot_be_made_is_logged_and_ends_nothing(outside):
    def defect():
        raise ZeroDivisionError

    ping = Ping(outside.url, defect)
    with capture_logs() as logs:
        ping.send()
    assert logs[0]["event"] == "heartbeat not delivered"
    assert not [thread for thread in threading.enumerate() if thread.name == "ping"]
