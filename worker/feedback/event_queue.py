"""The queue of SES's events and the topic before it, as SQS and SNS describe them; only `worker doctor` asks.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
"""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from worker.errors import ConfigurationError, EventPathUnreadable

_CONFIG = Config(retries={"total_max_attempts": 2, "mode": "standard"}, connect_timeout=5, read_timeout=10)
_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


@dataclass(frozen=True, slots=True)
class EventQueue:
    """A queue: its ARN, its policy as JSON, the KMS key that encrypts it, and whether it has a dead-letter queue."""

    arn: str
    policy: str | None
    kms_key: str | None
    has_dead_letters: bool


@dataclass(frozen=True, slots=True)
class TopicSubscription:
    """One subscription of a topic: what it leads to, and whether that was confirmed."""

    protocol: str
    endpoint: str
    confirmed: bool


class EventPath:
    """Asks SQS and SNS in one region. Raises ConfigurationError where the region or the credentials cannot be used."""

    def __init__(self, region: str | None) -> None:
        try:
            session = boto3.session.Session(region_name=region)
            self._sqs, self._sns = session.client("sqs", config=_CONFIG), session.client("sns", config=_CONFIG)
        except aws.BotoCoreError as error:
            raise ConfigurationError("AWS_REGION", str(error)) from error
        self.region: str = self._sqs.meta.region_name

    def queue(self, url: str) -> EventQueue | None:
        """The queue at a URL; None where there is none in this region. Raises EventPathUnreadable."""
        wanted = ["QueueArn", "Policy", "KmsMasterKeyId", "RedrivePolicy"]
        try:
            answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
        except aws.ClientError as error:
            if _code(error) in _NO_QUEUE:
                return None
            raise _unreadable("sqs:GetQueueAttributes", error) from error
        except aws.BotoCoreError as error:
            raise _unreadable("sqs:GetQueueAttributes", error) from error
        found = answer.get("Attributes", {})
        return EventQueue(
            arn=found["QueueArn"],
            policy=found.get("Policy") or None,
            kms_key=found.get("KmsMasterKeyId") or None,
            has_dead_letters=bool(found.get("RedrivePolicy")),
        )

    def subscriptions(self, topic_arn: str) -> tuple[TopicSubscription, ...]:
        """All subscriptions of a topic. Raises EventPathUnreadable."""
        pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
        try:
            rows = [row for page in pages for row in page.get("Subscriptions", ())]
        except (aws.ClientError, aws.BotoCoreError) as error:
            raise _unreadable("sns:ListSubscriptionsByTopic", error) from error
        return tuple(
            TopicSubscription(row["Protocol"], row["Endpoint"], str(row["SubscriptionArn"]).startswith("arn:"))
            for row in rows
        )


def _unreadable(action: str, error: Exception) -> EventPathUnreadable:
    if isinstance(error, aws.ClientError):
        answer = error.response.get("Error", {})
        return EventPathUnreadable(action, f"{answer.get('Code')}: {answer.get('Message')}")
    return EventPathUnreadable(action, f"{type(error).__name__}: {error}")


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
