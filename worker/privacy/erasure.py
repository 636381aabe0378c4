"""Erasure of one person on request, in any state of their report.

Once `erase` has committed, no new send to them can begin: no address is left, and a waiting report is cancelled. A send
that has begun cannot be called back; it finishes and its result is recorded, which needs no address. The erasure is
confirmed when SES can accept no such send any more, at `may_leave_until`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.engine import Connection

from worker.address import AddressError, parse_address
from worker.ledger import erasure, reports
from worker.ledger.audit import record_action
from worker.ledger.lifecycle import ReportState
from worker.ledger.store import Ledger
from worker.ledger.timeline import find_report_row

log = structlog.get_logger(__name__)

ACTION = "erase"
REASON = "erased"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. `may_leave_until`: a send had begun, which SES may accept until then; None: confirmed.

    `attempts` are the ids of all attempts ever made: an outbox names its letters by them.
    """

    reports: tuple[int, ...]
    cancelled: tuple[int, ...]
    signups: int
    events: int
    attempts: tuple[str, ...]
    may_leave_until: datetime | None

    @property
    def known(self) -> bool:
        """Whether the ledger had any row of this person."""
        return bool(self.reports or self.signups)


def erase(ledger: Ledger, recipient_key: str, *, addresses: Iterable[str], actor: str, reason: str) -> Erased:
    """Erase one person. Safe to repeat; the repeat shows whether the erasure is confirmed by now.

    `addresses` are the spellings that the caller knows; with those in the ledger they find events that belong to no
    report. Raises LedgerUnavailable: then nothing was erased.
    """
    with ledger.write() as tx:
        erasure.forget_attempts(tx, recipient_key)
        spellings = _spellings(addresses, erasure.addresses_of(tx, recipient_key))
        ids = erasure.forget_reports(tx, recipient_key)  # it locks the rows against a new send
        cancelled = _cancel(tx, ids)
        attempts = erasure.attempts_of(tx, ids)
        erased = Erased(
            reports=tuple(ids),
            cancelled=cancelled,
            signups=erasure.forget_signups(tx, recipient_key),
            events=erasure.forget_feedback(tx, attempts, spellings),
            attempts=tuple(attempts),
            may_leave_until=erasure.may_leave_until(tx, recipient_key),
        )
        if erased.known:
            record_action(
                tx, actor=actor, action=ACTION, report_id=ids[-1] if ids else None, recipient_key=recipient_key,
                reason=reason, detail={"cancelled": list(cancelled), "signups": erased.signups},
            )  # fmt: skip
    log.info("erased", reports=ids, cancelled=list(cancelled), signups=erased.signups, actor=actor)
    return erased


def is_sending(ledger: Ledger, recipient_key: str) -> bool:
    """Whether a send to this person has begun and has no result yet. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        row = find_report_row(tx, recipient_key=recipient_key)
    return row is not None and row.state == ReportState.SENDING


def confirm(ledger: Ledger, recipient_key: str, done: Erased) -> Erased:
    """Bring `done` up to date: a report whose send was refused meanwhile is cancelled. Raises LedgerUnavailable."""
    with ledger.write() as tx:
        cancelled = _cancel(tx, done.reports)
        until = erasure.may_leave_until(tx, recipient_key)
    return replace(done, cancelled=done.cancelled + cancelled, may_leave_until=until)


def _spellings(*known: Iterable[str]) -> set[str]:
    """Each address as given, and as SES writes it: with its domain in ASCII."""
    spellings = {address for addresses in known for address in addresses}
    for address in tuple(spellings):
        with contextlib.suppress(AddressError):  # as an operator typed it
            spellings.add(parse_address(address).ascii)
    return spellings


def _cancel(tx: Connection, report_ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(report_id for report_id in report_ids if reports.cancel(tx, report_id, reason=REASON))
