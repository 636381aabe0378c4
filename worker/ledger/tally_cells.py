"""What each row of the ledger counts as, by a query: the same as the triggers write when the row is written.

A recount and the purge need it for rows that are there; a test holds it against the triggers.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from worker.ledger.durations import day_of, seconds_between
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.letter_results import SENT_STATES, SOON_S
from worker.ledger.lifecycle import AttemptState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import attempt, report, signup, suppression
from worker.ledger.tally import SAID
from worker.ledger.tally_schema import NOT_SENT, WAITING, WAITING_STATES, tally_change

_COLUMNS = [column for column in tally_change.c if column.name != "id"]
COLUMNS = [column.name for column in _COLUMNS]
_EMPTY = {"n": sa.literal(1), "purged": sa.false(), "received_on": sa.literal(""), "sent_on": sa.literal(NOT_SENT)}
_OF_SIGNUP = {
    "received_on": day_of(signup.c.received_at),
    "channel": signup.c.channel,
    "role": signup.c.role_slug,
    "page": signup.c.source_page,
    "campaign": signup.c.campaign,
}


def signups(*where: sa.ColumnElement[bool], purged: bool = False) -> sa.Select[Any]:
    """The cells of signups."""
    unknown = signup.c.outcome == Outcome.UNKNOWN_ROLE
    cells = {
        "outcome": signup.c.outcome,
        "title": sa.case((unknown, signup.c.folded_title)),
        "title_reason": sa.case((unknown, signup.c.reason)),
    }
    return _cells({**_OF_SIGNUP, **cells}, purged=purged).where(*where)


def reports(*where: sa.ColumnElement[bool], purged: bool = False) -> sa.Select[Any]:
    """The cells of reports whose signups are there."""
    sent = report.c.state.in_(SENT_STATES)
    no_word = sa.func.coalesce(report.c.feedback, "").not_in(SAID)
    cells = {
        "sent_on": sa.case((sent, sa.func.coalesce(day_of(report.c.sent_at), NOT_SENT)), else_=NOT_SENT),
        "state": sa.case((report.c.state.in_(WAITING_STATES), WAITING), else_=report.c.state),
        "feedback": sa.case((sent, report.c.feedback)),
        "soon": sa.case((sent, seconds_between(report.c.created_at, report.c.sent_at) <= SOON_S)),
        "bounce": sa.case((sa.and_(sent, report.c.feedback == FeedbackKind.BOUNCED), report.c.feedback_detail)),
        "domain": sa.case((sa.and_(sent, no_word), signup.c.domain)),
    }
    joined = report.join(signup, signup.c.id == report.c.signup_row)
    return _cells({**_OF_SIGNUP, **cells}, purged=purged).select_from(joined).where(*where)


def attempts(*where: sa.ColumnElement[bool], purged: bool = False) -> sa.Select[Any]:
    """The cells of attempts."""
    cells = {"mailer": attempt.c.mailer, "attempt_state": attempt.c.state}
    return _cells(cells, purged=purged).where(attempt.c.state != AttemptState.INTENT, *where)


def suppressions() -> sa.Select[Any]:
    """The cells of suppressions."""
    return _cells({"suppressions": sa.literal(1)}).select_from(suppression)


def _cells(given: dict[str, Any], *, purged: bool = False) -> sa.Select[Any]:
    """A query of the columns of `tally_change` but its id, NULL where nothing is given."""
    values = {**_EMPTY, **given, "purged": sa.true() if purged else sa.false()}
    nothing = {column.name: sa.cast(sa.null(), column.type) for column in _COLUMNS}
    return sa.select(*(value.label(name) for name, value in {**nothing, **values}.items()))
