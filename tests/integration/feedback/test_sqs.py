"""The feedback queue, over HTTP: an event is committed before it is deleted, and an unreadable one stays."""

import itertools
import json

import pytest
import sqlalchemy as sa

from tests.parts import reports as make
from tests.parts.aws_server import aws_server
from tests.parts.ses_events import event
from worker.errors import FeedbackUnavailable, LedgerUnavailable
from worker.feedback.recorder import FeedbackRecorder
from worker.feedback.sqs import FeedbackPoller, sqs_client
from worker.ledger.schema import feedback_event, report
from worker.ledger.store import open_ledger

_numbers = itertools.count(1)


@pytest.fixture
def ledger(sqlite_ledger_url):
    """One kind of database will do: test_feedback.py has both."""
    ledger = open_ledger(sqlite_ledger_url)
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def _server():
    with aws_server() as server:
        yield server


@pytest.fixture(scope="module")
def sqs(_server):
    return _server.client("sqs")


@pytest.fixture
def aws(_server, monkeypatch):
    for name, value in _server.environment.items():
        monkeypatch.setenv(name, value)
    yield _server
    _server.down = False
    _server.calls.clear()


@pytest.fixture
def name():
    return f"feedback-{next(_numbers)}"


@pytest.fixture
def queue(aws, sqs, name):
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "2"})
    attributes = {"VisibilityTimeout": "0", "RedrivePolicy": redrive}
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


@pytest.fixture
def poller(ledger, queue):
    return poller_of(ledger, queue)


def poller_of(ledger, queue):
    return FeedbackPoller(sqs_client(region=None, long_poll_s=1), queue, FeedbackRecorder(ledger), long_poll_s=0)


def waiting(sqs, queue):
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def kinds(ledger):
    with ledger.read() as tx:
        return sorted(tx.execute(sa.select(feedback_event.c.kind)).scalars())


def test_events_inside_sns_notifications_are_read(aws, sqs, queue, name, poller, ledger):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="ses-events")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:eu-west-1:123456789012:{name}")
    report_id = make.owe(ledger)
    attempt_id = make.attempted(ledger, report_id, make.UNKNOWN)
    for kind in ("Delivery", "Send"):
        sns.publish(TopicArn=topic, Message=event(kind, attempt=attempt_id))
    assert poller.poll() == 2
    assert waiting(sqs, queue) == 0
    with ledger.read() as tx:
        row = tx.execute(sa.select(report)).one()
    assert (row.state, row.feedback) == ("sent", "delivered")


def test_events_of_raw_delivery_are_read(sqs, queue, poller, ledger):
    for kind in ("Send", "Bounce", "Open"):
        sqs.send_message(QueueUrl=queue, MessageBody=event(kind))
    assert poller.poll() == 3
    assert kinds(ledger) == ["bounced", "sent"]
    assert waiting(sqs, queue) == 0


def test_a_redelivered_event_is_recorded_once_and_still_deleted(sqs, queue, poller, ledger):
    for _ in range(2):
        sqs.send_message(QueueUrl=queue, MessageBody=event("Send"))
    assert poller.poll() == 2
    assert kinds(ledger) == ["sent"]
    assert waiting(sqs, queue) == 0


def test_what_is_not_ours_is_taken_off_the_queue(sqs, queue, poller, ledger):
    """It would come again and again, and fill the dead-letter queue."""
    for body in (
        '{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "mail"}',
        '{"source": "aws.ec2", "detail-type": "EC2 Instance State-change", "detail": {"state": "stopped"}}',
        '{"eventType": "DeliverabilityAdvice", "mail": {}}',
        "Successfully validated SNS topic for Amazon SES event publishing.",
    ):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    assert poller.poll() == 4
    assert kinds(ledger) == []
    assert waiting(sqs, queue) == 0


@pytest.mark.parametrize(
    "poison",
    [
        "",
        "{",
        "[]",
        '{"Type": "Notification", "Message": "{"}',
        '{"eventType": "Bounce"}',
        "[" * 50_000,
        "reader@x.org",
    ],
)
def test_an_unreadable_message_stays_on_the_queue_and_delays_no_other(sqs, queue, name, poller, ledger, poison, capfd):
    sqs.send_message(QueueUrl=queue, MessageBody=poison or " ")
    sqs.send_message(QueueUrl=queue, MessageBody=event("Send"))
    assert poller.poll() == 1
    assert kinds(ledger) == ["sent"]
    assert waiting(sqs, queue) == 1
    assert poller.poll() == 0
    assert poller.poll() == 0  # SQS has put it aside by now
    assert waiting(sqs, sqs.get_queue_url(QueueName=f"{name}-dead")["QueueUrl"]) == 1
    written = "".join(capfd.readouterr())
    assert "left on the queue" in written
    assert "reader@" not in written


def test_an_event_is_never_deleted_before_it_is_committed(aws, sqs, queue, sqlite_url):
    away = open_ledger(sqlite_url)  # a database without tables answers like one that is away
    sqs.send_message(QueueUrl=queue, MessageBody=event("Send"))
    with pytest.raises(LedgerUnavailable):
        poller_of(away, queue).poll()
    assert "DeleteMessageBatch" not in aws.calls
    assert waiting(sqs, queue) == 1
    away.close()


def test_events_committed_before_an_outage_of_the_ledger_are_deleted(aws, sqs, queue, ledger):
    class GoesAway(FeedbackRecorder):
        """Two events get through."""

        taken = 0

        def take(self, text):
            self.taken += 1
            if self.taken > 2:
                raise LedgerUnavailable("away")
            return super().take(text)

    for number in range(4):
        sqs.send_message(QueueUrl=queue, MessageBody=event("Send", message=f"m{number}"))
    poller = FeedbackPoller(sqs_client(region=None, long_poll_s=1), queue, GoesAway(ledger), long_poll_s=0)
    with pytest.raises(LedgerUnavailable):
        poller.poll()
    assert len(kinds(ledger)) == 2
    assert waiting(sqs, queue) == 2


def test_an_unreachable_queue_is_feedback_unavailable(aws, poller):
    aws.down = True
    with pytest.raises(FeedbackUnavailable, match="feedback queue"):
        poller.poll()


def test_a_queue_that_does_not_exist_is_feedback_unavailable(aws, ledger):
    with pytest.raises(FeedbackUnavailable, match=r"QueueDoesNotExist|NonExistentQueue"):
        poller_of(ledger, f"{aws.url}/123456789012/nowhere").poll()


def test_an_event_that_cannot_be_deleted_comes_again_and_changes_nothing(aws, sqs, queue, ledger):
    class DownAfterCommit(FeedbackRecorder):
        """SQS goes away between the commit and the deletion, as it does for a process that is killed there."""

        def take(self, text):
            result = super().take(text)
            aws.down = True
            return result

    sqs.send_message(QueueUrl=queue, MessageBody=event("Send"))
    client = sqs_client(region=None, long_poll_s=1)
    assert FeedbackPoller(client, queue, DownAfterCommit(ledger), long_poll_s=0).poll() == 1
    aws.down = False
    assert waiting(sqs, queue) == 1
    assert poller_of(ledger, queue).poll() == 1
    assert kinds(ledger) == ["sent"]
    assert waiting(sqs, queue) == 0
