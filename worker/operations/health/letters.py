"""Findings on reports and letters: what is missing, unknown, stopped or late."""

from __future__ import annotations

from collections.abc import Iterator

from worker.findings import Alarm, Finding, Severity
from worker.ledger.channels import Lane
from worker.ledger.letter_results import SOON_S
from worker.ledger.lifecycle import ReportState
from worker.operations.health.facts import Facts
from worker.times import duration

UNKNOWN_OLD_S = 3600.0  # an SES event should have settled it by then
WAITS_S = 900.0  # a report due for so long is late
SOON_SHARE = 0.9  # of the letters to people who clicked, those that should be sent within SOON_S
FEW = 20  # letters in an hour of which no share is judged
NAMED = 20  # reports that a finding names


def findings(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    yield from _missing(facts)
    yield from _second_letters(facts)
    yield from _silence(facts)
    yield from _waiting(facts)
    yield from _sent_late(facts)
    yield from _unknown(facts)
    yield from _stopped(facts)


def _missing(facts: Facts) -> Iterator[Finding]:
    if not facts.status.conservation.holds:
        yield Finding(
            alarm=Alarm.SIGNUP_MISSING,
            severity=Severity.ACT,
            what="NOT CONSERVED: a signup is missing.",
            why="a signup has no outcome, or an admitted one has no report; this must not happen",
            command="`worker pause`, leave the ledger as it is, and find the cause",
        )


def _second_letters(facts: Facts) -> Iterator[Finding]:
    if reports := facts.status.sending.second_letters:
        which = " ".join(map(str, reports[:NAMED]))
        yield Finding(
            alarm=Alarm.SECOND_LETTERS,
            severity=Severity.ACT,
            what="SES seems to have accepted two letters of one report.",
            why=f"so say SES's events on {len(reports)} reports: was one assumed unsent, or a backup restored?",
            command=f"`worker pause`, then `worker show` for each: {which}",
        )


def _silence(facts: Facts) -> Iterator[Finding]:
    sending, settings = facts.status.sending, facts.settings
    if sending.silent(configuration_set=settings.ses_configuration_set, limit_s=settings.event_silence_s):
        yield Finding(
            alarm=Alarm.EVENT_SILENCE,
            severity=Severity.ACT,
            what="Letters were sent, but no event of SES has come.",
            why=f"the first was sent {duration(sending.event_silence_s)} ago; without events no unknown send heals, "
            "and bounces go unseen",
            command=f"check that configuration set {settings.ses_configuration_set} publishes its events to us, "
            "that the topic is subscribed and the queue is read",
            since=facts.ago(sending.event_silence_s),
        )


def _waiting(facts: Facts) -> Iterator[Finding]:
    status = facts.status
    late = status.oldest_ready_s is not None and status.oldest_ready_s > WAITS_S
    if late and not _explained(facts):
        moving = status.sent_last_hour > 0
        yield Finding(
            alarm=Alarm.REPORTS_WAIT,
            severity=Severity.LOOK if moving else Severity.ACT,
            what=f"A report has been due for {duration(status.oldest_ready_s)}.",
            why=f"letters sent in the last hour: {status.sent_last_hour}",
            command="is the rate enough? `worker log --state ready`" if moving else "`worker doctor`",
            since=facts.ago(status.oldest_ready_s),
        )


def _sent_late(facts: Facts) -> Iterator[Finding]:
    for times in facts.status.send_times:
        if times.lane is Lane.BROWSER and times.sent > FEW and times.soon < SOON_SHARE * times.sent:
            yield Finding(
                alarm=Alarm.SENT_LATE,
                severity=Severity.LOOK,
                what=f"People who have just signed up wait for their letter: {times.soon / times.sent:.0%} within "
                f"{duration(SOON_S)}.",
                why=f"letters to them in the last hour: {times.sent:,}; the rate, the threads or a pause held them up",
                command="are rate, processes and threads enough? `worker doctor`",
            )


def _explained(facts: Facts) -> bool:
    """Whether another finding says why reports wait."""
    status, workers = facts.status, facts.workers()
    failing = any(each.condition.account_failing_s is not None for each in workers)
    return (
        status.pause is not None
        or status.sending.hold is not None
        or facts.queues.problem is not None
        or not workers
        or failing
    )


def _unknown(facts: Facts) -> Iterator[Finding]:
    status = facts.status
    if status.oldest_unknown_s is not None and status.oldest_unknown_s > UNKNOWN_OLD_S:
        yield Finding(
            alarm=Alarm.UNKNOWN_SENDS,
            severity=Severity.LOOK,
            what=f"Sends whose outcome is unknown: {status.conservation.states[ReportState.UNKNOWN]}.",
            why=f"SES may have the letters; no event has settled the oldest for {duration(status.oldest_unknown_s)}",
            command="`worker resolve ID` shows what is known and decides",
            since=facts.ago(status.oldest_unknown_s),
        )


def _stopped(facts: Facts) -> Iterator[Finding]:
    states = facts.status.conservation.states
    failed, quarantined = states[ReportState.FAILED], states[ReportState.QUARANTINED]
    if failed or quarantined:
        yield Finding(
            alarm=Alarm.REPORTS_STOPPED,
            severity=Severity.LOOK,
            what="Reports have stopped: their readers get nothing until somebody acts.",
            why=f"failed: {failed}, quarantined: {quarantined}",
            command="`worker replay` shows which may be sent again",
        )
