"""Suppressions: the recipients who must never be mailed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import suppression
from worker.ledger.store import insert, now
from worker.masking import mask_text


@dataclass(frozen=True, slots=True)
class SuppressedRecipient:
    """One suppression: who asked for it, why and when."""

    recipient_key: str
    reason: str
    actor: str
    created_at: datetime


def suppress(tx: Connection, recipient_key: str, *, reason: str, actor: str) -> bool:
    """Suppress a recipient; False where they were suppressed already, whose reason and actor are kept."""
    statement = (
        insert(tx, suppression)
        .values(recipient_key=recipient_key, reason=mask_text(reason), actor=actor, created_at=now())
        .on_conflict_do_nothing(index_elements=["recipient_key"])
        .returning(suppression.c.recipient_key)
    )
    return tx.execute(statement).first() is not None


def is_suppressed(tx: Connection, recipient_key: str) -> bool:
    """Whether this recipient must never be mailed again."""
    return tx.execute(sa.select(sa.literal(1)).where(suppression.c.recipient_key == recipient_key)).first() is not None


def find_suppression(tx: Connection, recipient_key: str) -> SuppressedRecipient | None:
    """Why this recipient must never be mailed again; None where they may be."""
    columns = [suppression.c[name] for name in SuppressedRecipient.__dataclass_fields__]
    row = tx.execute(sa.select(*columns).where(suppression.c.recipient_key == recipient_key)).one_or_none()
    return None if row is None else SuppressedRecipient(**row._mapping)


def replace(tx: Connection, recipient_key: str, old: tuple[str, str], *, reason: str, actor: str) -> bool:
    """Give a suppression that has the `old` reason and actor new ones; False where there is none such."""
    statement = sa.update(suppression).where(*_is(recipient_key, *old)).values(reason=mask_text(reason), actor=actor)
    return tx.execute(statement).rowcount == 1


def lift(tx: Connection, recipient_key: str, *, reason: str, actor: str) -> bool:
    """End a suppression that has this reason and this actor; False where there is none such. Others stay."""
    return tx.execute(sa.delete(suppression).where(*_is(recipient_key, reason, actor))).rowcount == 1


def remove(tx: Connection, recipient_key: str) -> bool:
    """End a suppression, by anybody; False where there is none."""
    return tx.execute(sa.delete(suppression).where(suppression.c.recipient_key == recipient_key)).rowcount == 1


def latest_suppressions(tx: Connection, *, limit: int) -> list[SuppressedRecipient]:
    """The newest suppressions, newest first."""
    columns = [suppression.c[name] for name in SuppressedRecipient.__dataclass_fields__]
    query = sa.select(*columns).order_by(suppression.c.created_at.desc()).limit(limit)
    return [SuppressedRecipient(**row._mapping) for row in tx.execute(query)]


def _is(recipient_key: str, reason: str, actor: str) -> tuple[sa.ColumnElement[bool], ...]:
    columns = suppression.c
    return columns.recipient_key == recipient_key, columns.reason == reason, columns.actor == actor
