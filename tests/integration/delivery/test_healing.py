"""A worker with its periodic tasks on a real queue recovers from troubles of SES."""

import contextlib
import time

import pytest
import sqlalchemy as sa

from tests.parts import reports as make
from tests.parts.aws_server import aws_server
from tests.parts.running_worker import running_worker
from tests.parts.ses_behaviour import ACCEPT, ACCEPT_THEN_DROP, SUSPENDED, account
from tests.parts.ses_events import event
from worker.actors import register
from worker.boot.worker import boot_worker
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import report
from worker.settings import load_settings

WAIT_S = 60.0


@pytest.mark.slow
def test_unknown_sends_that_ses_accepted_are_settled_by_its_events(
    ses, redis_url, sqlite_ledger_url, tmp_path, monkeypatch
):
    ses.script.default = ACCEPT_THEN_DROP
    with aws_server() as aws:
        for name, value in {**aws.environment, **ses.environment}.items():
            monkeypatch.setenv(name, value)
        sqs = aws.client("sqs")
        queue = sqs.create_queue(QueueName="feedback")["QueueUrl"]
        settings = settings_of(sqlite_ledger_url, tmp_path, WORKER_FEEDBACK_QUEUE_URL=queue)
        with working(settings, redis_url) as services:
            wait_for(lambda: states(services) == ["unknown"] * 4)
            for message in ses.accepted:
                sqs.send_message(
                    QueueUrl=queue,
                    MessageBody=event("Delivery", attempt=message.attempt, message=message.ses_message_id),
                )
            wait_for(lambda: states(services) == ["sent"] * 4)
        assert len(ses.accepted) == ses.posts == 4


@pytest.mark.slow
def test_a_suspended_account_pauses_sending_until_ses_lifts_it(ses, redis_url, sqlite_ledger_url, tmp_path):
    ses.script.default, ses.script.account = SUSPENDED, account(EnforcementStatus="SHUTDOWN", SendingEnabled=False)
    settings = settings_of(sqlite_ledger_url, tmp_path, WORKER_ACCOUNT_INTERVAL_S="0.3", WORKER_SEND_RATE_PER_S="50")
    with working(settings, redis_url) as services:
        wait_for(lambda: paused(services) and states(services) == ["ready"] * 4)
        posts = ses.posts
        ses.script.default = ACCEPT
        time.sleep(1)  # several looks at the account, which is still shut down
        assert (ses.posts, states(services)) == (posts, ["ready"] * 4)
        ses.script.account = account()
        wait_for(lambda: states(services) == ["sent"] * 4)
    assert len(ses.accepted) == 4


@pytest.mark.slow
def test_without_redis_a_claimed_report_is_released_unsent(ses, sqlite_ledger_url, tmp_path):
    settings = settings_of(sqlite_ledger_url, tmp_path, WORKER_SEND_RATE_PER_S="50")
    services = boot_worker(load_settings(settings), f"unix://{tmp_path}/nobody")
    report_id = make.owe(services.core.ledger)
    assert services.deliverer.deliver(report_id) is ReportState.READY
    with services.core.ledger.read() as tx:
        row = tx.execute(sa.select(report)).one()
    assert (row.state, row.attempts, row.claims, row.not_before > row.created_at) == ("ready", 0, 0, True)
    assert ses.posts == 0
    services.core.ledger.close()


@contextlib.contextmanager
def working(settings, redis_url):
    """A worker of two threads, its periodic tasks beside them, with four reports to send."""
    services = boot_worker(load_settings(settings), redis_url)
    for number in range(4):
        make.owe(services.core.ledger, f"reader{number}@example.com")
    register(services)
    try:
        with running_worker(services.core.broker, threads=2):
            yield services
    finally:
        services.core.ledger.close()


def settings_of(ledger_url, home, **more):
    return {
        "DATABASE_URL": ledger_url,
        "WORKER_STATE_DIR": str(home / "state"),
        "WORKER_MAILER": "ses",
        "WORKER_FROM": "AI Exposure Report <reports@outlook.example.com>",
        "WORKER_PUBLIC_URL": "https://outlook.example.com",
        "WORKER_POSTAL_ADDRESS": "1 Example Street",
        "WORKER_SECRET_KEY": "s" * 32,
        "WORKER_IDENTITY_KEY": make.IDENTITY_KEY,
        "WORKER_SWEEP_INTERVAL_S": "0.2",
        **more,
    }


def states(services):
    with services.core.ledger.read() as tx:
        return list(tx.execute(sa.select(report.c.state)).scalars())


def paused(services):
    with services.core.ledger.read() as tx:
        return pauses.current_pause(tx) is not None


def wait_for(holds):
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
