"""Errors that nobody foresaw: counted by place wherever they arise, and never between SES's answer and its record."""

from __future__ import annotations

import logging
import threading

import pytest
import redis
from prometheus_client import CollectorRegistry

import worker.logs
from tests.faults.promise import assert_promise_kept
from tests.faults.test_ses import impatient
from tests.parts.ses_behaviour import THROTTLED, held
from tests.parts.waiting import wait_for
from worker.errors import LedgerUnavailable
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.logs import configure_logs
from worker.metrics import MeteredMailer, SendMeters
from worker.setting_types import LogFormat
from worker.unexpected import count_uncaught, count_unexpected, unexpected_errors, unexpected_so_far

pytestmark = pytest.mark.faults


def counted(place):
    """How many unexpected errors were counted at this place."""
    (metric,) = unexpected_errors().collect()
    return sum(
        sample.value for sample in metric.samples if sample.name.endswith("_total") and sample.labels["place"] == place
    )


def broken(*_args, **_values):
    raise ZeroDivisionError


@pytest.fixture
def broken_log(monkeypatch):
    """A log that can write no line, for a defect in what masks it."""
    monkeypatch.setattr(worker.logs, "mask_event", broken)
    configure_logs("DEBUG", LogFormat.JSON)


@pytest.fixture
def uncaught(monkeypatch):
    """A process that counts what is uncaught; as it was at the end."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    count_uncaught("sweep")
    yield
    root.handlers[:] = handlers


def test_a_log_that_cannot_be_written_loses_no_answer_of_ses(sqlite_installation, broken_log):
    installation = sqlite_installation
    before = counted("log")
    for report_id in installation.sign_up("reader", "other").values():
        assert installation.services.deliverer.deliver(report_id) == ReportState.SENT
    assert counted("log") > before
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_a_log_that_cannot_be_written_keeps_nothing_from_the_spool(sqlite_installation, broken_log):
    installation = sqlite_installation
    report_id = installation.sign_up("reader")["reader"]
    ledger = installation.services.core.ledger
    with ledger.write() as tx:
        tx.exec_driver_sql("CREATE TRIGGER defect BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'a defect'); END")
    assert installation.services.deliverer.deliver(report_id) == "spooled"
    with ledger.write() as tx:
        tx.exec_driver_sql("DROP TRIGGER defect")
    assert installation.services.sweeper.sweep().counts["results_written_back"] == 1
    assert installation.states() == {"reader": ReportState.SENT}


def test_a_log_that_cannot_be_written_loses_no_late_answer(sqlite_installation, broken_log):
    installation = sqlite_installation
    installation.environment["WORKER_SES_READ_TIMEOUT_S"] = "60"
    report_id = installation.sign_up("reader")["reader"]
    answers = threading.Event()
    installation.ses.script.queue.append(held(answers))
    services = installation.boot(wrap_mailer=impatient)
    assert services.deliverer.deliver(report_id) == ReportState.UNKNOWN
    answers.set()
    wait_for(lambda: installation.states()["reader"] == ReportState.SENT, "the late answer")
    services.core.ledger.close()
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_a_count_that_cannot_be_kept_loses_no_answer_of_ses(sqlite_installation, monkeypatch):
    """As where the disk with the files of the counts is full."""
    installation = sqlite_installation
    report_id = installation.sign_up("reader")["reader"]
    meters = SendMeters(CollectorRegistry(auto_describe=True))
    monkeypatch.setattr(meters.endings, "labels", broken)
    monkeypatch.setattr(unexpected_errors(), "labels", broken)
    services = installation.boot(wrap_mailer=lambda mailer: MeteredMailer(mailer, meters))
    assert services.deliverer.deliver(report_id) == ReportState.SENT
    services.core.ledger.close()
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_a_defect_in_what_follows_for_all_reports_loses_no_answer_of_ses(sqlite_installation, monkeypatch):
    """A 429 widens the pace of all; where that fails, the refusal is recorded all the same."""
    installation = sqlite_installation
    report_id = installation.sign_up("reader")["reader"]
    installation.ses.script.queue.append(THROTTLED)
    monkeypatch.setattr(installation.services.deliverer._pacer, "slow_down", broken)
    before = counted("deliver")
    assert installation.services.deliverer.deliver(report_id) == ReportState.READY
    assert [attempt.state for attempt in installation.attempts("reader")] == [AttemptState.REFUSED]
    assert counted("deliver") == before + 1


def test_what_ends_a_thread_is_counted(uncaught):
    before = counted("thread")
    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    assert counted("thread") == before + 1
    latest = unexpected_so_far()
    assert latest is not None
    assert latest.latest_place == "thread"


@pytest.mark.parametrize(
    ("logger", "error", "more"),
    [
        ("concurrent.futures", ZeroDivisionError(), 1),  # a callback of a late answer
        ("dramatiq.broker.RedisBroker", KeyError("id"), 1),
        ("dramatiq.broker.RedisBroker", redis.ConnectionError(), 0),
        ("dramatiq.broker.RedisBroker", LedgerUnavailable("away"), 0),
        ("dramatiq.worker.WorkerThread", ZeroDivisionError(), 0),  # counted under the actor's name
    ],
)
def test_what_a_library_swallows_is_counted_unless_it_is_no_defect(uncaught, logger, error, more):
    place = logger.partition(".")[0]
    before = counted(place)
    logging.getLogger(logger).error("Unexpected failure", exc_info=error)
    assert counted(place) == before + more


def test_every_place_is_counted_from_0(uncaught):
    """A counter that begins at 1 has not increased for Prometheus, and its alert would miss the first error."""
    (metric,) = unexpected_errors().collect()
    shown = {sample.labels["place"] for sample in metric.samples}
    assert {"record", "intent", "http", "sweep", "thread"} <= shown


def test_what_is_raised_on_purpose_is_not_counted():
    before = counted("record")
    count_unexpected("record", LedgerUnavailable("away"))
    assert counted("record") == before
