"""The verdict on an installation's health: a list of findings, each with its cause, its remedy and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from worker.times import iso


class Severity(StrEnum):
    """What a finding asks of a person."""

    ACT = "act"
    """Somebody must act now: a reader will notice otherwise. It pages, and `worker status` exits 1."""
    LOOK = "look"
    """Somebody should look at it during working hours."""
    WAIT = "wait"
    """Nobody has to do anything: it ends by itself."""


class Alarm(StrEnum):
    """The names of the findings. The table of docs/operations.md has a row for each, and a test plays it."""

    SIGNUP_MISSING = "signup_missing"
    SECOND_LETTERS = "second_letters"
    LEDGER_AWAY = "ledger_away"
    LEDGER_RESTORED = "ledger_restored"
    REDIS_AWAY = "redis_away"
    WRONG_INSTALLATION = "wrong_installation"
    NO_WORKER = "no_worker"
    START_REFUSED = "start_refused"
    BROKEN_TEMPLATE = "broken_template"
    ACCOUNT_PAUSED = "account_paused"
    CREDENTIALS_REFUSED = "credentials_refused"
    ACCOUNT_UNREADABLE = "account_unreadable"
    SES_OUT_OF_REACH = "ses_out_of_reach"
    STOPPED_IN_A_ROW = "stopped_in_a_row"
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    PAUSED_BY_OPERATOR = "paused_by_operator"
    QUOTA_SPENT = "quota_spent"
    QUOTA_NEARLY_SPENT = "quota_nearly_spent"
    EVENT_SILENCE = "event_silence"
    CANARY_MISSING = "canary_missing"
    REPORTS_WAIT = "reports_wait"
    SIGNUPS_WAIT = "signups_wait"
    SENT_LATE = "sent_late"
    UNKNOWN_SENDS = "unknown_sends"
    REPORTS_STOPPED = "reports_stopped"
    WORKER_GONE = "worker_gone"
    RESULT_SPOOLED = "result_spooled"
    RESULT_LOST = "result_lost"
    DISK_NEARLY_FULL = "disk_nearly_full"
    UNEXPECTED_ERRORS = "unexpected_errors"
    RETENTION_LATE = "retention_late"
    COUNTS_WRONG = "counts_wrong"
    LIMITS_BITE = "limits_bite"


SEVERITIES: Mapping[Alarm, tuple[Severity, ...]] = MappingProxyType({
    Alarm.SIGNUP_MISSING: (Severity.ACT,),
    Alarm.SECOND_LETTERS: (Severity.ACT,),
    Alarm.LEDGER_AWAY: (Severity.ACT,),
    Alarm.LEDGER_RESTORED: (Severity.ACT,),
    Alarm.REDIS_AWAY: (Severity.ACT,),
    Alarm.WRONG_INSTALLATION: (Severity.ACT,),
    Alarm.NO_WORKER: (Severity.LOOK, Severity.ACT),
    Alarm.START_REFUSED: (Severity.ACT,),
    Alarm.BROKEN_TEMPLATE: (Severity.ACT,),
    Alarm.ACCOUNT_PAUSED: (Severity.ACT,),
    Alarm.CREDENTIALS_REFUSED: (Severity.ACT,),
    Alarm.ACCOUNT_UNREADABLE: (Severity.ACT,),
    Alarm.SES_OUT_OF_REACH: (Severity.WAIT, Severity.ACT),
    Alarm.STOPPED_IN_A_ROW: (Severity.ACT,),
    Alarm.BOUNCES: (Severity.ACT,),
    Alarm.COMPLAINTS: (Severity.ACT,),
    Alarm.PAUSED_BY_OPERATOR: (Severity.LOOK, Severity.ACT),
    Alarm.QUOTA_SPENT: (Severity.WAIT,),
    Alarm.QUOTA_NEARLY_SPENT: (Severity.LOOK,),
    Alarm.EVENT_SILENCE: (Severity.ACT,),
    Alarm.CANARY_MISSING: (Severity.LOOK, Severity.ACT),
    Alarm.REPORTS_WAIT: (Severity.LOOK, Severity.ACT),
    Alarm.SIGNUPS_WAIT: (Severity.LOOK, Severity.ACT),
    Alarm.SENT_LATE: (Severity.LOOK,),
    Alarm.UNKNOWN_SENDS: (Severity.LOOK,),
    Alarm.REPORTS_STOPPED: (Severity.LOOK,),
    Alarm.WORKER_GONE: (Severity.LOOK,),
    Alarm.RESULT_SPOOLED: (Severity.WAIT, Severity.LOOK),
    Alarm.RESULT_LOST: (Severity.LOOK,),
    Alarm.DISK_NEARLY_FULL: (Severity.LOOK, Severity.ACT),
    Alarm.UNEXPECTED_ERRORS: (Severity.ACT,),
    Alarm.RETENTION_LATE: (Severity.LOOK,),
    Alarm.COUNTS_WRONG: (Severity.LOOK,),
    Alarm.LIMITS_BITE: (Severity.LOOK,),
})  # fmt: skip
"""The severities that a finding may have, in the order in which it takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, late or at its limit.

    `what` and `why` are sentences, `command` is what to run; a severity of WAIT has none. `since` is None where nobody
    knows. `ends` says how it ends by itself, None where it does not; `ends_at` is when, as far as that is known.
    """

    alarm: Alarm
    severity: Severity
    what: str
    why: str
    command: str | None = None
    since: datetime | None = None
    ends: str | None = None
    ends_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        return {
            "finding": str(self.alarm),
            "severity": str(self.severity),
            "what": self.what,
            "since": self.since and iso(self.since),
            "why": self.why,
            "command": self.command,
            "ends_by_itself": self.ends,
            "ends_at": self.ends_at and iso(self.ends_at),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings, the most severe first."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Verdict:
        """The verdict on these findings; of equal severity they keep their order."""
        order = list(Severity)
        return cls(tuple(sorted(findings, key=lambda finding: order.index(finding.severity))))

    @property
    def must_act(self) -> bool:
        """Whether somebody must act now."""
        return any(finding.severity is Severity.ACT for finding in self.findings)

    @property
    def headline(self) -> str:
        """One line: whether somebody must act."""
        acts, looks, waits = (len(self.having(severity)) for severity in Severity)
        if acts:
            more = f"; {looks + waits} more to know of" if looks + waits else ""
            return f"Act now: {_counted(acts, 'finding')}{more}."
        if looks:
            return f"Nobody has to act now. {_counted(looks, 'finding')} to look at during working hours."
        if waits:
            return f"Nobody has to act. {_counted(waits, 'finding')}, ending without anybody."
        return "All is well."

    def having(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
