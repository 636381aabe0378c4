"""Erasure: what is forgotten, in every state, and that no letter leaves once it is confirmed."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, claim, intend, key_of, owe, quarantine
from tests.parts.ses_events import DELIVERED
from worker.delivery.disposition import Disposition
from worker.ledger import feedback
from worker.ledger.column_types import JsonDocument
from worker.ledger.feedback import NewEvent
from worker.ledger.schema import attempt, audit, feedback_event, report, signup
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.status import conservation
from worker.ledger.timeline import attempts_of, find_report_row
from worker.privacy.erasure import Erased, erase
from worker.privacy.personal_data import COLUMNS, ERASE

ADA = "Ada@Example.com"


def erased(ledger, email=ADA) -> Erased:
    return erase(ledger, key_of(email), addresses=[email], actor="ops", reason="asked by mail")


def row_of(ledger, report_id):
    with ledger.read() as tx:
        return find_report_row(tx, report_id=report_id)


def in_state(ledger, state: str, email: str = ADA) -> int:
    report_id = owe(ledger, email)
    if state == "claimed":
        claim(ledger, report_id)
    elif state == "sending":
        intend(ledger, report_id)
    elif state == "quarantined":
        quarantine(ledger, report_id)
    elif state != "ready":
        dispositions: dict[str, Disposition] = {"unknown": UNKNOWN, "sent": SENT, "failed": FAILED}
        attempted(ledger, report_id, dispositions[state])
    assert row_of(ledger, report_id).state == state
    return report_id


@pytest.mark.parametrize(
    ("state", "after", "confirmed"),
    [
        ("ready", "cancelled", True),
        ("claimed", "cancelled", True),
        ("sending", "sending", False),
        ("unknown", "unknown", False),
        ("sent", "sent", True),
        ("failed", "cancelled", True),
        ("quarantined", "cancelled", True),
    ],
)
def test_a_person_is_forgotten_in_every_state(ledger, state, after, confirmed):
    report_id = in_state(ledger, state)
    other = owe(ledger, "b@example.com")
    done = erased(ledger)
    row = row_of(ledger, report_id)
    assert (row.state, row.address, row.profile, row.page) == (after, None, None, None)
    assert (row.recipient_key, row.role_text, row.erased_at is not None) == (key_of(ADA), "ml-engineer", True)
    assert (done.may_leave_until is None) == confirmed
    assert done.cancelled == ((report_id,) if after == "cancelled" else ())
    assert row_of(ledger, other).address == "b@example.com"
    with ledger.read() as tx:
        first, second = tx.execute(sa.select(signup).order_by(signup.c.id)).all()
        assert conservation(tx).holds
        action = tx.execute(sa.select(audit)).one()
    assert (first.address_masked, first.source_page, first.campaign, first.source_hash) == (None, None, None, None)
    assert (first.role_text, first.outcome) == ("ml-engineer", "admitted")
    assert (first.signup_id, first.signup_key is not None) == (None, True)
    assert second.address_masked == "b***@example.com"
    assert (action.action, action.actor, action.reason, action.recipient_key) == (
        "erase",
        "ops",
        "asked by mail",
        key_of(ADA),
    )


def test_no_table_keeps_a_trace_of_the_address(ledger):
    report_id = in_state(ledger, "sent")
    with ledger.write() as tx:
        (only,) = attempts_of(tx, report_id)
        at = datetime.now(UTC)
        raw = f'{{"destination": ["{ADA}"]}}'
        for name, attempt_id, text in (
            ("1", only.id, raw),
            ("2", "stray", raw.lower()),
            ("3", "stray", "b@example.com"),
        ):
            feedback.insert_event(tx, NewEvent(name, DELIVERED, None, attempt_id, None, at, text))
    assert erased(ledger).events == 2
    with ledger.read() as tx:
        rows = [str(row).lower() for table in report.metadata.sorted_tables for row in tx.execute(sa.select(table))]
        assert len(tx.execute(sa.select(feedback_event)).all()) == 3
    assert not [text for text in rows if "ada@" in text or "a***" in text]
    assert [text for text in rows if "b@example.com" in text]


def test_events_that_belong_to_no_report_are_found_by_every_spelling_of_the_ledger(ledger):
    owe(ledger, "Ada.Love@bücher.example")
    with ledger.write() as tx:
        for number, address in enumerate(
            ("ada.love@xn--bcher-kva.example", "ada.love@bücher.example", "b@example.com")
        ):
            event = NewEvent(str(number), DELIVERED, None, "stray", None, datetime.now(UTC), f'{{"to": ["{address}"]}}')
            feedback.insert_event(tx, event)
    key = key_of("ada.love@bücher.example")
    assert erase(ledger, key, addresses=[], actor="reader", reason="asked").events == 2


MARK = "the person"


@pytest.mark.parametrize("place", [place.name for place in COLUMNS if ERASE in place.cleared_by])
def test_erasure_clears_what_the_map_of_personal_data_says(ledger, place):
    """Each column of the map in turn, with the person in it."""
    table, column = place.split(".")
    held = report.metadata.tables[table].c[column]
    report_ids = [in_state(ledger, "sent", email) for email in (ADA, "bob@example.com")]
    with ledger.write() as tx:
        for report_id in report_ids:
            (only,) = attempts_of(tx, report_id)
            feedback.insert_event(tx, NewEvent(only.id, DELIVERED, None, only.id, None, datetime.now(UTC), "{}"))
        tx.execute(sa.update(held.table).values({held: [MARK] if isinstance(held.type, JsonDocument) else MARK}))
    erased(ledger)
    with ledger.read() as tx:
        rows = tx.execute(sa.select(held)).scalars().all()
    assert sorted(MARK in str(value) for value in rows) == [False, True]


def test_a_second_erasure_says_whether_the_first_is_confirmed(ledger):
    report_id = in_state(ledger, "unknown")
    with ledger.read() as tx:
        (only,) = attempts_of(tx, report_id)
    assert erased(ledger).may_leave_until == max(only.signed_at, only.intent_at) + timedelta(seconds=SIGNING_FENCE_S)
    long_ago = datetime.now(UTC) - timedelta(seconds=SIGNING_FENCE_S + 1)
    first_erased = row_of(ledger, report_id).erased_at
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).values(signed_at=long_ago))
    assert erased(ledger).may_leave_until is not None  # the ledger's clock wrote the intent a moment ago
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).values(intent_at=long_ago))
    assert erased(ledger).may_leave_until is None
    assert row_of(ledger, report_id).erased_at == first_erased


def test_an_unknown_person_is_not_recorded(ledger):
    assert not erased(ledger).known
    with ledger.read() as tx:
        assert tx.execute(sa.select(audit)).all() == []
