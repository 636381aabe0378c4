"""What intake writes: every signup with its outcome, and the report it leads to where it is admitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.channels import Channel, Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import report, signup
from worker.ledger.store import after, insert, now
from worker.report.title_parts import folded_title


@dataclass(frozen=True, slots=True)
class NewSignup:
    """One row of `signup`. The schema explains each column."""

    channel: Channel
    outcome: Outcome
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    signup_id: str | None = None
    signup_key: str | None = None
    payload_digest: str | None = None
    recipient_key: str | None = None
    address_masked: str | None = None
    address: str | None = None
    profile: Mapping[str, Any] | None = None
    role_text: str | None = None
    role_slug: str | None = None
    source_page: str | None = None
    campaign: str | None = None
    source_hash: str | None = None
    consented_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewReport:
    """The report that an admitted signup leads to, due in `delay_s` seconds.

    `link_token` is random, `profile` is in its JSON form.
    """

    recipient_key: str
    link_token: str
    address: str
    role_text: str
    role_slug: str | None
    profile: Mapping[str, Any]
    page: str | None
    lane: Lane
    delay_s: float = 0.0
    generation: int = 1
    """Above 1 for a canary alone: a person gets one report."""


@dataclass(frozen=True, slots=True)
class EarlierSignup:
    """The signup recorded before under the same producer's id."""

    id: int
    outcome: Outcome
    reason: str | None
    payload_digest: str | None
    recipient_key: str | None


@dataclass(frozen=True, slots=True)
class OwedReport:
    """The report that a recipient already has."""

    id: int
    state: ReportState
    profile: Mapping[str, Any] | None
    generation: int = 1


def find_signup(tx: Connection, signup_key: str) -> EarlierSignup | None:
    """The signup recorded under the keyed hash of the producer's signup_id, or None."""
    columns = (signup.c.id, signup.c.outcome, signup.c.reason, signup.c.payload_digest, signup.c.recipient_key)
    row = tx.execute(sa.select(*columns).where(signup.c.signup_key == signup_key)).one_or_none()
    if row is None:
        return None
    return EarlierSignup(row.id, Outcome(row.outcome), row.reason, row.payload_digest, row.recipient_key)


def find_report(tx: Connection, recipient_key: str) -> OwedReport | None:
    """The report owed to a recipient, in any state, or None."""
    columns = (report.c.id, report.c.state, report.c.profile, report.c.generation)
    query = sa.select(*columns).where(report.c.recipient_key == recipient_key)
    row = tx.execute(query.order_by(report.c.generation.desc()).limit(1)).one_or_none()
    return None if row is None else OwedReport(row.id, ReportState(row.state), row.profile, row.generation)


def insert_signup(tx: Connection, new: NewSignup) -> int | None:
    """Record a signup; returns its row id, or None where another process has recorded the same `signup_key`."""
    values = {name: getattr(new, name) for name in NewSignup.__dataclass_fields__} | {"received_at": now()}
    values["detail"] = dict(new.detail)
    values["folded_title"] = None if new.role_text is None else folded_title(new.role_text)
    values["domain"] = _domain(new.address_masked)
    values["profile"] = sa.null() if new.profile is None else dict(new.profile)
    statement = insert(tx, signup).values(**values).on_conflict_do_nothing(index_elements=["signup_key"])
    return tx.execute(statement.returning(signup.c.id)).scalar_one_or_none()


def _domain(address: str | None) -> str | None:
    """The domain of an address, masked or not, in lower case; None where it has none."""
    domain = (address or "").rpartition("@")[2] if "@" in (address or "") else ""
    return domain.lower() or None


def insert_report(tx: Connection, new: NewReport, *, signup_row: int) -> int | None:
    """Owe a report; returns its id, or None where the recipient already has one, by the unique key."""
    statement = (
        insert(tx, report)
        .values(
            recipient_key=new.recipient_key,
            generation=new.generation,
            link_token=new.link_token,
            signup_row=signup_row,
            address=new.address,
            role_text=new.role_text,
            role_slug=new.role_slug,
            profile=dict(new.profile),
            page=new.page,
            lane=new.lane,
            state=ReportState.READY,
            created_at=now(),
            changed_at=now(),
            not_before=after(new.delay_s) if new.delay_s else now(),
        )
        .on_conflict_do_nothing(index_elements=["recipient_key", "generation"])
    )
    return tx.execute(statement.returning(report.c.id)).scalar_one_or_none()


def settle_outcome(tx: Connection, signup_row: int, outcome: Outcome, reason: str | None) -> None:
    """Correct the outcome of a signup inserted in this transaction, once the unique key has decided."""
    tx.execute(sa.update(signup).where(signup.c.id == signup_row).values(outcome=outcome, reason=reason))


def enrich_report(tx: Connection, report_id: int, new: NewReport) -> bool:
    """Replace role and profile of a report that was never claimed; False where it is too late."""
    statement = (
        sa.update(report)
        .where(report.c.id == report_id, report.c.state == ReportState.READY, report.c.attempts == 0)
        .values(role_text=new.role_text, role_slug=new.role_slug, profile=dict(new.profile), changed_at=now())
    )
    return tx.execute(statement).rowcount == 1
