"""A report as its reader opens it: by the token of the link, which is all that the reader shows us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from worker.ledger import audit, suppressions
from worker.ledger.lifecycle import AttemptState
from worker.ledger.rows import AttemptRow, ReportRow
from worker.ledger.store import Ledger
from worker.ledger.timeline import attempts_of, find_report_row
from worker.privacy import erasure
from worker.privacy.suppression import is_by_reader
from worker.reader_links import is_link_token
from worker.report.profile import EMPTY_PROFILE, TaskProfile


class Mail(StrEnum):
    """Whether we may write to the reader."""

    WANTED = "wanted"
    UNSUBSCRIBED = "unsubscribed"
    """By a link of ours: the reader may undo it."""
    BARRED = "barred"
    """After a bounce or a complaint, or by an operator: it stays."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """What the letter said, as recorded when it was sent. The index is in points, 0 to 100."""

    sent_at: datetime
    title: str
    value: int
    low: int
    high: int
    catalogue_version: str
    template_version: str


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """One report without its address. `letter` is None where no letter is known to have left.

    `forgotten_at`: what the reader gave us is no longer here since then, `on_request` or because its time was over.
    """

    recipient_key: str
    link_token: str
    role_text: str
    role_slug: str | None
    profile: TaskProfile
    letter: SentLetter | None
    mail: Mail
    forgotten_at: datetime | None = None
    on_request: bool = False

    @property
    def written_on(self) -> date | None:
        """The date of the letter, whose report this is; None where no letter is known to have left."""
        return self.letter.sent_at.date() if self.letter else None


def open_report(ledger: Ledger, token: str) -> OpenedReport | None:
    """The report that this token opens; None where it opens none. Raises LedgerUnavailable."""
    if not is_link_token(token):
        return None
    with ledger.read() as tx:
        row = find_report_row(tx, link_token=token)
        return None if row is None else _opened(tx, row)


def _opened(tx: Connection, row: ReportRow) -> OpenedReport:
    return OpenedReport(
        recipient_key=row.recipient_key,
        link_token=row.link_token,
        role_text=row.role_text,
        role_slug=row.role_slug,
        profile=EMPTY_PROFILE if row.profile is None else TaskProfile.from_json(row.profile),
        letter=_letter(attempts_of(tx, row.id)),
        mail=_mail(tx, row.recipient_key),
        forgotten_at=row.erased_at,
        on_request=row.erased_at is not None and audit.was_done(tx, erasure.ACTION, row.recipient_key),
    )


def _letter(attempts: list[AttemptRow]) -> SentLetter | None:
    """The letter that SES accepted, else the last that it may have accepted: its reader has the link."""
    left = [row for row in attempts if row.state not in {AttemptState.REFUSED, AttemptState.VOIDED}]
    if not left:
        return None
    row = max(left, key=lambda attempt: (attempt.state == AttemptState.ACCEPTED, attempt.number))
    if row.title is None or row.index_value is None or row.index_low is None or row.index_high is None:
        return None
    return SentLetter(
        row.signed_at, row.title, row.index_value, row.index_low, row.index_high, row.catalogue_version,
        row.template_version,
    )  # fmt: skip


def _mail(tx: Connection, recipient_key: str) -> Mail:
    found = suppressions.find_suppression(tx, recipient_key)
    if found is None:
        return Mail.WANTED
    return Mail.UNSUBSCRIBED if is_by_reader(found) else Mail.BARRED
