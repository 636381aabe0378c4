"""Retention: what is forgotten, when, in batches, at most once an hour."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, owe, quarantine
from tests.parts.ses_events import DELIVERED
from worker.delivery.disposition import Disposition
from worker.ledger import feedback
from worker.ledger.feedback import NewEvent
from worker.ledger.login_refusals import record_refused_login
from worker.ledger.retention_lag import behind_s
from worker.ledger.schema import feedback_event, login_refusal, report, signup
from worker.ledger.status import conservation
from worker.ledger.steering_schema import lease
from worker.ledger.timeline import find_report_row
from worker.privacy.retention import INTERVAL_S, Forgotten, Retention

DAYS = 90


def aged(ledger, report_id: int, days: float) -> None:
    with ledger.write() as tx:
        changed = datetime.now(UTC) - timedelta(days=days)
        tx.execute(sa.update(report).where(report.c.id == report_id).values(changed_at=changed))


def keeps_address(ledger, report_id: int) -> bool:
    with ledger.read() as tx:
        row = find_report_row(tx, report_id=report_id)
    assert row is not None
    assert (row.address is None) == (row.profile is None) == (row.erased_at is not None)
    return row.address is not None


def in_state(ledger, state: str, email: str = "ada@example.com") -> int:
    report_id = owe(ledger, email)
    if state == "quarantined":
        quarantine(ledger, report_id)
    elif state != "ready":
        dispositions: dict[str, Disposition] = {"unknown": UNKNOWN, "sent": SENT, "failed": FAILED}
        attempted(ledger, report_id, dispositions[state])
    return report_id


@pytest.mark.parametrize(
    ("state", "days", "kept"),
    [
        ("sent", DAYS - 1, True),
        ("sent", DAYS + 1, False),
        ("failed", DAYS + 1, True),
        ("failed", 2 * DAYS + 1, False),
        ("quarantined", DAYS + 1, True),
        ("quarantined", 2 * DAYS + 1, False),
        ("unknown", 10 * DAYS, True),
        ("ready", 10 * DAYS, True),
    ],
)
def test_a_report_is_forgotten_some_days_after_its_end(ledger, state, days, kept):
    report_id = in_state(ledger, state)
    aged(ledger, report_id, days)
    assert Retention(ledger, days=DAYS).forget() == Forgotten(reports=0 if kept else 1)
    assert keeps_address(ledger, report_id) == kept
    with ledger.read() as tx:
        row = tx.execute(sa.select(signup)).one()
        assert conservation(tx).holds
    assert (row.source_hash is not None) == kept
    assert row.campaign == "autumn"


def test_raw_events_are_forgotten_and_their_kind_stays(ledger):
    with ledger.write() as tx:
        for key in ("old", "new"):
            new = NewEvent(key, DELIVERED, None, "a", "s", datetime.now(UTC), "raw")
            feedback.insert_event(tx, new)
        old = datetime.now(UTC) - timedelta(days=DAYS + 1)
        tx.execute(sa.update(feedback_event).where(feedback_event.c.event_key == "old").values(received_at=old))
    assert Retention(ledger, days=DAYS).forget() == Forgotten(events=1)
    with ledger.read() as tx:
        rows = tx.execute(sa.select(feedback_event).order_by(feedback_event.c.id)).all()
    assert [(row.event_key, row.raw, row.kind) for row in rows] == [
        ("old", None, "delivered"),
        ("new", "raw", "delivered"),
    ]


def test_one_run_forgets_all_however_much_there_is(ledger):
    """It rests after each batch for as long as the batch took, so that sending has its half of the database."""
    for number in range(101):
        owe(ledger, f"p{number}@example.com")
    with ledger.write() as tx:
        old = datetime.now(UTC) - timedelta(days=DAYS + 1)
        tx.execute(sa.update(report).values(state="cancelled", changed_at=old))
    rests: list[float] = []
    assert Retention(ledger, days=DAYS, batch=2, sleep=rests.append).forget() == Forgotten(reports=101)
    assert len(rests) == 51
    assert all(0 < rest <= 5 for rest in rests)


def test_a_long_run_keeps_its_lease(ledger):
    """Otherwise a second process would begin the same work after an hour."""
    for number in range(4):
        aged(ledger, in_state(ledger, "sent", f"p{number}@example.com"), DAYS + 1)
    others: list[Forgotten | None] = []

    def an_hour_passes(_rest):
        others.append(Retention(ledger, days=DAYS).forget())
        with ledger.write() as tx:
            tx.execute(sa.update(lease).values(until=datetime.now(UTC) - timedelta(seconds=1)))

    Retention(ledger, days=DAYS, batch=2, sleep=an_hour_passes).forget()
    assert others == [None, None]
    with ledger.read() as tx:
        assert behind_s(tx) < INTERVAL_S


def test_it_runs_once_an_hour_over_all_machines(ledger):
    assert Retention(ledger, days=DAYS).forget() is not None
    assert Retention(ledger, days=DAYS).forget() is None
    with ledger.write() as tx:
        row = tx.execute(sa.select(lease).where(lease.c.name == "retention")).one()
        assert timedelta(0) < row.until - datetime.now(UTC) <= timedelta(seconds=INTERVAL_S)
        tx.execute(sa.update(lease).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert Retention(ledger, days=DAYS).forget() is not None


def test_refused_logins_are_deleted_after_a_day(ledger):
    with ledger.write() as tx:
        record_refused_login(tx, name_hash="n", source_hash="s")
        tx.execute(sa.update(login_refusal).values(at=datetime.now(UTC) - timedelta(days=2)))
        record_refused_login(tx, name_hash="n", source_hash="s")
    assert Retention(ledger, days=DAYS).forget() == Forgotten(login_refusals=1)
    with ledger.read() as tx:
        assert len(tx.execute(sa.select(login_refusal)).all()) == 1
