"""Unsubscribes in batches, which marketing carries over to its other lists: each unsubscribe is in one batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.disclosure import Disclosure
from worker.ledger.schema import batched_unsubscribe, report, signup, suppression, unsubscribe_batch
from worker.ledger.store import insert, now
from worker.masking import mask_address, mask_text


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch. `ticked_off_at` and `ticked_off_by` are None until somebody has carried it over."""

    id: int
    made_at: datetime
    made_by: str
    ticked_off_at: datetime | None
    ticked_off_by: str | None
    people: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """One person of a batch. `address` is None where it was erased; `taken_back`: they may be mailed again."""

    unsubscribed_at: datetime
    address: str | None
    signup_id: str | None
    campaign: str | None
    taken_back: bool


def new_count(tx: Connection, *, because: str) -> int:
    """How many people suppressed for this reason are in no batch yet."""
    return tx.execute(sa.select(sa.func.count()).select_from(suppression).where(*_new(because))).scalar_one()


def make_batch(tx: Connection, *, because: str, actor: str) -> Batch | None:
    """Put every new unsubscribe into a batch; None, and nothing is recorded, where there is none."""
    if new_count(tx, because=because) == 0:
        return None
    statement = sa.insert(unsubscribe_batch).values(made_at=now(), made_by=actor)
    batch_id = tx.execute(statement.returning(unsubscribe_batch.c.id)).scalar_one()
    new = sa.select(suppression.c.recipient_key, suppression.c.created_at, sa.literal(batch_id)).where(*_new(because))
    columns = ["recipient_key", "unsubscribed_at", "batch_id"]
    taken = insert(tx, batched_unsubscribe).from_select(columns, new)
    tx.execute(taken.on_conflict_do_nothing(index_elements=columns[:2]))  # another batch is being made
    batch = find_batch(tx, batch_id)
    if batch is not None and batch.people:
        return batch
    tx.execute(sa.delete(unsubscribe_batch).where(unsubscribe_batch.c.id == batch_id))
    return None


def find_batch(tx: Connection, batch_id: int) -> Batch | None:
    """The batch with this id, or None."""
    row = tx.execute(_batches().where(unsubscribe_batch.c.id == batch_id)).one_or_none()
    return None if row is None else Batch(**row._mapping)


def latest_batches(tx: Connection, *, limit: int) -> list[Batch]:
    """The newest batches: those that are not ticked off first."""
    ticked_off = unsubscribe_batch.c.ticked_off_at.is_not(None)
    query = _batches().order_by(ticked_off, unsubscribe_batch.c.id.desc()).limit(limit)
    return [Batch(**row._mapping) for row in tx.execute(query)]


def tick_off(tx: Connection, batch_id: int, *, actor: str) -> bool:
    """Record that a batch was carried over; False where it was ticked off before, or is none."""
    open_batch = (unsubscribe_batch.c.id == batch_id, unsubscribe_batch.c.ticked_off_at.is_(None))
    statement = sa.update(unsubscribe_batch).where(*open_batch)
    return tx.execute(statement.values(ticked_off_at=now(), ticked_off_by=actor)).rowcount == 1


def unsubscribes(tx: Connection, batch_id: int) -> list[Unsubscribe]:
    """The people of a batch in order, addresses masked."""
    return [_unsubscribe(row, in_clear=False) for row in _people(tx, batch_id)]


def unsubscribes_in_clear(tx: Connection, batch_id: int, disclosure: Disclosure) -> list[Unsubscribe]:
    """The people of a batch in order, with addresses in clear, as far as they were not erased."""
    assert disclosure.action, "nothing is read without a record"
    return [_unsubscribe(row, in_clear=True) for row in _people(tx, batch_id)]


def _new(because: str) -> tuple[sa.ColumnElement[bool], ...]:
    batched = sa.exists().where(
        batched_unsubscribe.c.recipient_key == suppression.c.recipient_key,
        batched_unsubscribe.c.unsubscribed_at == suppression.c.created_at,
    )
    return suppression.c.reason == because, ~batched


def _batches() -> sa.Select[Any]:
    mine = batched_unsubscribe.c.batch_id == unsubscribe_batch.c.id
    people = sa.select(sa.func.count()).select_from(batched_unsubscribe).where(mine).scalar_subquery()
    return sa.select(*unsubscribe_batch.c, people.label("people"))


def _people(tx: Connection, batch_id: int) -> sa.CursorResult[Any]:
    theirs = sa.select(report.c.id).where(report.c.recipient_key == batched_unsubscribe.c.recipient_key)
    last = theirs.order_by(report.c.generation.desc()).limit(1).correlate(batched_unsubscribe).scalar_subquery()
    still = sa.exists().where(suppression.c.recipient_key == batched_unsubscribe.c.recipient_key)
    joined = (
        batched_unsubscribe.outerjoin(report, report.c.id == last)
        .outerjoin(signup, signup.c.id == report.c.signup_row)
    )  # fmt: skip
    columns = (
        batched_unsubscribe.c.unsubscribed_at, report.c.address, signup.c.signup_id, signup.c.campaign,
        sa.not_(still).label("taken_back"),
    )  # fmt: skip
    query = sa.select(*columns).select_from(joined).where(batched_unsubscribe.c.batch_id == batch_id)
    return tx.execute(query.order_by(batched_unsubscribe.c.unsubscribed_at, batched_unsubscribe.c.recipient_key))


def _unsubscribe(row: sa.Row[Any], *, in_clear: bool) -> Unsubscribe:
    read = row._mapping
    texts = {name: read[name] for name in ("address", "signup_id", "campaign")}
    if not in_clear:
        masks = {"address": mask_address, "signup_id": mask_text, "campaign": mask_text}
        texts = {name: value and masks[name](value) for name, value in texts.items()}
    return Unsubscribe(unsubscribed_at=read["unsubscribed_at"], taken_back=bool(read["taken_back"]), **texts)
