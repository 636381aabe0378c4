"""SES events that SNS puts on an SQS queue: a consumer that deletes a message only once its event is committed.

The queue's own policy decides who may write to it, so nothing is verified here. A message that cannot be read stays on
the queue; the queue's redrive policy moves it to the dead-letter queue after some tries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import structlog
from botocore import exceptions as aws
from botocore.config import Config

from worker.errors import ConfigurationError, FeedbackUnavailable, InvalidFeedback, LedgerUnavailable
from worker.feedback.recorder import FeedbackRecorder
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)

LONG_POLL_S = 20  # the longest that SQS allows; it answers as soon as there is a message
BATCH = 10  # the largest that SQS allows
ANSWER_MARGIN_S = 10  # added to the long poll before a silent connection is closed
CONNECT_TIMEOUT_S = 5


def sqs_client(*, region: str | None, long_poll_s: int = LONG_POLL_S) -> Any:
    """Return an SQS client whose read timeout exceeds a long poll. Raises ConfigurationError."""
    config = Config(
        retries={"total_max_attempts": 3, "mode": "standard"},  # receiving or deleting twice does no harm
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=long_poll_s + ANSWER_MARGIN_S,
    )
    try:
        return boto3.session.Session(region_name=region).client("sqs", config=config)
    except aws.BotoCoreError as error:
        raise ConfigurationError("AWS_REGION", str(error)) from error


class FeedbackPoller:
    """Moves events from the queue into the ledger. Several processes may poll one queue."""

    def __init__(
        self, client: Any, queue_url: str, recorder: FeedbackRecorder, *, long_poll_s: int = LONG_POLL_S
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._recorder = recorder
        self._long_poll_s = long_poll_s

    def poll(self) -> int:
        """Wait for events and record them; returns how many messages were processed.

        Raises FeedbackUnavailable where SQS does not answer, and LedgerUnavailable; messages whose events were not
        committed are delivered again.
        """
        done: list[Mapping[str, Any]] = []
        try:
            for message in self._receive():
                if self._take(message):
                    done.append(message)  # noqa: PERF401 - messages before an error are deleted too
        finally:
            self._delete(done)
        return len(done)

    def _receive(self) -> list[Mapping[str, Any]]:
        try:
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=self._long_poll_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        except (aws.BotoCoreError, aws.ClientError) as error:
            raise FeedbackUnavailable(f"the feedback queue does not answer: {_code(error)}") from error
        messages: list[Mapping[str, Any]] = answer.get("Messages", [])
        return messages

    def _take(self, message: Mapping[str, Any]) -> bool:
        """Record a message's event; returns False where the message must stay on the queue."""
        about = {
            "queue_message_id": message.get("MessageId"),
            "received": message.get("Attributes", {}).get("ApproximateReceiveCount"),
        }
        try:
            self._recorder.take(unwrap(message.get("Body", "")))
        except LedgerUnavailable:
            raise
        except InvalidFeedback as error:
            log.error("feedback unreadable, left on the queue", problem=str(error), **about)
        except Exception as error:  # one message must never prevent the next from being recorded
            count_unexpected("feedback", error)
            log.exception("feedback not recorded, left on the queue", **about)
        else:
            return True
        return False

    def _delete(self, messages: list[Mapping[str, Any]]) -> None:
        """Delete messages. One that cannot be deleted is delivered again, and is then a duplicate."""
        if not messages:
            return
        entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
        try:
            answer = self._client.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        except (aws.BotoCoreError, aws.ClientError) as error:
            log.warning("feedback recorded but not deleted", messages=len(messages), error=_code(error))
            return
        for failed in answer.get("Failed", []):
            log.warning("feedback recorded but not deleted", messages=1, error=failed.get("Code"))


def unwrap(body: str) -> str:
    """Return the event in a message's body: inside an SNS notification, or as it is if raw delivery is on."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if isinstance(data, dict) and data.get("Type") == "Notification" and isinstance(data.get("Message"), str):
        return str(data["Message"])
    return body


def _code(error: Exception) -> str:
    if isinstance(error, aws.ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__
