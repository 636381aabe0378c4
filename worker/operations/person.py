"""One person's story: the report owed, every event in order, and the letter as it was sent. The address is masked.

Each page and command that reads the address in clear is recorded in `audit`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from markupsafe import escape
from sqlalchemy.engine import Connection

from worker.delivery.composer import Composer
from worker.ledger.disclosure import address_in_clear, record_disclosure
from worker.ledger.lifecycle import HANDED_OVER, LIVE_ATTEMPT_STATES
from worker.ledger.rows import AttemptRow, ReportRow, SignupRow
from worker.ledger.store import Ledger
from worker.ledger.timeline import Step, attempts_of, find_report_row, letter_attempt, signups_of, timeline
from worker.masking import mask_address, mask_text
from worker.operations.letter_check import Comparison, check_letter
from worker.operations.send_log import UNMASK
from worker.reader_links import ReaderLinks


class Left(StrEnum):
    """Whether SES accepted a letter."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OwedReport:
    """The report owed to this person, without profile and address. `has_address`: not erased."""

    id: int
    role: str
    role_as_written: str
    state: str
    reason: str | None
    reason_text: str | None
    feedback: str | None
    sent_at: datetime | None
    not_before: datetime
    has_address: bool


@dataclass(frozen=True, slots=True)
class RecordedLetter:
    """What is on record about a letter: of the attempt that SES accepted, else of the last one.

    `said` is its title and index in words. `subject`, `report_kind`, `role` and `said` are None where they were not
    recorded.
    """

    left: Left
    ses_message_id: str | None
    subject: str | None
    report_kind: str | None
    role: str | None
    said: str | None
    catalogue_version: str
    template_version: str
    letter_sha256: str


@dataclass(frozen=True, slots=True)
class Person:
    """Everything known under one recipient key. `address` is masked; None where it was erased."""

    recipient_key: str
    address: str | None
    report: OwedReport | None
    letter: RecordedLetter | None
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class LetterAgain:
    """The letter composed again, and how it compares with the one that left. `html` holds no address and no link out.

    The texts are empty where no letter can be composed.
    """

    comparison: Comparison
    subject: str = ""
    html: str = ""
    catalogue_version: str = ""
    template_version: str = ""
    sha256: str = ""


def find_person(ledger: Ledger, recipient_key: str) -> Person | None:
    """The person under this key; None where nothing was ever received. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        return _person(tx, recipient_key)


def find_person_of_report(ledger: Ledger, report_id: int) -> Person | None:
    """The person to whom this report is owed; None where there is no such report. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        row = find_report_row(tx, report_id=report_id)
        return None if row is None else _person(tx, row.recipient_key)


def unmask(ledger: Ledger, person: Person, *, actor: str) -> str | None:
    """The address in clear, recorded before it is read; None, and nothing recorded, where it was erased.

    Raises LedgerUnavailable: then nothing was recorded.
    """
    if person.report is None or not person.report.has_address:
        return None
    report_id = person.report.id
    with ledger.write() as tx:
        disclosure = record_disclosure(
            tx, actor=actor, action=UNMASK, report_id=report_id, recipient_key=person.recipient_key
        )
        return address_in_clear(tx, report_id, disclosure)


def compose_again(ledger: Ledger, composer: Composer, links: ReaderLinks, person: Person) -> LetterAgain | None:
    """The letter, composed from what the ledger kept; None where no report is owed. Raises LedgerUnavailable."""
    if person.report is None:
        return None
    with ledger.read() as tx:
        row = find_report_row(tx, report_id=person.report.id)
        attempts = attempts_of(tx, person.report.id)
    assert row is not None, "reports are never deleted"
    again = check_letter(composer, row, letter_attempt(attempts))
    if again.letter is None or row.address is None:
        return LetterAgain(again.comparison)
    html = again.letter.html
    for link in (links.unsubscribe(row.link_token), links.forget(row.link_token), links.report(row.link_token)):
        html = html.replace(link, "#")
    html = html.replace(str(escape(row.address)), str(escape(mask_address(row.address))))
    return LetterAgain(
        again.comparison, again.letter.subject, html, again.letter.catalogue_version, again.letter.template_version,
        again.letter.sha256,
    )  # fmt: skip


def _person(tx: Connection, recipient_key: str) -> Person | None:
    row = find_report_row(tx, recipient_key=recipient_key)
    signups = signups_of(tx, recipient_key)
    if row is None and not signups:
        return None
    attempt = letter_attempt(attempts_of(tx, row.id)) if row is not None else None
    return Person(
        recipient_key=recipient_key,
        address=mask_address(row.address) if row is not None and row.address else _masked_address(signups),
        report=_owed(row) if row is not None else None,
        letter=_recorded(attempt) if attempt is not None else None,
        steps=[replace(step, detail=_masked(step)) for step in timeline(tx, recipient_key)],
    )


def _masked_address(signups: list[SignupRow]) -> str | None:
    kept = [row.address_masked for row in signups if row.address_masked]
    return kept[-1] if kept else None


def _masked(step: Step) -> dict[str, Any]:
    return {name: mask_text(value) if isinstance(value, str) else value for name, value in step.detail.items()}


def _owed(row: ReportRow) -> OwedReport:
    return OwedReport(
        id=row.id, role=row.role_slug or row.role_text, role_as_written=row.role_text, state=row.state,
        reason=row.reason, reason_text=row.reason_text, feedback=row.feedback, sent_at=row.sent_at,
        not_before=row.not_before, has_address=row.address is not None,
    )  # fmt: skip


def _recorded(row: AttemptRow) -> RecordedLetter:
    said = None
    if row.title is not None and row.index_value is not None:
        said = f"{row.title}: {row.index_value} of 100, between {row.index_low} and {row.index_high}"
    return RecordedLetter(
        left=_left(row.state), ses_message_id=row.ses_message_id, subject=row.subject, report_kind=row.report_kind,
        role=row.role_slug, said=said, catalogue_version=row.catalogue_version, template_version=row.template_version,
        letter_sha256=row.letter_sha256,
    )  # fmt: skip


def _left(state: str) -> Left:
    if state in HANDED_OVER:
        return Left.YES
    return Left.UNKNOWN if state in LIVE_ATTEMPT_STATES else Left.NO
