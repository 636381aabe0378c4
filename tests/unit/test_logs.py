"""Log lines: what a library says of a signup shows nobody."""

import json
import logging

import dramatiq
import pytest

from worker.logs import configure_logs
from worker.settings import LogFormat


@pytest.fixture
def root():
    """The root logger, as it was before once the test is over."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_a_message_is_named_by_its_id_alone(root, capsys):
    configure_logs("DEBUG", LogFormat.JSON)
    signup = {"email": "ada@example.com", "source": {"ip": "203.0.113.7"}, "role": "Nurse"}
    message = dramatiq.Message(queue_name="signups", actor_name="receive_signup", args=(signup,), kwargs={}, options={})
    logging.getLogger("dramatiq.worker").error("Failed to process message %s with unhandled exception.", message)
    line = capsys.readouterr().err
    assert json.loads(line)["event"] == (
        f"Failed to process message receive_signup {message.message_id} with unhandled exception."
    )


def test_an_error_s_own_words_are_masked(root, capsys):
    configure_logs("INFO", LogFormat.JSON)
    try:
        raise ValueError("ada@example.com")
    except ValueError:
        logging.getLogger("some.library").exception("for %s", "grace@example.com")
    line = capsys.readouterr().err
    assert "Traceback" in line
    assert "ada@" not in line
    assert "grace@" not in line
