"""What must hold: nobody gets a second letter, nobody is lost, and the ledger says of a letter only what is so.

Checked from outside: SES's letters are the truth, the ledger is what they are compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.simulation.ses import DAY_S, Letter
from tests.simulation.website import Website, person_of
from tests.simulation.world import short
from worker.ledger.feedback_kinds import FeedbackKind, FeedbackRank
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.recount import differences
from worker.ledger.schema import attempt, audit, feedback_event, report, signup
from worker.ledger.status import conservation
from worker.ledger.store import Ledger

IN_MOTION = (ReportState.READY, ReportState.CLAIMED, ReportState.SENDING)
_ARRIVED = (FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED)
_NOT_KNOWN = "not known"
_TRUTH = {AttemptState.ACCEPTED, AttemptState.RETURNED, AttemptState.UNKNOWN}


class Violation(Exception):
    """Something that must hold does not. `kind` is short, and the same for every way to break it."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def check_newest_letter(ledger: Ledger, letters: Sequence[Letter], knew: Mapping[str, frozenset[str]]) -> None:
    """Raises Violation if the newest letter is a second to its reader.

    It may be one if the letter before had come back, a person replayed it, and no delivery had been reported by then:
    more nobody could know. `knew` says so of intents that the ledger has lost: see `came_back_for_intents`.
    """
    newest = letters[-1]
    person = person_of(newest.request.recipient)
    before = [letter for letter in letters[:-1] if person_of(letter.request.recipient) == person]
    with ledger.read() as tx:
        wrong = [
            letter
            for letter in before
            if letter.request.attempt_id not in knew.get(newest.request.attempt_id, ())
            and not _known_to_have_come_back(tx, letter, newest.request.attempt_id)
        ]
    if wrong:
        first, second = (short(letter.request.attempt_id) for letter in (wrong[0], newest))
        raise Violation("two letters", f"{person} gets {first} and {second}")


def came_back_for_intents(ledger: Ledger, letters: Sequence[Letter]) -> dict[str, frozenset[str]]:
    """Attempt that is about to be posted -> attempts whose letters the ledger knew to have come back.

    To be asked before the ledger goes back: such an attempt may still be posted, and rightly.
    """
    with ledger.read() as tx:
        intents = tx.execute(sa.select(attempt.c.id).where(attempt.c.state == AttemptState.INTENT)).scalars().all()
        return {
            intent: frozenset(
                letter.request.attempt_id for letter in letters if _known_to_have_come_back(tx, letter, intent)
            )
            for intent in intents
        }


def _known_to_have_come_back(tx: Connection, letter: Letter, later: str) -> bool:
    """Whether the ledger, when it intended the later attempt, had reason to believe that this letter came back."""
    intended = sa.select(attempt.c.intent_at).where(attempt.c.id == later)
    intent_at = tx.execute(intended).scalar_one_or_none()
    if intent_at is None:
        return False
    about = (feedback_event.c.attempt_id == letter.request.attempt_id, feedback_event.c.matched_at < intent_at)
    reported = tx.execute(sa.select(feedback_event).where(*about)).all()
    if any(event.kind in _ARRIVED for event in reported):
        return False
    limit = intent_at - timedelta(seconds=DAY_S)
    return any(event.rank == FeedbackRank.ARRIVAL and event.occurred_at <= limit for event in reported)


def in_motion(ledger: Ledger) -> int:
    """How many reports have not come to rest."""
    with ledger.read() as tx:
        states = conservation(tx).states
    return sum(states.get(state, 0) for state in IN_MOTION)


def check_at_rest(
    ledger: Ledger, letters: Sequence[Letter], website: Website, *, lost_commits: bool
) -> Mapping[str, int]:
    """Returns how many reports are in each state. Raises Violation."""
    if wrong := next(differences(ledger), None):
        raise Violation("counted wrongly", str(wrong))
    with ledger.read() as tx:
        sums = conservation(tx)
        if not sums.holds:
            raise Violation("not conserved", str(sums))
        reports = {row.id: row for row in tx.execute(sa.select(report))}
        attempts = {row.id: row for row in tx.execute(sa.select(attempt).order_by(attempt.c.intent_at))}
        _check_signups(tx, website)
        _check_proof(tx, attempts)
        _check_forbidden(tx, attempts, reports)
    for row in reports.values():
        if row.state in IN_MOTION:
            raise Violation("stuck", f"report {row.id} is {row.state}, {row.reason}")
    _check_truth(letters, attempts, reports, lost_commits=lost_commits)
    return Counter(str(row.state) for row in reports.values())


def _check_signups(tx: Connection, website: Website) -> None:
    """Every signup that was received has its row, and all were received."""
    rows = set(tx.execute(sa.select(signup.c.id)).scalars())
    for number, receipt in website.receipts.items():
        if receipt.signup_row not in rows:
            raise Violation("signup lost", f"signup {number} was received and is not in the ledger")
    waiting = website.unheard + website.queued
    if waiting:
        raise Violation("signup lost", f"signup {waiting[0].number} was never received")


def _check_proof(tx: Connection, attempts: Mapping[str, Any]) -> None:
    """No attempt is unknown of which the ledger has an event."""
    matched = set(
        tx.execute(sa.select(feedback_event.c.attempt_id).where(feedback_event.c.matched_at.is_not(None))).scalars()
    )
    for row in attempts.values():
        if row.state == AttemptState.UNKNOWN and row.id in matched:
            raise Violation("proof ignored", f"{short(row.id)} is unknown, and SES sent an event about it")


def _check_forbidden(tx: Connection, attempts: Mapping[str, Any], reports: Mapping[int, Any]) -> None:
    """No attempt was begun during a pause, or after its reader was suppressed or erased."""
    actions = tx.execute(sa.select(audit).order_by(audit.c.at, audit.c.id)).all()
    for row in attempts.values():
        if row.letter_sha256 == _NOT_KNOWN:  # taken up as lost
            continue
        key = reports[row.report_id].recipient_key
        before = [action for action in actions if action.at < row.intent_at]
        paused = [each.action for each in before if each.action in {"pause", "resume", "restore"}]
        theirs = [each.action for each in before if each.recipient_key == key]
        silenced = [action for action in theirs if action in {"suppress", "unsuppress"}]
        if paused and paused[-1] != "resume":
            raise Violation("sent during a pause", short(row.id))
        if silenced and silenced[-1] == "suppress":
            raise Violation("sent to a suppressed reader", short(row.id))
        erased_at = reports[row.report_id].erased_at
        if erased_at is not None and erased_at < row.intent_at:
            raise Violation("sent after an erasure", short(row.id))


def _check_truth(
    letters: Sequence[Letter], attempts: Mapping[str, Any], reports: Mapping[int, Any], *, lost_commits: bool
) -> None:
    accepted = {letter.request.attempt_id for letter in letters}
    for attempt_id in accepted - attempts.keys():
        if not lost_commits:
            raise Violation("accepted, not known", short(attempt_id))
    for row in attempts.values():
        if row.id in accepted and row.state not in _TRUTH:
            raise Violation("accepted, called otherwise", f"{short(row.id)} is {row.state}")
        if row.id not in accepted and row.state in {AttemptState.ACCEPTED, AttemptState.RETURNED}:
            raise Violation("called accepted, not so", short(row.id))
    for each in reports.values():
        mine = {row.state for row in attempts.values() if row.report_id == each.id}
        if each.state == ReportState.SENT and AttemptState.ACCEPTED not in mine:
            raise Violation("sent without a letter", f"report {each.id}")
