"""Refused signups that may be taken back, with everything that decides it; and the guarded write that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.channels import Channel
from worker.ledger.outcomes import READMITTABLE, Outcome
from worker.ledger.schema import report, signup, suppression
from worker.ledger.signups import NewReport, insert_report
from worker.report.title_parts import folded_title


@dataclass(frozen=True, slots=True)
class RefusalSelection:
    """Which refused signups to look at; every given field narrows (AND). `ids` are rows of `signup`.

    `people` are recipient keys; None: everybody's.
    """

    ids: tuple[int, ...] = ()
    outcomes: tuple[Outcome, ...] = READMITTABLE
    since: datetime | None = None
    role: str | None = None
    people: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RefusedSignup:
    """One signup as a readmission sees it. `address` is None where it was erased or its time was over."""

    id: int
    received_at: datetime
    channel: Channel
    outcome: Outcome
    reason: str | None
    recipient_key: str
    role_text: str | None
    address_masked: str | None
    profile: Mapping[str, Any] | None
    source_page: str | None
    suppressed: bool
    has_report: bool
    address: str | None = field(repr=False)


def refused_signups(
    tx: Connection, which: RefusalSelection, *, limit: int | None = None, lock: bool = False
) -> list[RefusedSignup]:
    """The selected signups, newest first: those named by id with any outcome, else those refused as selected.

    `lock` keeps them as they are until the transaction ends.
    """
    columns = (
        "id", "received_at", "channel", "outcome", "reason", "recipient_key", "role_text", "address_masked", "profile",
        "source_page", "address",
    )  # fmt: skip
    query = (
        sa.select(
            *(signup.c[name] for name in columns),
            sa.exists().where(suppression.c.recipient_key == signup.c.recipient_key).label("suppressed"),
            sa.exists().where(report.c.recipient_key == signup.c.recipient_key).label("has_report"),
        )
        .where(signup.c.recipient_key.is_not(None), *_conditions(which))
        .order_by(signup.c.id.desc())
        .limit(limit)
    )
    if lock:
        query = query.with_for_update(of=signup)
    return [_refused(dict(row._mapping)) for row in tx.execute(query)]


def take_back(tx: Connection, refused: RefusedSignup, new: NewReport) -> int | None:
    """Admit a refused signup and owe its report; returns the report's id, or None where the person has one already.

    The address moves to the report. Raises AssertionError, so that the transaction rolls back, where the signup is not
    refused any more: the caller has locked it.
    """
    report_id = insert_report(tx, new, signup_row=refused.id)
    if report_id is None:
        return None
    admitted = (
        sa.update(signup)
        .where(signup.c.id == refused.id, signup.c.outcome == refused.outcome, signup.c.outcome.in_(READMITTABLE))
        .values(outcome=Outcome.ADMITTED, reason=None, role_slug=new.role_slug, address=None, profile=sa.null())
    )
    if tx.execute(admitted).rowcount != 1:
        raise AssertionError(f"signup {refused.id} changed under its lock")
    return report_id


def _conditions(which: RefusalSelection) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if which.ids:
        conditions.append(signup.c.id.in_(which.ids))
    else:
        conditions.append(signup.c.outcome.in_(which.outcomes))
    if which.since is not None:
        conditions.append(signup.c.received_at >= which.since)
    if which.people is not None:
        conditions.append(signup.c.recipient_key.in_(which.people))
    if which.role is not None:
        conditions.append(signup.c.folded_title == folded_title(which.role))
    return conditions


def _refused(row: Mapping[str, Any]) -> RefusedSignup:
    flags = {name: bool(row[name]) for name in ("suppressed", "has_report")}
    return RefusedSignup(**{**row, **flags, "channel": Channel(row["channel"]), "outcome": Outcome(row["outcome"])})
