"""What the tests' SES does with a request: a value, made by name here, given to the server, passed on as JSON."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# SESv2's modelled errors and their statuses, which a test compares with botocore's model. The last five come from the
# signing layer in front of SES.
STATUS_OF_ERROR = {
    "AccountSuspendedException": 400,
    "AlreadyExistsException": 400,
    "BadRequestException": 400,
    "ConcurrentModificationException": 500,
    "ConflictException": 409,
    "InternalServiceErrorException": 500,
    "InvalidNextTokenException": 400,
    "LimitExceededException": 400,
    "MailFromDomainNotVerifiedException": 400,
    "MessageRejected": 400,
    "NotFoundException": 404,
    "SendingPausedException": 400,
    "TooManyRequestsException": 429,
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "UnrecognizedClientException": 403,
}


class Ending(StrEnum):
    """How the answer leaves, or does not."""

    ANSWER = "answer"  # whole, and the connection stays open
    HANG = "hang"  # not at all, while the connection stays open
    DROP = "drop"  # not at all: the connection is closed
    RESET = "reset"  # not at all: the connection is reset
    TRICKLE = "trickle"  # one byte at a time
    TRUNCATE = "truncate"  # half of the announced body, then closed


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to one request.

    `accepts`: SES takes the message, and logs so before anything is answered. `reads`: the request's body is read at
    all; without, a behaviour cannot be chosen by recipient. `error`: SES's error of this name, with `body` as its
    message. `body` None: the answer of a working SES. `delay_s` passes before the answer. `from_ses`: the answer bears
    a request id, as all of SES's own do and none of a proxy's does. `until` is set before the answer.
    """

    accepts: bool = True
    reads: bool = True
    ending: Ending = Ending.ANSWER
    status: int = 200
    body: str | None = None
    content_type: str = "application/json"
    error: str | None = None
    delay_s: float = 0.0
    until: threading.Event | None = None
    from_ses: bool = True
    between_bytes_s: float = 0.7

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Behaviour:
        """The inverse of dataclasses.asdict, after a trip through JSON."""
        return cls(**{**fields, "ending": Ending(fields.get("ending", Ending.ANSWER))})


def error(name: str, message: str = "", *, accepts: bool = False) -> Behaviour:
    """One of SES's own errors, by its name."""
    return Behaviour(accepts=accepts, status=STATUS_OF_ERROR[name], error=name, body=message)


def slow(seconds: float) -> Behaviour:
    """Accept, but answer only after so many seconds."""
    return Behaviour(delay_s=seconds)


def held(until: threading.Event) -> Behaviour:
    """Accept, but answer only once a test says so."""
    return Behaviour(until=until)


def trickle(between_bytes_s: float = 0.7) -> Behaviour:
    """Accept, and answer one byte at a time: each comes within the client's read timeout, all of them may not."""
    return Behaviour(ending=Ending.TRICKLE, between_bytes_s=between_bytes_s)


_HTML = "<html><body><h1>Service Unavailable</h1></body></html>"

ACCEPT = Behaviour()
ACCEPT_THEN_HANG = Behaviour(ending=Ending.HANG)
ACCEPT_THEN_DROP = Behaviour(ending=Ending.DROP)
ACCEPT_THEN_RESET = Behaviour(ending=Ending.RESET)
ACCEPT_THEN_500 = error("InternalServiceErrorException", "Internal failure.", accepts=True)
TRUNCATED = Behaviour(ending=Ending.TRUNCATE)
JUNK = Behaviour(body="\x00 this is no JSON {", content_type="text/plain")
NO_MESSAGE_ID = Behaviour(body="{}")
HANG = Behaviour(accepts=False, ending=Ending.HANG)
DROP_UNREAD = Behaviour(accepts=False, reads=False, ending=Ending.DROP)
RESET_AFTER_READING = Behaviour(accepts=False, ending=Ending.RESET)
THROTTLED = error("TooManyRequestsException", "Maximum sending rate exceeded.")
QUOTA_EXCEEDED = error("TooManyRequestsException", "Daily message quota exceeded.")
PAUSED = error("SendingPausedException", "Email sending is disabled for this configuration set.")
SUSPENDED = error("AccountSuspendedException", "The account's ability to send email is suspended.")
UNVERIFIED = error("MessageRejected", "Email address is not verified. The following identities failed the check.")
REJECTED = error("MessageRejected", "The message content is not acceptable.")
BAD_REQUEST = error("BadRequestException", "A parameter is missing or malformed.")
ERROR_500_JSON = error("InternalServiceErrorException", "Internal failure.")
ERROR_503_HTML = Behaviour(accepts=False, status=503, body=_HTML, content_type="text/html", from_ses=False)
PROXY_200 = Behaviour(accepts=False, body="<html>Please log in.</html>", content_type="text/html", from_ses=False)


def account(**changes: Any) -> dict[str, Any]:
    """GetAccount's answer for an account in production at 14 letters per second, but for `changes`.

    MaxSendRate (letters per second), Max24HourSend and SentLast24Hours (letters) are sorted into SendQuota.
    """
    quota = {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0}
    answer: dict[str, Any] = {"EnforcementStatus": "HEALTHY", "ProductionAccessEnabled": True, "SendingEnabled": True}
    unknown = changes.keys() - quota.keys() - answer.keys()
    if unknown:
        raise TypeError(f"GetAccount answers no {', '.join(sorted(unknown))}")
    quota.update({name: changes[name] for name in quota.keys() & changes})
    answer.update({name: changes[name] for name in answer.keys() & changes})
    return {**answer, "SendQuota": quota}


@dataclass
class Script:
    """What the server is set to do.

    A SendEmail takes the first of: the behaviour of the first `recipients` key found in its address, the next in
    `queue`, `default`. Other operations answer from `account`, `identities` (name -> verified) and
    `configuration_sets`, unless `operations` gives them a behaviour.
    """

    default: Behaviour = ACCEPT
    queue: deque[Behaviour] = field(default_factory=deque)
    recipients: dict[str, Behaviour] = field(default_factory=dict)
    operations: dict[str, Behaviour] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=account)
    identities: dict[str, bool] = field(default_factory=dict)
    identity_details: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> more of GetEmailIdentity
    event_destinations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by configuration set
    configuration_sets: set[str] = field(default_factory=set)
    suppressed: dict[str, str] = field(default_factory=dict)  # address -> reason, on SES's own list

    def for_send(self, recipient: str) -> Behaviour:
        """The behaviour for a letter to this recipient; takes it from the queue where it comes from there."""
        named = next((found for part, found in self.recipients.items() if part in recipient), None)
        return named or (self.queue.popleft() if self.queue else self.default)

    def without_reading(self) -> Behaviour | None:
        """The next behaviour where it must act before the body is read, hence before the recipient is known."""
        upcoming = self.queue[0] if self.queue else self.default
        if upcoming.reads:
            return None
        return self.queue.popleft() if self.queue else self.default

    def update(self, changes: dict[str, Any]) -> None:
        """Apply the changes of a controlling process, given as JSON; what they do not name stays."""
        read = Behaviour.from_json
        readers: dict[str, Any] = {
            "default": read,
            "queue": lambda items: deque(read(item) for item in items),
            "recipients": lambda items: {part: read(item) for part, item in items.items()},
            "operations": lambda items: {name: read(item) for name, item in items.items()},
            "account": dict,
            "identities": dict,
            "identity_details": dict,
            "event_destinations": dict,
            "configuration_sets": set,
            "suppressed": dict,
        }
        for name, value in changes.items():
            setattr(self, name, readers[name](value))
