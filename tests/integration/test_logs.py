"""Log lines: what a library logs about a signup identifies nobody."""

import json
import logging

import dramatiq
import pytest

from worker.broker import open_broker
from worker.errors import LedgerUnavailable
from worker.logs import configure_logs
from worker.redis_queues import open_redis
from worker.setting_types import LogFormat


@pytest.fixture
def root():
    """The root logger, as it was before once the test is over."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_a_message_is_named_by_its_id_alone(root, capsys, redis_url):
    configure_logs("DEBUG", LogFormat.JSON)
    broker = open_broker(open_redis(redis_url))
    broker.emit_after("process_boot")

    @dramatiq.actor(broker=broker, queue_name="deliver", actor_name="receive_signup", max_retries=0)
    def receive_signup(payload):
        raise LedgerUnavailable("away")

    message = receive_signup.send({"email": "ada@example.com", "source": {"ip": "203.0.113.7"}, "role": "Nurse"})
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=1)
    worker.start()
    try:
        broker.join("deliver")
        worker.join()
    finally:
        worker.stop()
        broker.close()
    lines = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert f"Failed to process message receive_signup {message.message_id} with unhandled exception." in lines
    assert not [line for line in lines if "203.0.113.7" in line or "Nurse" in line]
