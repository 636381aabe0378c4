"""All of it at once: a worker on a real queue, an SES that accepts and never answers, and its events through SQS."""

import time

import dramatiq
import pytest
import sqlalchemy as sa

from tests.parts import reports as make
from tests.parts.aws_server import aws_server
from tests.parts.ses_behaviour import ACCEPT_THEN_DROP
from tests.parts.ses_events import event
from worker.actors import register
from worker.boot import boot
from worker.ledger.schema import report
from worker.settings import load_settings

WAIT_S = 60.0


@pytest.mark.slow
def test_what_ses_took_without_a_word_heals_by_its_events(ses, redis_url, sqlite_ledger_url, tmp_path, monkeypatch):
    ses.script.default = ACCEPT_THEN_DROP
    with aws_server() as aws:
        for name, value in {**aws.environment, **ses.environment}.items():
            monkeypatch.setenv(name, value)
        sqs = aws.client("sqs")
        queue = sqs.create_queue(QueueName="feedback")["QueueUrl"]
        services = boot(load_settings(settings(sqlite_ledger_url, tmp_path, queue)), redis_url)
        ids = [make.owe(services.ledger, f"reader{n}@example.com") for n in range(4)]
        register(services)
        worker = dramatiq.Worker(services.broker, worker_threads=2, worker_timeout=100)
        worker.start()
        try:
            wait_for(lambda: states(services) == ["unknown"] * 4)
            for message in ses.accepted:
                sqs.send_message(
                    QueueUrl=queue,
                    MessageBody=event("Delivery", attempt=message.attempt, message=message.ses_message_id),
                )
            wait_for(lambda: states(services) == ["sent"] * 4)
        finally:
            worker.stop()
        assert len(ses.accepted) == ses.posts == len(ids)
        services.ledger.close()


def settings(ledger_url, home, queue):
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
        "WORKER_FEEDBACK_QUEUE_URL": queue,
    }


def states(services):
    with services.ledger.read() as tx:
        return list(tx.execute(sa.select(report.c.state)).scalars())


def wait_for(holds):
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
