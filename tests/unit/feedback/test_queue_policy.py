"""Whether a queue's policy lets a topic in."""

import json

import pytest

from worker.feedback.queue_policy import lets_topic_in

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:events"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:events"
SNS = {"Service": "sns.amazonaws.com"}
FROM_TOPIC = {"ArnEquals": {"aws:SourceArn": TOPIC}}

FROM_SUCH_TOPICS = {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:eu-west-1:*:ev*"}}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def policy(*statements):
    usual = {"Effect": "Allow", "Principal": SNS, "Action": "sqs:SendMessage", "Resource": QUEUE}
    return json.dumps({"Statement": [{**usual, **each} for each in statements]})


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([{}], True),
        ([{"Condition": FROM_TOPIC}], True),
        ([{"Principal": "*", "Action": ["SQS:*"], "Resource": "*", "Condition": FROM_TOPIC}], True),
        ([{"Principal": {"AWS": "*"}, "Condition": FROM_SUCH_TOPICS}], True),
        ([{"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}], True),
        ([{"Condition": FROM_TOPIC}, {"Effect": "Deny", "Principal": "*", "Condition": WITHOUT_TLS}], True),
        ([], False),
        ([{"Condition": {"ArnEquals": {"aws:SourceArn": f"{TOPIC}-other"}}}], False),
        ([{"Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}], False),
        ([{"Principal": {"Service": "events.amazonaws.com"}}], False),
        ([{"Action": "sqs:ReceiveMessage"}], False),
        ([{"Resource": f"{QUEUE}-other"}], False),
        ([{}, {"Effect": "Deny"}], False),
        ([{"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}], None),
        ([{}, {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}], None),
    ],
)  # fmt: skip
def test_a_policy_is_judged(statements, expected):
    assert lets_topic_in(policy(*statements), queue_arn=QUEUE, topic_arn=TOPIC) is expected


def test_without_a_policy_nothing_gets_in_and_a_broken_one_is_not_judged():
    assert lets_topic_in(None, queue_arn=QUEUE, topic_arn=TOPIC) is False
    assert lets_topic_in("no JSON", queue_arn=QUEUE, topic_arn=TOPIC) is None
