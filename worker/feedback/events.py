"""Reads SES events.

SES's shapes are read: event publishing (`eventType`, with our tag), the older notifications (`notificationType`,
without), and either inside an EventBridge event (`detail`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from worker.errors import InvalidFeedback
from worker.feedback.meanings import IGNORED, KEYS, Details, Moment, Shape, detail_of, fold, meaning_of, printable
from worker.ledger.feedback import NewEvent

_TAG = "attempt"
_OWN_MESSAGE_ID = re.compile(r"<([0-9a-f]{32})@[^<>]+>")  # the Message-ID we write; the older shape has no tags
_GREETING = "Successfully validated SNS topic"  # plain text, sent once when a topic is first used


class _Header(Shape):
    name: str
    value: str | None = None


class _Mail(Shape):
    message_id: str = Field(pattern=r"^[!-~]{1,200}$")
    timestamp: Moment
    tags: dict[str, list[str]] | None = None
    headers: list[_Header] | None = None


_S = TypeVar("_S", bound=Shape)


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A message on our channel that is no event about a letter of ours, and never will be. `why` names no value."""

    why: str


def parse_event(text: str) -> NewEvent | NotOurs:
    """Read one event, or say why it is nothing to record: an open, SNS's greeting, another service's message.

    Raises InvalidFeedback, which names the field and never repeats a value, for an event that is ours and broken.
    """
    if text.startswith(_GREETING):
        return NotOurs("the greeting of a topic")
    data = _unwrapped(_json_object(text))
    name = data.get("eventType") or data.get("notificationType")
    if not isinstance(name, str):
        return NotOurs("no event of SES")
    event_type = fold(name)
    if event_type in IGNORED:
        return NotOurs(f"an event of type {event_type}")
    key = KEYS.get(event_type)
    if key is None:
        return NotOurs(f"an unknown type of event, {printable(name)[:40]}")
    mail = _read(_Mail, data.get("mail"), "mail")
    details = _read(Details, data.get(key) or {}, key)
    occurred_at = details.timestamp or mail.timestamp
    feedback_id = details.feedback_id
    which = feedback_id if feedback_id and len(feedback_id) <= 200 else occurred_at.isoformat()
    return NewEvent(
        # Made of what happened, not of the message that reports it: both shapes of one bounce are the same event.
        event_key=f"{key}:{mail.message_id}:{printable(which)}",
        meaning=meaning_of(event_type, details),
        detail=detail_of(event_type, details),
        attempt_id=_attempt_id(mail),
        ses_message_id=mail.message_id,
        occurred_at=occurred_at,
        raw=text,
    )


def _unwrapped(data: dict[str, Any]) -> dict[str, Any]:
    """The SES event inside an EventBridge event, where it may be JSON in text."""
    detail = data.get("detail")
    if data.get("source") != "aws.ses":
        return data
    return _json_object(detail) if isinstance(detail, str) else detail if isinstance(detail, dict) else data


def _json_object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidFeedback("body: expected JSON") from None
    if not isinstance(data, dict):
        raise InvalidFeedback("body: expected a JSON object")
    return data


def _read(shape: type[_S], data: Any, key: str) -> _S:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join([key, *map(str, first["loc"])])
        raise InvalidFeedback(f"{printable(where)}: {first['msg']}") from None


def _attempt_id(mail: _Mail) -> str | None:
    tagged = next(iter((mail.tags or {}).get(_TAG, [])), None)
    if tagged is not None:
        return tagged if re.fullmatch(r"[!-~]{1,256}", tagged) else None
    for header in mail.headers or []:
        if header.name.lower() == "message-id" and header.value:
            own = _OWN_MESSAGE_ID.fullmatch(header.value.strip())
            return own.group(1) if own else None
    return None
