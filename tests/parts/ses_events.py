"""Events as SES tells them, in both of its shapes."""

from __future__ import annotations

import json
from typing import Any

from worker.ledger.feedback_kinds import FeedbackKind, FeedbackRank, Meaning

DELIVERED = Meaning(FeedbackKind.DELIVERED, FeedbackRank.ARRIVAL)
DELAYED = Meaning(FeedbackKind.DELAYED, FeedbackRank.DELAYED)

SENT_AT = "2026-11-24T09:00:00.000Z"
_PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Send": ("send", {}),
    "Delivery": ("delivery", {"timestamp": "2026-11-24T09:00:02.000Z", "processingTimeMillis": 2000}),
    "DeliveryDelay": ("deliveryDelay", {"timestamp": "2026-11-24T09:05:00.000Z", "delayType": "MailboxFull"}),
    "Bounce": (
        "bounce",
        {"bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "b-1", "timestamp": "2026-11-24T09:01Z"},
    ),
    "Complaint": (
        "complaint",
        {"complaintFeedbackType": "abuse", "timestamp": "2026-11-24T10:00:00.000Z", "feedbackId": "c-1"},
    ),
    "Reject": ("reject", {"reason": "Bad content"}),
    "Rendering Failure": ("failure", {"errorMessage": "Attribute 'x' is not present", "templateName": "t"}),
    "Subscription": (
        "subscription",
        {"timestamp": "2026-11-24T12:00:00.000Z", "newTopicPreferences": {"unsubscribeAll": True}},
    ),
    "Open": ("open", {"timestamp": "2026-11-24T11:00:00.000Z"}),
    "Click": ("click", {"timestamp": "2026-11-24T11:00:01.000Z"}),
}  # fmt: skip


def event(
    kind: str, *, attempt: str | None = None, message: str = "0102-abc-000000", classic: bool = False, **part: Any
) -> str:
    """One event's JSON; `part` changes the event's own object."""
    key, usual = _PARTS[kind]
    mail: dict[str, Any] = {
        "timestamp": SENT_AT,
        "messageId": message,
        "source": "Reports <reports@example.org>",
        "destination": ["reader@example.net"],
    }
    if attempt is not None and not classic:
        mail["tags"] = {"ses:configuration-set": ["reports"], "attempt": [attempt]}
    if attempt is not None and classic:
        mail["headers"] = [{"name": "Message-ID", "value": f"<{attempt}@example.org>"}]
    return json.dumps({"notificationType" if classic else "eventType": kind, "mail": mail, key: {**usual, **part}})
