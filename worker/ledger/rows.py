"""Whole rows of signups, reports and attempts, for showing everything about one recipient.

The schema explains each column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SignupRow:
    """One signup."""

    id: int
    received_at: datetime
    channel: str
    signup_id: str | None
    outcome: str
    reason: str | None
    detail: Mapping[str, Any]
    signup_key: str | None
    recipient_key: str | None
    address_masked: str | None
    address: str | None
    profile: Mapping[str, Any] | None
    role_text: str | None
    role_slug: str | None
    source_page: str | None
    campaign: str | None
    source_hash: str | None
    consented_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report."""

    id: int
    recipient_key: str
    generation: int
    link_token: str
    signup_row: int | None
    address: str | None
    role_text: str
    role_slug: str | None
    profile: Mapping[str, Any] | None
    page: str | None
    state: str
    reason: str | None
    reason_text: str | None
    created_at: datetime
    changed_at: datetime
    not_before: datetime
    lease_until: datetime | None
    claim_token: str | None
    claims: int
    attempts: int
    refusals: int
    sent_at: datetime | None
    feedback: str | None
    feedback_at: datetime | None
    feedback_detail: str | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt."""

    id: str
    report_id: int
    number: int
    state: str
    mailer: str
    sender_process: str
    intent_at: datetime
    signed_at: datetime
    finished_at: datetime | None
    letter_sha256: str
    catalogue_version: str
    template_version: str
    profile_use: str
    subject: str | None
    report_kind: str | None
    role_slug: str | None
    title: str | None
    index_value: int | None
    index_low: int | None
    index_high: int | None
    ses_message_id: str | None
    rfc_message_id: str
    error: str | None
    error_text: str | None
