"""Which signups the send log lists, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from worker.ledger.letter_results import LetterResult, has_result
from worker.ledger.schema import OF_READERS, report, signup
from worker.masking import mask_text
from worker.report.title_parts import folded_title
from worker.times import iso


class DatedBy(StrEnum):
    """Which date counts: when somebody signed up, or when SES accepted the letter."""

    SIGNED_UP = "signed_up"
    SENT = "sent"


class Without(StrEnum):
    """What a signup may lack: it names no campaign or no page, or its title was not read as a single role."""

    CAMPAIGN = "campaign"
    PAGE = "page"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which signups to list; every given field narrows (AND). `before_id` continues a listing, newest first.

    `role` is matched as a slug and as people wrote it, in any spelling of the same words; `role_slugs` are other slugs
    that match as well, what `role` was read as. `role_slug` is only what a title was read as, `written` only the title
    as people wrote it. `since` and `until` bound the date that `dated_by` names.
    """

    state: str | None = None
    outcome: str | None = None
    role: str | None = None
    role_slugs: tuple[str, ...] = ()
    role_slug: str | None = None
    written: str | None = None
    campaign: str | None = None
    page: str | None = None
    domain: str | None = None
    without: Without | None = None
    letter: LetterResult | None = None
    feedback: str | None = None
    feedback_detail: str | None = None
    dated_by: DatedBy = DatedBy.SIGNED_UP
    since: datetime | None = None
    until: datetime | None = None
    recipient_key: str | None = None
    before_id: int | None = None

    def described(self) -> dict[str, str]:
        """The filter for the audit trail: what was asked, without the person and without any address."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        unsaid = {"recipient_key", "before_id", "role_slugs"} | (set() if _by_sending(self) else {"dated_by"})
        return {
            name: iso(value) if isinstance(value, datetime) else mask_text(str(value))
            for name, value in asked.items()
            if name not in unsaid and value is not None
        }

    @property
    def dated(self) -> bool:
        """Whether the listing is bounded by dates."""
        return self.since is not None or self.until is not None


def domain_of(text: str) -> str:
    """The domain to filter by, as people write it: `gmail.com`, `@Gmail.com` or an address there."""
    return text.rpartition("@")[2].lower()


_LACKING = {
    Without.CAMPAIGN: signup.c.campaign,
    Without.PAGE: signup.c.source_page,
    Without.ROLE: signup.c.role_slug,
}


def of_reports(which: LogFilter) -> bool:
    """Whether the filter looks at reports, and not at signups alone."""
    asked = (which.state, which.feedback, which.feedback_detail, which.letter)
    return any(field is not None for field in asked) or _by_sending(which)


def newest_first(which: LogFilter) -> list[sa.ColumnElement[Any]]:
    """The order of the listing."""
    return [column.desc() for column in _order(which)]


def conditions_of(which: LogFilter) -> list[sa.ColumnElement[bool]]:
    """The filter as conditions on a signup and its report. Canaries are listed only by their own address."""
    conditions: list[sa.ColumnElement[bool]] = [] if which.recipient_key is not None else [OF_READERS]
    for column, wanted in (
        (report.c.state, which.state),
        (signup.c.outcome, which.outcome),
        (signup.c.role_slug, which.role_slug),
        (signup.c.campaign, which.campaign),
        (signup.c.source_page, which.page),
        (signup.c.domain, which.domain),
        (report.c.feedback, which.feedback),
        (report.c.feedback_detail, which.feedback_detail),
        (signup.c.recipient_key, which.recipient_key),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if which.role is not None:
        slugs = (which.role, *which.role_slugs)
        conditions.append(sa.or_(signup.c.role_slug.in_(slugs), signup.c.folded_title == folded_title(which.role)))
    if which.written is not None:
        conditions.append(signup.c.folded_title == folded_title(which.written))
    if which.without is not None:
        conditions.append(_LACKING[which.without].is_(None))
    if which.letter is not None:
        conditions.append(has_result(which.letter))
    dated = report.c.sent_at if which.dated_by is DatedBy.SENT else signup.c.received_at
    if which.since is not None:
        conditions.append(dated >= which.since)
    if which.until is not None:
        conditions.append(dated < which.until)
    if which.before_id is not None:
        conditions.append(_comes_after(which, which.before_id))
    return conditions


def _by_sending(which: LogFilter) -> bool:
    return which.dated_by is DatedBy.SENT and which.dated


def _order(which: LogFilter) -> tuple[sa.Column[Any], ...]:
    """The columns a listing follows, newest first. Each filter has an index in that order, so nothing is sorted."""
    if _by_sending(which):
        return report.c.sent_at, report.c.signup_row
    if which.until is not None:
        return signup.c.received_at, signup.c.id
    return (report.c.signup_row if of_reports(which) else signup.c.id,)


def _comes_after(which: LogFilter, signup_row: int) -> sa.ColumnElement[bool]:
    """Whether a row follows this signup in the listing."""
    *moment, by_id = _order(which)
    if not moment:
        return by_id < signup_row
    if _by_sending(which):
        at = sa.select(report.c.sent_at).where(report.c.signup_row == signup_row).scalar_subquery()
    else:
        at = sa.select(signup.c.received_at).where(signup.c.id == signup_row).scalar_subquery()
    return sa.tuple_(*moment, by_id) < sa.tuple_(at, sa.literal(signup_row))
