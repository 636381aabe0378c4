"""What can happen to worker processes: stopped in the middle, frozen and thawed, racing, taken down by one report."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.installation import signup
from tests.faults.points import Point
from tests.faults.promise import assert_promise_kept
from tests.parts.ses_behaviour import held
from tests.parts.waiting import wait_for
from worker.ledger.channels import Channel
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.unexpected import unexpected_errors

pytestmark = pytest.mark.faults


def test_stopped_during_a_post(sqlite_installation):
    """SIGTERM lets a send that has begun come to its end, and be recorded."""
    installation = sqlite_installation
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = "60"
    answers = threading.Event()
    installation.ses.script.default = held(answers)
    installation.sign_up("reader")
    worker = installation.start()
    wait_for(lambda: installation.ses.posts == 1, "a POST under way")
    threading.Timer(1.0, answers.set).start()
    assert worker.stop() == 0
    assert installation.states() == {"reader": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_stopped_again_and_again_during_a_post(sqlite_installation):
    """As an impatient Ctrl-C, or a service manager that signals the whole group: only SIGKILL cuts a POST short."""
    installation = sqlite_installation
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = "60"
    answers = threading.Event()
    installation.ses.script.default = held(answers)
    installation.sign_up("reader")
    worker = installation.start()
    wait_for(lambda: installation.ses.posts == 1, "a POST under way")
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        worker.signal(number)
        time.sleep(0.3)
    answers.set()
    worker.stop()
    assert installation.states() == {"reader": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_stopped_without_time_to_finish(sqlite_installation):
    """A drain that takes too long ends in the middle of a POST: unknown, and not sent again."""
    installation = sqlite_installation
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = "60"
    answers = threading.Event()
    installation.ses.script.recipients["reader"] = held(answers)
    installation.sign_up("reader")
    worker = installation.start(drain_ms=200)
    wait_for(lambda: installation.ses.posts == 1, "a POST under way")
    worker.stop()
    answers.set()
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = "1"
    with (
        installation.services.core.ledger.write() as tx
    ):  # the lease of a patient worker is long; this is it running out
        tx.exec_driver_sql("UPDATE report SET lease_until = changed_at")
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {"reader": ReportState.UNKNOWN}
    assert installation.ses.posts == 1
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


@pytest.mark.parametrize("point", [pytest.param(Point.WHILE_CLAIMED, marks=pytest.mark.long), Point.AFTER_INTENT])
def test_frozen_past_its_lease_and_thawed(sqlite_installation, point):
    """A process that thaws has lost its expired claim; only the process that made an intent posts it, once."""
    installation = sqlite_installation
    frozen = installation.start(point, mark="reader", fault_signal="SIGSTOP")
    installation.sign_up("first")
    wait_for(lambda: installation.states()["first"] == ReportState.SENT, "a worker at work")
    installation.sign_up("reader")
    wait_for(frozen.is_frozen, "the worker frozen")
    with installation.worker_thread():
        installation.settle()  # by another worker, once the lease has run out
    before = installation.states()["reader"]
    assert before == (ReportState.SENT if point is Point.WHILE_CLAIMED else ReportState.UNKNOWN)
    frozen.signal(signal.SIGCONT)
    wait_for(lambda: installation.states()["reader"] == ReportState.SENT, "sent")
    assert frozen.stop() == 0
    assert installation.ses.posts == 2
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.long)])
def test_many_workers_race_for_each_report(usual_installation, count):
    """16 threads: all start on the same report at the same moment, again and again."""
    installation = usual_installation
    reports = installation.sign_up(*[f"reader-{number}" for number in range(count)])
    barrier = threading.Barrier(16)

    def race(_runner: int) -> list[str]:
        results = []
        for report_id in reports.values():
            barrier.wait(60)
            results.append(str(installation.services.deliverer.deliver(report_id)))
        return results

    with ThreadPoolExecutor(16) as pool:
        results = Counter(result for results in pool.map(race, range(16)) for result in results)
    assert results == {"sent": count, "not_due": 15 * count}
    assert installation.ses.posts == count
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=count)


def test_the_same_person_signs_up_many_times_at_once(installation):
    spellings = ["ada@gmail.com", "ADA@gmail.com", "a.d.a@gmail.com", "ada+news@gmail.com", "ada@googlemail.com"]
    barrier = threading.Barrier(10)

    def sign_up(number: int) -> Outcome:
        fields = signup(f"ada-{number}", email=spellings[number % len(spellings)])
        barrier.wait(30)
        return installation.services.core.receiver.receive(fields, channel=Channel.SERVER).outcome

    with ThreadPoolExecutor(10) as pool:
        outcomes = Counter(pool.map(sign_up, range(10)))
    assert outcomes == {Outcome.ADMITTED: 1, Outcome.DUPLICATE: 9}
    with installation.worker_thread():
        installation.settle()
    assert installation.ses.posts == 1
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=10)


def test_the_same_signup_arrives_many_times_at_once(installation):
    barrier = threading.Barrier(8)

    def sign_up(_number: int) -> int:
        barrier.wait(30)
        return installation.services.core.receiver.receive(signup("ada"), channel=Channel.SERVER).signup_row

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(sign_up, range(8)))) == 1
    with installation.worker_thread():
        installation.settle()
    assert installation.ses.posts == 1
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_a_report_that_takes_every_worker_down(sqlite_installation):
    """It is set aside after some claims without a result; the others go out meanwhile."""
    installation = sqlite_installation
    installation.environment["WORKER_MAX_CLAIMS"] = "2"
    installation.sign_up("poison")
    for number in range(2):
        installation.sign_up(f"reader-{number}")
        installation.start(Point.WHILE_CLAIMED, mark="poison", threads=1).wait_until_killed()
    with installation.worker_thread():
        installation.settle()
    assert installation.states() == {
        "poison": ReportState.QUARANTINED,
        "reader-0": ReportState.SENT,
        "reader-1": ReportState.SENT,
    }
    assert installation.report("poison").reason == "poison"
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=3)


def test_a_bug_in_one_delivery_is_contained(sqlite_installation):
    """An unforeseen exception before the POST: the report is tried again, then set aside."""
    installation = sqlite_installation
    installation.environment["WORKER_MAX_CLAIMS"] = "2"
    installation.environment["WORKER_CLAIM_LEASE_S"] = "1"
    installation.sign_up("poison", "reader")
    before = counted("deliver")
    with installation.worker_thread(installation.boot(wrap_mailer=Buggy)):
        installation.settle()
    assert counted("deliver") == before + 2, "each is a page, for nobody foresaw it"
    assert installation.states() == {"poison": ReportState.QUARANTINED, "reader": ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def counted(place):
    """How many unexpected errors were counted at this place."""
    [metric] = unexpected_errors().collect()
    return sum(
        sample.value for sample in metric.samples if sample.name.endswith("_total") and sample.labels["place"] == place
    )


class Buggy:
    """A mailer that breaks down over one reader."""

    def __init__(self, mailer):
        self.name, self._mailer = mailer.name, mailer

    def send(self, outgoing, before_post):
        if "poison" in outgoing.recipient:
            raise ZeroDivisionError
        return self._mailer.send(outgoing, before_post)
