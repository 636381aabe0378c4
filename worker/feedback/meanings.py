"""The types of SES events and what each means: one table.

Field names: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from worker.ledger.feedback_kinds import FeedbackKind, FeedbackRank, Meaning
from worker.masking import mask_text
from worker.privacy.suppression import UNSUBSCRIBED

_NOT_PRINTABLE = re.compile(r"[^ -~]")
_NO_LETTER = re.compile(r"[\s_-]")
_SPACED_OFFSET = re.compile(r"\s+([+-]\d\d:?\d\d)$")


def _closed_up(moment: object) -> object:
    """AWS's examples also write `2016-01-27T14:05:45 +0000`, with a space that ISO 8601 does not allow."""
    return _SPACED_OFFSET.sub(r"\1", moment) if isinstance(moment, str) else moment


Moment = Annotated[AwareDatetime, BeforeValidator(_closed_up)]
"""A time as SES writes it."""


class Shape(BaseModel):
    """Part of an event; fields that we do not read are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class _Preferences(Shape):
    unsubscribe_all: bool = False


class Details(Shape):
    """The fields that we read of an event's own object; each type of event has some of them."""

    timestamp: Moment | None = None
    feedback_id: str | None = None
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    delay_type: str | None = None
    reason: str | None = None
    new_topic_preferences: _Preferences | None = None


_SENT = Meaning(FeedbackKind.SENT, FeedbackRank.ACCEPTED)
_DELAYED = Meaning(FeedbackKind.DELAYED, FeedbackRank.DELAYED)
_DELIVERED = Meaning(FeedbackKind.DELIVERED, FeedbackRank.ARRIVAL)
_LEFT = replace(_DELIVERED, suppress=UNSUBSCRIBED)
_REJECTED = Meaning(FeedbackKind.REJECTED, FeedbackRank.ARRIVAL)
_HARD_BOUNCE = Meaning(FeedbackKind.BOUNCED, FeedbackRank.ARRIVAL, counts=True, suppress="bounced")
_NEVER_SENT = replace(_HARD_BOUNCE, counts=False)
_SOFT_BOUNCE = Meaning(FeedbackKind.BOUNCED, FeedbackRank.ARRIVAL)
_DOUBTFUL_BOUNCE = Meaning(FeedbackKind.BOUNCED, FeedbackRank.DOUBTFUL)
_COMPLAINT = Meaning(FeedbackKind.COMPLAINED, FeedbackRank.COMPLAINT, counts=True, suppress="complained")
_OLD_COMPLAINT = replace(_COMPLAINT, counts=False)

ANY = None

MEANINGS: tuple[tuple[str, str | None, str | None, Meaning], ...] = (
    # type of event, its type of bounce or complaint, the subtype, meaning: the first row that fits applies
    ("send", ANY, ANY, _SENT),
    ("deliverydelay", ANY, ANY, _DELAYED),
    ("delivery", ANY, ANY, _DELIVERED),
    ("reject", ANY, ANY, _REJECTED),
    ("renderingfailure", ANY, ANY, _REJECTED),
    # The reader has the letter, and changed what SES's own list management may send.
    ("subscription", "unsubscribed", ANY, _LEFT),
    ("subscription", ANY, ANY, _DELIVERED),
    # SES never sent these two, so AWS does not count them.
    ("bounce", "Permanent", "OnAccountSuppressionList", _NEVER_SENT),
    ("bounce", "Permanent", "UnsubscribedRecipient", _NEVER_SENT),
    ("bounce", "Permanent", ANY, _HARD_BOUNCE),
    # These name a failure of this message, and say nothing about the next.
    ("bounce", "Transient", "MailboxFull", _SOFT_BOUNCE),
    ("bounce", "Transient", "MessageTooLarge", _SOFT_BOUNCE),
    ("bounce", "Transient", "ContentRejected", _SOFT_BOUNCE),
    ("bounce", "Transient", "AttachmentRejected", _SOFT_BOUNCE),
    # An out-of-office reply comes as Transient/General.
    ("bounce", ANY, ANY, _DOUBTFUL_BOUNCE),
    # The reader took the letter out of the spam folder; a mail server reported on authentication, not a reader.
    ("complaint", "not-spam", ANY, _DELIVERED),
    ("complaint", "auth-failure", ANY, _DELIVERED),
    ("complaint", ANY, "OnAccountSuppressionList", _OLD_COMPLAINT),
    ("complaint", ANY, ANY, _COMPLAINT),
)
"""What each event means: the one table. Types as AWS documents them; the names of events folded by `fold`."""

KEYS: Mapping[str, str] = {
    "send": "send",
    "deliverydelay": "deliveryDelay",
    "delivery": "delivery",
    "subscription": "subscription",
    "reject": "reject",
    "renderingfailure": "failure",
    "bounce": "bounce",
    "complaint": "complaint",
}
"""The object of the JSON that describes each type of event."""


def fold(name: str) -> str:
    """A type of event, bounce or complaint in small letters: `Rendering Failure` and `renderingFailure` are one."""
    return _NO_LETTER.sub("", name).lower()


def _folded(name: str | None) -> str | None:
    return None if name is None else fold(name)


def meaning_of(event_type: str, details: Details) -> Meaning:
    """What an event of a type of KEYS means."""
    kind, subtype = map(_folded, _classes(event_type, details))
    for row_type, row_kind, row_subtype, meaning in MEANINGS:
        if row_type == event_type and _folded(row_kind) in (ANY, kind) and _folded(row_subtype) in (ANY, subtype):
            return meaning
    raise AssertionError(f"no row for {event_type}")  # each type of KEYS has a row for anything: a test


def detail_of(event_type: str, details: Details) -> str | None:
    """The event's own words for operators, as `Permanent/General`."""
    match event_type:
        case "bounce" | "complaint":
            return _joined(*_classes(event_type, details))
        case "subscription":
            return _joined("Subscription", _classes(event_type, details)[0])
        case "deliverydelay":
            return _joined(details.delay_type)
        case "reject":
            return _joined(details.reason)
        case "renderingfailure":
            return "Rendering Failure"
        case _:
            return None


def _classes(event_type: str, details: Details) -> tuple[str | None, str | None]:
    match event_type:
        case "bounce":
            return details.bounce_type or "Undetermined", details.bounce_sub_type
        case "complaint":
            return details.complaint_feedback_type, details.complaint_sub_type
        case "subscription":
            left = details.new_topic_preferences is not None and details.new_topic_preferences.unsubscribe_all
            return "unsubscribed" if left else None, None
        case _:
            return None, None


IGNORED = frozenset({"open", "click", "amazonsnssubscriptionsucceeded"})
"""Types of events that are ours and say nothing about the letter's way."""


def printable(text: str) -> str:
    """Replace every character outside printable ASCII by a question mark."""
    return _NOT_PRINTABLE.sub("?", text)


def _joined(*words: str | None) -> str | None:
    return "/".join(printable(mask_text(word))[:80] for word in words if word) or None
