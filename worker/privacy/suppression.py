"""Suppression of one person: they are never mailed again, and a report not yet posted is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from worker.ledger import reports, signups, suppressions
from worker.ledger.audit import record_action
from worker.ledger.suppressions import SuppressedRecipient

READER = "reader"
UNSUBSCRIBED = "unsubscribed"
UNSUPPRESS = "unsuppress"
"""The action in `audit`: a suppression was lifted."""
UNDONE = "unsubscribe undone"
_BY_READER = (UNSUBSCRIBED, READER)


@dataclass(frozen=True, slots=True)
class Suppression:
    """`new`: the person was not suppressed before; `cancelled` is the id of the report cancelled by it, if any."""

    new: bool
    cancelled: int | None


def suppress(tx: Connection, recipient_key: str, *, reason: str, actor: str) -> Suppression:
    """Suppress one person and record who asked. Safe to repeat; needs no address, so it works for erased people.

    What they may undo themselves becomes what they may not, once a bounce, a complaint or an operator says the same.
    """
    new = suppressions.suppress(tx, recipient_key, reason=reason, actor=actor)
    if not new and actor != READER:
        suppressions.replace(tx, recipient_key, _BY_READER, reason=reason, actor=actor)
    owed = signups.find_report(tx, recipient_key)
    cancelled = None
    if owed is not None and reports.cancel(tx, owed.id, reason="suppressed"):
        cancelled = owed.id
    if new or cancelled is not None:
        report_id = None if owed is None else owed.id
        record_action(
            tx, actor=actor, action="suppress", report_id=report_id, recipient_key=recipient_key, reason=reason
        )
    return Suppression(new, cancelled)


def unsubscribe(tx: Connection, recipient_key: str) -> Suppression:
    """Suppress one person who asked for it by the link of their letter."""
    return suppress(tx, recipient_key, reason=UNSUBSCRIBED, actor=READER)


def undo_unsubscribe(tx: Connection, recipient_key: str) -> bool:
    """Lift the suppression that the person's own link made, and record it; False where there is none such.

    A suppression after a bounce or a complaint, or by an operator, stays. A report that it cancelled stays cancelled.
    """
    lifted = suppressions.lift(tx, recipient_key, reason=UNSUBSCRIBED, actor=READER)
    if lifted:
        owed = signups.find_report(tx, recipient_key)
        report_id = None if owed is None else owed.id
        record_action(
            tx, actor=READER, action=UNSUPPRESS, report_id=report_id, recipient_key=recipient_key, reason=UNDONE
        )
    return lifted


def unsuppress(tx: Connection, recipient_key: str, *, reason: str, actor: str, detail: Mapping[str, object]) -> bool:
    """Lift a suppression, by anybody, and record who did so and why; False where there is none.

    A report that it cancelled stays cancelled; one that came back may be replayed.
    """
    lifted = suppressions.remove(tx, recipient_key)
    if lifted:
        owed = signups.find_report(tx, recipient_key)
        report_id = None if owed is None else owed.id
        record_action(
            tx, actor=actor, action=UNSUPPRESS, report_id=report_id, recipient_key=recipient_key, reason=reason,
            detail=detail,
        )  # fmt: skip
    return lifted


def is_by_reader(suppression: SuppressedRecipient) -> bool:
    """Whether the person's own link made this suppression."""
    return (suppression.reason, suppression.actor) == _BY_READER
