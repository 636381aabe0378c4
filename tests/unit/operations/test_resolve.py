"""Resolve: the objections to a decision on an unknown send, decided without a ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.unknown_sends import AttemptEvent, UnknownSend
from worker.operations.resolve import Decision, objection, objection_to_look

FENCE = timedelta(seconds=SIGNING_FENCE_S)


SIGNED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def unknown_send(**changes):
    fields: dict[str, Any] = {
        "report_id": 1, "recipient_key": "k", "address_masked": None, "role": "r", "attempt_id": "a",
        "attempt_number": 1, "mailer": "ses", "sender_process": "p", "intent_at": SIGNED, "signed_at": SIGNED,
        "unknown_since": SIGNED, "error": None, "error_text": None, "suppressed": False, "restored_at": None,
        "events": (), "at": SIGNED + FENCE,
    }  # fmt: skip
    return UnknownSend(**fields | changes)


EVENTS = (AttemptEvent("delivered", None, SIGNED),)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, None),
        ({"at": SIGNED + FENCE - timedelta(seconds=1)}, "2026-11-24 12:15:00 UTC"),
        ({"intent_at": SIGNED + timedelta(seconds=61)}, "2026-11-24 12:16:01 UTC"),  # the signer's clock was behind
        ({"signed_at": SIGNED + timedelta(seconds=61)}, "2026-11-24 12:16:01 UTC"),  # it was ahead
        (
            {"restored_at": SIGNED + timedelta(minutes=5)},
            "2026-11-24 12:20:00 UTC",
        ),  # another process signed it till then
        ({"events": EVENTS}, "decide that it was sent"),
    ],
)
def test_assuming_unsent_waits_for_the_fence_and_yields_to_an_event(changes, word):
    against = objection(unknown_send(**changes), Decision.ASSUME_UNSENT)
    assert against is None if word is None else word in (against or "")


def test_there_is_no_objection_to_sent():
    assert objection(unknown_send(at=SIGNED, events=EVENTS), Decision.SENT) is None


@pytest.mark.parametrize(
    ("looked_at", "word"),
    [
        (SIGNED + FENCE, None),
        (SIGNED + FENCE - timedelta(seconds=1), "look again"),
        (SIGNED + FENCE + timedelta(hours=2), "future"),
        (None, "say when"),
    ],
)
def test_assuming_unsent_rests_on_a_look_after_the_fence(looked_at, word):
    against = objection_to_look(unknown_send(at=SIGNED + FENCE + timedelta(hours=1)), looked_at)
    assert against is None if word is None else word in (against or "")
