"""Findings on what keeps sending back: a pause, or the hold for the daily quota."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from worker.delivery.breaker_pauses import Cause, cause_of
from worker.findings import Alarm, Finding, Severity
from worker.ledger.pauses import OPERATOR, RESTORE, Pause
from worker.operations.health.facts import Facts

OPERATORS_OWN_S = 3600.0  # for so long an operator's pause is theirs; after that somebody may have forgotten it
FIX_ACCOUNT = "fix at AWS what `worker doctor` names"
RENEW = "renew them; `worker doctor` tries them"
ALLOW_READING = "allow ses:GetAccount to the worker's credentials; `worker doctor` tries it"
NEARLY_SPENT = 0.9  # share of the daily quota
CREDENTIALS_CODES = frozenset({
    "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId",
    "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken",
    "MissingAuthenticationTokenException", "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError",
    "TokenRetrievalError", "SSOError",
})  # fmt: skip


def findings(facts: Facts) -> Iterator[Finding]:
    """The pause and the hold in force, and a quota that is nearly spent."""
    if (pause := facts.status.pause) is not None:
        yield _of_pause(pause, facts)
    yield from _quota(facts)


def _of_pause(pause: Pause, facts: Facts) -> Finding:
    match cause_of(pause):
        case Cause.ACCOUNT:
            return _account(pause, facts)
        case Cause.STOPPED_REPORTS:
            return _by_person(
                Alarm.STOPPED_IN_A_ROW, pause, "Sending is paused: report after report failed.",
                "fix the cause, `worker resume`, then `worker replay`",
            )  # fmt: skip
        case Cause.BOUNCES | Cause.COMPLAINTS as cause:
            alarm = Alarm.BOUNCES if cause is Cause.BOUNCES else Alarm.COMPLAINTS
            return _by_person(
                alarm, pause, f"Sending is paused: too many letters draw {cause}.",
                "find out where the addresses come from with `worker log --format csv`, then `worker resume`",
            )  # fmt: skip
    if pause.holder == RESTORE:
        return _by_person(
            Alarm.LEDGER_RESTORED, pause, "Sending is paused: the ledger looks like a restored backup.",
            "`worker restore-check`",
        )  # fmt: skip
    return _by_operator(pause, facts)


def _account(pause: Pause, facts: Facts) -> Finding:
    code = pause.detail.get("code")
    alarm, what, command = Alarm.ACCOUNT_PAUSED, "SES refuses every letter of the account", FIX_ACCOUNT
    if code in CREDENTIALS_CODES:
        alarm, what, command = Alarm.CREDENTIALS_REFUSED, "AWS refuses our credentials", RENEW
    elif any(each.condition.account_code == code for each in facts.workers()):
        alarm, what, command = Alarm.ACCOUNT_UNREADABLE, "AWS does not let us read the account", ALLOW_READING
    return Finding(
        alarm=alarm,
        severity=Severity.ACT,
        what=f"Sending is paused: {what}.",
        why=pause.reason,
        command=command,
        since=pause.since,
        ends=f"once SES allows it; SES is asked every {facts.settings.account_interval_s:g} s",
    )


def _by_person(alarm: Alarm, pause: Pause, what: str, command: str) -> Finding:
    return Finding(
        alarm=alarm, severity=Severity.ACT, what=what, why=pause.reason, command=command, since=pause.since
    )  # fmt: skip


def _by_operator(pause: Pause, facts: Facts) -> Finding:
    forgotten = facts.now - pause.since >= timedelta(seconds=OPERATORS_OWN_S)
    return Finding(
        alarm=Alarm.PAUSED_BY_OPERATOR,
        severity=Severity.ACT if forgotten else Severity.LOOK,
        what=f"Sending is paused by {pause.holder.removeprefix(OPERATOR)}.",
        why=pause.reason,
        command="ask them, then `worker resume`",
        since=pause.since,
    )


def _quota(facts: Facts) -> Iterator[Finding]:
    sending = facts.status.sending
    if sending.hold is not None:
        yield Finding(
            alarm=Alarm.QUOTA_SPENT,
            severity=Severity.WAIT,
            what="All reports wait: the daily quota of SES is spent.",
            why=f"{sending.hold.reason}; reports that wait for it: {sending.held_back}",
            since=sending.hold.since,
            ends="once SES has quota again",
            ends_at=sending.hold.until,
        )
    elif sending.account is not None and sending.account.max_24_hour_send > 0:
        sent, quota = sending.account.sent_last_24_hours, sending.account.max_24_hour_send
        if sent / quota > NEARLY_SPENT:
            yield Finding(
                alarm=Alarm.QUOTA_NEARLY_SPENT,
                severity=Severity.LOOK,
                what="More than nine tenths of the daily quota of SES are spent.",
                why=f"SES counts {sent:.0f} of {quota:.0f} letters in 24 hours",
                command="ask AWS for a higher quota if this comes again",
                ends="letter by letter, 24 hours after each was sent",
            )
