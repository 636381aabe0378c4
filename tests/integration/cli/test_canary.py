"""`worker canary`: a signup over HTTP, its letter, its event; and which leg failed where one did."""

import json
import shutil

import pytest

from tests.faults.installation import Installation
from tests.parts.ses_behaviour import BAD_REQUEST
from tests.parts.ses_events import event
from tests.parts.web_server import web_server
from worker.boot.web import boot_web
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger.canaries import CanaryResult, last_canary
from worker.ledger.lifecycle import ReportState
from worker.ledger.pauses import pause
from worker.ledger.status import conservation
from worker.operations.canary import Canary
from worker.settings import load_settings

TOKEN = "the-token-of-canaries"
TOKENS = f"shop=the-token-of-the-shop, canary={TOKEN}"


@pytest.fixture
def make(redis_url, ses, tmp_path, monkeypatch, worker):
    """Make an installation on a ledger; the shell's commands have its settings."""
    made = []

    def make(ledger_url, **settings):
        settings = {"WORKER_API_TOKENS": TOKENS, "WORKER_SOURCE_LIMIT_PER_HOUR": "1", **settings}
        it = Installation(tmp_path, database_url=ledger_url, redis_url=redis_url, ses=ses, settings=settings)
        for name, value in it.environment.items():
            monkeypatch.setenv(name, value)
        made.append(it)
        return it

    yield make
    for it in made:
        it.close()


@pytest.fixture
def installation(make, sqlite_ledger_url):
    return make(sqlite_ledger_url)


@pytest.fixture
def serve():
    """Serve the web application of an installation; returns its URL."""
    stack = []

    def serve(it, **settings):
        services = boot_web(load_settings({**it.environment, **settings}), it.redis_url)
        server = web_server(services)
        stack.append((server, services))
        return server.__enter__().url

    yield serve
    for server, services in stack:
        server.__exit__(None, None, None)
        services.core.ledger.close()


def publish(it, *kinds):
    """Let SES say these things of each letter that it accepts."""
    recorder = FeedbackRecorder(it.services.core.ledger)

    def said(message):
        for kind in kinds:
            recorder.take(event(kind, attempt=message.attempt, message=message.ses_message_id))

    it.ses.on_accepted = said


def patient_until(it, *states):
    """A clock that stands still until a report is in one of `states`, and is far ahead then."""

    def clock():
        with it.services.core.ledger.read() as tx:
            return 1000.0 if it.count(tx, *states) else 0.0

    return clock


def last(it):
    with it.services.core.ledger.read() as tx:
        return last_canary(tx)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, make):
    return make(request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_ledger_url"))


def test_a_canary_comes_through_each_time(either, worker, serve):
    url = serve(either)
    publish(either, "Send", "Delivery")
    with either.worker_thread():
        for number in range(1, 3):
            printed = worker("canary", "--url", url)
            assert "ok  sent after" in printed
            assert "delivered by its event after" in printed
            assert [message.destination for message in either.ses.accepted] == [
                "success+canary@simulator.amazonses.com"
            ] * number
    found = last(either)
    assert found.result is CanaryResult.DELIVERED
    assert found.good_at == found.ended_at
    with either.services.core.ledger.read() as tx:
        sums = conservation(tx)
    assert sums.holds
    assert sums.states[ReportState.SENT] == 2
    assert json.loads(worker("log", "--format", "json")) == []


def test_where_nothing_answers_the_signup_was_refused(installation, worker):
    printed = worker("canary", "--url", "http://127.0.0.1:9", expect=1)
    assert "failed  refused over HTTP: http://127.0.0.1:9/v1/signups does not answer" in printed
    assert last(installation).result is CanaryResult.REFUSED


def test_an_answer_of_another_kind_is_named(installation, worker, serve):
    url = serve(installation, WORKER_API_TOKENS="canary=another-token-altogether")
    assert "answers 401 The bearer token is not valid." in worker("canary", "--url", url, expect=1)


def test_without_a_worker_it_is_admitted_and_not_sent(installation, worker, serve):
    url = serve(installation)
    printed = worker("canary", "--url", url, "--wait", "1", expect=1)
    assert "admitted, but not sent within 1 s: report 1 is ready; no `worker run` lives" in printed
    printed = worker("canary", "--url", url, "--wait", "1", expect=1)
    assert "the canary before it has not been sent yet" in printed
    assert last(installation).result is CanaryResult.NOT_SENT


def test_a_pause_is_named(installation, worker, serve):
    with installation.services.core.ledger.write() as tx:
        pause(tx, holder="operator:ada", reason="wrong figure")
    printed = worker("canary", "--url", serve(installation), "--wait", "1", expect=1)
    assert "sending is paused by operator:ada: wrong figure" in printed


def test_a_letter_that_ses_refuses_is_named(installation, worker, serve):
    installation.ses.script.queue.append(BAD_REQUEST)
    with installation.worker_thread():
        printed = worker("canary", "--url", serve(installation), expect=1)
    assert "failed  admitted, but not sent: report 1 is failed: A parameter" in printed


def test_an_event_that_does_not_come_is_named(installation, serve):
    publish(installation, "Send")
    with installation.worker_thread():
        clock = patient_until(installation, ReportState.SENT)
        ended = Canary(installation.services.core.ledger, serve(installation), TOKEN, clock=clock).run(wait_s=60)
    assert ended.result is CanaryResult.NOT_DELIVERED
    assert "no event said within 60 s that it was delivered" in ended.words


def test_an_event_of_another_end_is_named_at_once(installation, worker, serve):
    publish(installation, "Bounce")
    with installation.worker_thread():
        assert "sent, but its event says bounced" in worker("canary", "--url", serve(installation), expect=1)


def test_with_the_outbox_it_ends_when_the_letter_is_written(make, sqlite_ledger_url, worker, serve, tmp_path):
    it = make(sqlite_ledger_url, WORKER_MAILER="outbox", WORKER_OUTBOX_DIR=str(tmp_path / "outbox"))
    with it.worker_thread():
        printed = worker("canary", "--json", "--url", serve(it))
    assert '"result": "written"' in printed
    assert list((tmp_path / "outbox").glob("*.eml"))


def test_what_is_missing_or_wrong_in_the_settings_is_named(installation, worker, serve, migrated_sqlite, tmp_path):
    assert "WORKER_SERVICE_URL is not set" in worker("canary", expect=2).replace(":", "")
    assert "has no token named canary" in worker("canary", "--url", "http://x", expect=2, WORKER_API_TOKENS="")
    url = serve(installation)
    other = shutil.copy(migrated_sqlite, tmp_path / "other.db")
    printed = worker("canary", "--url", url, expect=2, DATABASE_URL=f"sqlite:///{other}")
    assert "admitted the canary to another ledger than DATABASE_URL" in printed


def test_a_run_that_fails_keeps_when_a_canary_last_came_through(installation, worker, serve):
    publish(installation, "Delivery")
    with installation.worker_thread():
        worker("canary", "--url", serve(installation))
    good_at = last(installation).good_at
    worker("canary", "--url", "http://127.0.0.1:9", expect=1)
    assert last(installation).result is CanaryResult.REFUSED
    assert last(installation).good_at == good_at
