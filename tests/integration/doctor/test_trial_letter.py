"""`worker doctor --send`: a letter to SES's simulator, and the event that comes back through SNS and SQS."""

import json

import pytest
import sqlalchemy as sa

from tests.parts.ses_behaviour import PAUSED
from tests.parts.ses_events import event
from worker.ledger.feedback_faults import unmatched_count
from worker.ledger.schema import feedback_event, report
from worker.ledger.store import open_ledger

SUCCESS = "success@simulator.amazonses.com"


@pytest.fixture
def ledger(sqlite_ledger_url):
    ledger = open_ledger(sqlite_ledger_url)
    yield ledger
    ledger.close()


@pytest.fixture
def publishes(ses, stack, aws):
    """SES publishes these events of each letter that it accepts, as the configuration set says."""

    def publish_with(*kinds):
        topic = ses.script.event_destinations[stack.outputs["ConfigurationSetName"]][0]["SnsDestination"]["TopicArn"]

        def publish(message):
            for kind in kinds:
                text = event(kind, attempt=message.attempt, message=message.ses_message_id)
                aws.client("sns").publish(TopicArn=topic, Message=text)

        ses.on_accepted = publish

    return publish_with


def test_the_event_of_a_letter_to_the_simulator_comes_back(worker, ses, ledger, publishes):
    publishes("Send", "Delivery")
    printed = worker("doctor", "--send", SUCCESS)
    [message] = ses.accepted
    assert message.destination == SUCCESS
    assert message.configuration_set == "exposure-report"
    assert message.attempt.startswith("trial-")
    assert "SES accepted a letter to success@" in printed
    assert "its event came after" in printed
    assert "delivered" in printed
    with ledger.read() as tx:
        assert unmatched_count(tx) == 0
        assert tx.execute(sa.select(sa.func.count()).select_from(report)).scalar_one() == 0
        assert set(tx.execute(sa.select(feedback_event.c.kind)).scalars()) == {"sent", "delivered"}
        assert tx.execute(sa.select(feedback_event.c.raw)).scalars().all() == [None, None]


def test_a_bounce_is_an_event_too_and_suppresses_nobody(worker, publishes):
    publishes("Bounce")
    assert "bounced" in worker("doctor", "--send", "bounce+1@simulator.amazonses.com")
    assert json.loads(worker("status", "--json"))["suppressions"] == 0


def test_an_event_that_does_not_come_is_said(worker, publishes):
    publishes("Send")
    printed = worker("doctor", "--send", SUCCESS, "--wait", "1", expect=1)
    assert "no event said within 1 s how the letter ended (only sent came)" in printed


def test_a_letter_that_ses_refuses_is_said_at_once(worker, ses):
    ses.script.queue.append(PAUSED)
    assert "SES refused the letter: SendingPausedException" in worker("doctor", "--send", SUCCESS, expect=1)


@pytest.mark.parametrize(
    "address", ["ada@example.com", "success@simulator.amazonses.com.example.com", "x@simulator.amazonses.com"]
)
def test_nobody_but_the_simulator_gets_a_trial(worker, ses, address):
    assert "must be an address of SES's simulator" in worker("doctor", "--send", address, expect=2)
    assert ses.posts == 0


def test_without_ses_nothing_is_sent(worker, ses):
    assert "sends nothing to SES" in worker("doctor", "--send", SUCCESS, expect=1, WORKER_MAILER="outbox")
    assert ses.posts == 0
