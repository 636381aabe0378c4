"""Replay: an operator puts stopped or returned reports back to ready. A plan first, then the action on safe ones only.

Where the ledger cannot rule out that a letter was accepted, a replay could send a second one. The plan shows such
reports, and the action leaves them as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy.engine import Connection

from worker.ledger import file_letters, reports
from worker.ledger.audit import record_action
from worker.ledger.lifecycle import REPLAYABLE, ReportState
from worker.ledger.stopped_reports import Selection, StoppedReport, stopped_reports
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

ACTION = "replay"
BATCH = 100  # reports put back in one transaction


class Group(StrEnum):
    """What a replay would mean for one report. `replay` acts on SAFE reports only."""

    SAFE = "safe"
    MAY_DUPLICATE = "may_duplicate"
    SUPPRESSED = "suppressed"
    ALREADY_SENT = "already_sent"
    UNKNOWN = "unknown"
    NOT_STOPPED = "not_stopped"


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """One report of the plan; `why` is a sentence for the operator."""

    report: StoppedReport
    group: Group
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would do. `missing` are the requested ids that do not exist."""

    reports: tuple[PlannedReport, ...]
    missing: tuple[int, ...] = ()

    def in_group(self, group: Group) -> tuple[PlannedReport, ...]:
        """The reports of one group, oldest first."""
        return tuple(planned for planned in self.reports if planned.group is group)

    @property
    def counts(self) -> dict[Group, int]:
        """How many reports each group has; a group without reports has 0."""
        counted = Counter(planned.group for planned in self.reports)
        return {group: counted[group] for group in Group}

    @property
    def safe_ids(self) -> tuple[int, ...]:
        """The ids of the reports that a replay would put back."""
        return tuple(planned.report.id for planned in self.in_group(Group.SAFE))


@dataclass(frozen=True, slots=True)
class Replayed:
    """The ids of the reports put back to ready, and of those left alone because they were not safe when acted on."""

    put_back: tuple[int, ...]
    left_alone: tuple[int, ...]


def plan(tx: Connection, which: Selection) -> Plan:
    """Plan a replay of the selected reports: every stopped or returned one, or those named by id, in any state.

    With `in_files`: of those whose letter went to a file.
    """
    found = stopped_reports(tx, which)
    known = {report.id for report in found}
    if which.ids and len(known) < len(set(which.ids)):  # an id that the other filters exclude exists all the same
        known |= {report.id for report in stopped_reports(tx, Selection(ids=which.ids))}
    return Plan(tuple(judge(report) for report in found), tuple(sorted(set(which.ids) - known)))


def why_never(state: ReportState) -> str | None:
    """Why a report in `state` is never replayed; None for the states in which it may be."""
    return None if state in REPLAYABLE else _NOT_STOPPED.get(state, _IN_PROGRESS)[1]


def judge(report: StoppedReport) -> PlannedReport:
    """Put one report into its group and say why. The first objection to a replay decides."""
    group, why = _group_of(report)
    return PlannedReport(report, group, why)


def act(
    ledger: Ledger, ids: Sequence[int], *, actor: str, reason: str, on_progress: Callable[[int], None] = lambda _: None
) -> Replayed:
    """Put the safe reports among `ids` back to ready. Each is judged again under a lock and recorded in `audit`.

    `on_progress` is called with the number of reports in each batch. Raises LedgerUnavailable: then the batches before
    stay done, and repeating the whole replay is harmless.
    """
    put_back: list[int] = []
    for start in range(0, len(ids), BATCH):
        batch = tuple(ids[start : start + BATCH])
        with ledger.write() as tx:
            stopped = stopped_reports(tx, Selection(ids=batch), lock=True)
            done = [report.id for report in stopped if _put_back(tx, report, actor=actor, reason=reason)]
        put_back += done
        log.info("replayed", count=len(done), actor=actor)  # each is in `audit`
        on_progress(len(batch))
    return Replayed(tuple(put_back), tuple(sorted(set(ids) - set(put_back))))


def _put_back(tx: Connection, report: StoppedReport, *, actor: str, reason: str) -> bool:
    put_back = file_letters.replay_file if report.in_file else reports.replay
    if judge(report).group is not Group.SAFE or not put_back(tx, report.id):
        return False
    record_action(
        tx, actor=actor, action=ACTION, report_id=report.id, recipient_key=report.recipient_key, reason=reason,
        detail={"from": str(report.state), "stopped_by": report.reason},
    )  # fmt: skip
    return True


def _group_of(report: StoppedReport) -> tuple[Group, str]:
    if report.state not in REPLAYABLE and not report.in_file:
        return _NOT_STOPPED.get(report.state, _IN_PROGRESS)
    if report.suppressed:
        return Group.SUPPRESSED, "its reader must never be mailed again; `worker unsuppress` can take that back"
    if not report.has_address:
        return Group.SUPPRESSED, "its address was erased; there is nowhere to send it"
    if report.voided:
        return Group.MAY_DUPLICATE, "an operator once assumed an attempt unsent; nothing proves that it was"
    if report.before_restore:
        return Group.MAY_DUPLICATE, "it stopped before a backup was restored; it may have been replayed and sent since"
    return Group.SAFE, _why_safe(report)


def _why_safe(report: StoppedReport) -> str:
    if report.in_file:
        return "its letter was written to a file by the outbox mailer (WORKER_MAILER); nobody received it"
    if report.state is ReportState.RETURNED:
        return "its letter came back, and no delivery was reported"
    return "SES refused every attempt" if report.attempts else "nothing was ever handed to SES"


_IN_PROGRESS = (Group.NOT_STOPPED, "it has not stopped: it is being sent, or waits for its turn")
_NOT_STOPPED = {
    ReportState.SENT: (Group.ALREADY_SENT, "SES accepted it; no reader gets a second letter"),
    ReportState.UNKNOWN: (
        Group.UNKNOWN,
        "SES may have accepted it: wait for its event, or decide with `worker resolve ID --sent | --assume-unsent`",
    ),
    ReportState.CANCELLED: (Group.SUPPRESSED, "it was cancelled: its reader unsubscribed, was suppressed or erased"),
}
