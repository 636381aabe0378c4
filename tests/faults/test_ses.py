"""What SES can do to one letter, to a run of them, and to all: each reader still gets at most one."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from tests.faults.promise import assert_promise_kept
from tests.faults.servers import ForgetfulNat
from tests.parts.ses_behaviour import (
    ACCEPT,
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    ACCEPT_THEN_HANG,
    ACCEPT_THEN_RESET,
    DROP_UNREAD,
    ERROR_503_HTML,
    JUNK,
    PAUSED,
    QUOTA_EXCEEDED,
    REJECTED,
    RESET_AFTER_READING,
    SUSPENDED,
    THROTTLED,
    TRUNCATED,
    error,
    trickle,
)
from tests.parts.waiting import wait_for
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState
from worker.mailers import ses_connections

pytestmark = pytest.mark.faults

AMBIGUOUS = {
    "accept-then-hang": ACCEPT_THEN_HANG,
    "accept-then-drop": ACCEPT_THEN_DROP,
    "accept-then-reset": ACCEPT_THEN_RESET,
    "accept-then-500": ACCEPT_THEN_500,
    "trickle": trickle(0.3),
    "drop-unread": DROP_UNREAD,
    "reset-after-reading": RESET_AFTER_READING,
    "503": ERROR_503_HTML,
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_send_is_never_repeated(sqlite_installation, name):
    installation = sqlite_installation
    installation.ses.script.queue.append(AMBIGUOUS[name])
    installation.sign_up(name)
    with installation.worker_thread():
        installation.settle()
        installation.sign_up("next")  # whom the trouble of the one before does not touch
        installation.settle()
    assert installation.states() == {name: ReportState.UNKNOWN, "next": ReportState.SENT}
    assert installation.report(name).reason
    assert installation.ses.posts == 2
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


@pytest.mark.parametrize("answer", [TRUNCATED, JUNK], ids=["truncated", "junk"])
def test_a_yes_that_cannot_be_read_is_a_yes(sqlite_installation, answer):
    installation = sqlite_installation
    installation.ses.script.queue.append(answer)
    installation.sign_up("reader")
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"reader": ReportState.SENT}
    assert [attempt.ses_message_id for attempt in installation.attempts("reader")] == [None]
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_an_outage_of_ses_slows_sending_down(sqlite_installation):
    """Each letter posted meanwhile may be one more that is unknown, and one more that a person must decide."""
    installation = sqlite_installation
    installation.ses.script.queue.append(ERROR_503_HTML)
    reports = installation.sign_up("reader")
    assert installation.services.deliverer.deliver(reports["reader"]) == ReportState.UNKNOWN
    slowness = installation.services.core.redis.hget("pacing:slowness", "factor")
    assert slowness is not None
    assert float(slowness) > 1


def test_a_storm_of_429s_fails_no_report(sqlite_installation):
    installation = sqlite_installation
    installation.ses.script.queue.extend([THROTTLED] * 6)
    names = [f"reader-{number}" for number in range(6)]
    installation.sign_up(*names)
    with installation.worker_thread():
        wait_for(lambda: installation.ses.posts >= 6, "the storm")
        with (
            installation.services.core.ledger.write() as tx
        ):  # the retry times are some seconds off; a test need not wait for them
            tx.exec_driver_sql("UPDATE report SET not_before = changed_at")
        wait_for(lambda: installation.ses.posts == 12 or not installation.ses.script.queue, "the storm over")
        with installation.services.core.ledger.write() as tx:
            tx.exec_driver_sql("UPDATE report SET not_before = changed_at")
        installation.settle()
    assert installation.states() == dict.fromkeys(names, ReportState.SENT)
    assert {installation.report(name).refusals for name in names} == {0}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=6)


@pytest.mark.parametrize("answer", [PAUSED, SUSPENDED], ids=["paused", "suspended"])
def test_an_account_that_may_not_send_pauses_sending_and_fails_no_report(sqlite_installation, answer):
    installation = sqlite_installation
    installation.ses.script.default = answer
    names = [f"reader-{number}" for number in range(5)]
    installation.sign_up(*names)
    with installation.worker_thread():
        wait_for(lambda: _paused(installation), "a pause")
        installation.settle()
        assert installation.states() == dict.fromkeys(names, ReportState.READY)
        posts = installation.ses.posts
        installation.ses.script.default = ACCEPT
        installation.sign_up("late")
        assert installation.ses.posts == posts, "something left during the pause"
        with installation.services.core.ledger.write() as tx:
            pauses.resume(tx)
        installation.settle()
    assert set(installation.states().values()) == {ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=6)


def test_a_spent_quota_holds_everybody_back(sqlite_installation):
    installation = sqlite_installation
    installation.ses.script.default = QUOTA_EXCEEDED
    reports = installation.sign_up("reader", "next")
    assert installation.services.deliverer.deliver(reports["reader"]) == "ready"
    assert installation.services.deliverer.deliver(reports["next"]) == "held_back"
    assert installation.ses.posts == 1
    assert installation.states() == dict.fromkeys(("reader", "next"), ReportState.READY)
    assert installation.report("reader").refusals == 0


def test_a_letter_ses_will_not_have_fails_alone(sqlite_installation):
    installation = sqlite_installation
    installation.ses.script.recipients["unwanted"] = REJECTED
    installation.sign_up("unwanted", "next")
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"unwanted": ReportState.FAILED, "next": ReportState.SENT}
    assert installation.report("unwanted").reason == "MessageRejected"
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_ses_out_of_reach_for_a_while(sqlite_installation, monkeypatch):
    installation = sqlite_installation
    reports = installation.sign_up("reader")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:9")
    away = installation.boot()
    assert away.deliverer.deliver(reports["reader"]) == "ready"
    report = installation.report("reader")
    assert (report.state, report.attempts, report.refusals) == (ReportState.READY, 1, 0), "nothing against the letter"
    away.core.ledger.close()
    with installation.services.core.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE report SET not_before = changed_at")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", installation.ses.url)
    with installation.worker_thread():
        installation.settle()
    assert [attempt.state for attempt in installation.attempts("reader")] == ["refused", "accepted"]
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_an_answer_full_of_nonsense_is_recorded(installation):
    """What a server says ends up in the ledger: no character of it may keep the outcome from being written."""
    nonsense = "\x00\ud800\u202e" + "x" * 5000
    installation.ses.script.default = error("MessageRejected", nonsense)
    reports = installation.sign_up("reader")
    assert installation.services.deliverer.deliver(reports["reader"]) == "failed"
    assert installation.states() == {"reader": ReportState.FAILED}


def _paused(installation):
    with installation.services.core.ledger.read() as tx:
        return pauses.current_pause(tx) is not None


def test_a_network_that_forgets_idle_connections(sqlite_installation, monkeypatch):
    """As AWS's NAT gateways do after 350 s, on a quiet site: not one letter is unknown."""
    installation = sqlite_installation
    nat = ForgetfulNat(int(installation.ses.url.rpartition(":")[2]))
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{nat.port}")
    monkeypatch.setattr(ses_connections, "LIFE_S", -1.0)  # any connection is old by the next letter
    names = [f"reader-{number}" for number in range(3)]
    with installation.worker_thread():
        for name in names:
            installation.sign_up(name)
            installation.settle()
            nat.forget_idle()
    assert installation.states() == dict.fromkeys(names, ReportState.SENT)
    assert installation.ses.posts == 3
    nat.close()


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (ACCEPT, ReportState.SENT),
        (error("MessageRejected", "Not this one."), ReportState.FAILED),
    ],
    ids=["yes", "no"],
)
def test_an_answer_after_the_deadline_is_recorded(sqlite_installation, late, state):
    """The call was left behind, its thread goes on: what SES says at last is proof."""
    installation = sqlite_installation
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = "60"
    answers = threading.Event()
    installation.ses.script.queue.append(dataclasses.replace(late, until=answers))
    installation.sign_up("reader")
    with installation.worker_thread(installation.boot(wrap_mailer=impatient)):
        wait_for(lambda: installation.states()["reader"] == ReportState.UNKNOWN, "the deadline")
        answers.set()
        wait_for(lambda: installation.states()["reader"] == state, "the late answer")
    assert installation.ses.posts == 1
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def impatient(mailer):
    """The deadline of the whole call is shorter than the read timeout of each byte."""
    mailer._deadline_s = 1.0
    return mailer
