"""The state of the ledger and of sending: the conservation sums, counts and ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import accounts, feedback_faults, holds, tally
from worker.ledger.accounts import AccountReading
from worker.ledger.channels import Lane
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.holds import Hold
from worker.ledger.lifecycle import HANDED_OVER, AttemptState, ReportState
from worker.ledger.limited_signups import DAY_S, LimitedSignups, limited
from worker.ledger.outcomes import Outcome
from worker.ledger.pauses import Pause, current_pause
from worker.ledger.schema import READY, UNDECIDED, attempt, report
from worker.ledger.send_times import LaneTimes, lane_times
from worker.ledger.store import after, database_now, now
from worker.ledger.tally_schema import COUNTED_ATTEMPTS, COUNTED_STATES, WAITING
from worker.setting_types import MailerKind

HOUR_S = 3600.0

_OUTCOMES = tuple(f"outcome_{outcome}" for outcome in Outcome)
_STATES = tuple(f"state_{state}" for state in COUNTED_STATES)


@dataclass(frozen=True, slots=True)
class Conservation:
    """Nothing received is missing: every signup has an outcome, every admitted one a report in some state."""

    signups: int
    outcomes: Mapping[Outcome, int]
    states: Mapping[ReportState, int]

    @property
    def holds(self) -> bool:
        """Whether both sums are equal to what they sum up."""
        admitted = self.outcomes[Outcome.ADMITTED]
        return self.signups == sum(self.outcomes.values()) and admitted == sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of the whole ledger, and those of its last hour, at `at` by the database's clock."""

    at: datetime
    conservation: Conservation
    attempts: Mapping[str, int]
    sent_by_mailer: Mapping[str, int]
    feedback: Mapping[str, int]
    suppressions: int
    sent_last_hour: int
    send_times: tuple[LaneTimes, ...]
    """Of the same hour."""


@dataclass(frozen=True, slots=True)
class SendingStatus:
    """The state of sending. `event_silence_s`: seconds of sending without an SES event; None where none is overdue."""

    account: AccountReading | None
    hold: Hold | None
    held_back: int
    event_silence_s: float | None
    unmatched_events: int
    second_letters: list[int]

    def silent(self, *, configuration_set: str | None, limit_s: float) -> bool:
        """Whether an event is overdue by more than `limit_s` seconds; never without a configuration set."""
        return configuration_set is not None and self.event_silence_s is not None and self.event_silence_s > limit_s


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the ledger. Ages in seconds; None where there is nothing to age.

    What was counted is of `counted_ago_s` ago, see Counts; the rest is of just now.
    """

    conservation: Conservation
    attempts: Mapping[str, int]
    sent_by_mailer: Mapping[str, int]
    feedback: Mapping[str, int]
    suppressions: int
    counted_ago_s: float
    pause: Pause | None
    waiting_s: Mapping[Lane, float | None]
    """How long the oldest due report of each lane has been due."""
    oldest_unknown_s: float | None
    sent_last_hour: int
    send_times: tuple[LaneTimes, ...]
    sending: SendingStatus
    limited_last_day: tuple[LimitedSignups, ...]
    """What the limits on signups did in the last 24 hours; those that were turned away are in neither sum."""

    @property
    def oldest_ready_s(self) -> float | None:
        """How long the oldest due report has been due."""
        return max((waited for waited in self.waiting_s.values() if waited is not None), default=None)

    @property
    def turned_away(self) -> int:
        """Signups of the last 24 hours that left no row, because their source had had too many refusals."""
        return sum(done.signups for done in self.limited_last_day if done.action == "turned_away")


def conservation(tx: Connection) -> Conservation:
    """Both sums, from the counts that are kept with the writes; of purged rows too."""
    found = tally.totals(tx, [*_OUTCOMES, *_STATES])
    outcomes = {outcome: found[f"outcome_{outcome}"] for outcome in Outcome}
    waiting = _waiting(tx, found[f"state_{WAITING}"])
    states = {state: waiting[state] if state in waiting else found[f"state_{state}"] for state in ReportState}
    return Conservation(signups=sum(outcomes.values()), outcomes=outcomes, states=states)


def count_ledger(tx: Connection) -> Counts:
    """Read every count. The cost does not grow with the ledger, and little with how much is sent in an hour."""
    attempts = _count_attempts(tx)
    lately = (attempt.c.state == AttemptState.ACCEPTED, attempt.c.finished_at > after(-HOUR_S))
    feedback = tally.totals(tx, [f"feedback_{kind}" for kind in FeedbackKind])
    return Counts(
        at=database_now(tx),
        conservation=conservation(tx),
        attempts=_sums((state, count) for (_, state), count in attempts.items()),
        sent_by_mailer=_sums(
            (mailer, count) for (mailer, state), count in sorted(attempts.items()) if state in HANDED_OVER
        ),
        feedback={str(kind): count for kind in FeedbackKind if (count := feedback[f"feedback_{kind}"])},
        suppressions=tally.totals(tx, ["suppressions"])["suppressions"],
        sent_last_hour=tx.execute(sa.select(sa.func.count()).select_from(attempt).where(*lately)).scalar_one(),
        send_times=lane_times(tx, within_s=HOUR_S),
    )


def read_status(tx: Connection, counts: Counts | None = None) -> Status:
    """The state of the ledger. A page that is asked for often passes `counts` read before."""
    counts = counts or count_ledger(tx)
    moment = database_now(tx)

    def age(column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> float | None:
        oldest = tx.execute(sa.select(sa.func.min(column)).where(*where)).scalar_one()
        return None if oldest is None else max(0.0, (moment - oldest).total_seconds())

    return Status(
        conservation=counts.conservation,
        attempts=counts.attempts,
        sent_by_mailer=counts.sent_by_mailer,
        feedback=counts.feedback,
        suppressions=counts.suppressions,
        counted_ago_s=max(0.0, (moment - counts.at).total_seconds()),
        pause=current_pause(tx),
        waiting_s={
            lane: age(report.c.not_before, READY, report.c.lane == lane, report.c.not_before <= now()) for lane in Lane
        },
        oldest_unknown_s=age(report.c.changed_at, UNDECIDED),
        sent_last_hour=counts.sent_last_hour,
        send_times=counts.send_times,
        sending=sending_status(tx),
        limited_last_day=limited(tx, within_s=DAY_S),
    )


def sending_status(tx: Connection) -> SendingStatus:
    """The state of sending."""
    return SendingStatus(
        account=accounts.last_account(tx),
        hold=holds.current_hold(tx),
        held_back=holds.held_back_count(tx),
        event_silence_s=feedback_faults.silence_s(tx, mailers=[kind for kind in MailerKind if kind.reports_events]),
        unmatched_events=feedback_faults.unmatched_count(tx),
        second_letters=feedback_faults.second_letters(tx),
    )


def _waiting(tx: Connection, waiting: int) -> dict[ReportState, int]:
    """The reports that wait, by state. Those that workers hold are few, and counted where they are."""
    held = (ReportState.CLAIMED, ReportState.SENDING)
    query = sa.select(report.c.state, sa.func.count()).where(report.c.state.in_(held)).group_by(report.c.state)
    found: dict[str, int] = dict(tx.execute(query).all())
    counts = {state: found.get(state, 0) for state in held}
    return {ReportState.READY: waiting - sum(counts.values()), **counts}


def _count_attempts(tx: Connection) -> dict[tuple[str, str], int]:
    """How many attempts there are, by mailer and state."""
    counts: dict[tuple[str, str], int] = {}
    columns = {f"attempt_{state}": state for state in COUNTED_ATTEMPTS}
    for row in tally.read(tx, tally.GroupedBy.MAILER, ("name",), list(columns)):
        counts |= {(row.name, state): count for name, state in columns.items() if (count := getattr(row, name))}
    query = sa.select(attempt.c.mailer, sa.func.count()).where(attempt.c.state == AttemptState.INTENT)
    return counts | {
        (mailer, AttemptState.INTENT): count for mailer, count in tx.execute(query.group_by(attempt.c.mailer))
    }


def _sums(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, count in counted:
        sums[name] = sums.get(name, 0) + count
    return sums
