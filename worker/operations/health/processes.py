"""Findings on processes: whether workers live, started, reach SES, and meet errors that nobody foresaw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from worker.delivery.breaker_pauses import Cause, cause_of
from worker.findings import Alarm, Finding, Severity
from worker.ledger.heartbeats import LIVES_S, Process, ProcessKind
from worker.operations.health.facts import Facts
from worker.operations.health.pauses import ALLOW_READING
from worker.setting_types import MailerKind
from worker.times import duration

LATELY = timedelta(hours=1)  # what happened before is history, where workers live
OUT_OF_REACH_S = 900.0  # for so long SES may be out of reach before somebody must act
TEMPLATE_ERRORS = ("TemplateError", "ThemeError")
CHECKS = {True: "`worker templates check`", False: "`worker doctor`"}


def findings(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    yield from _none_lives(facts)
    yield from _refused(facts)
    yield from _gone(facts)
    yield from _account(facts)
    yield from _unexpected(facts)


def _none_lives(facts: Facts) -> Iterator[Finding]:
    if facts.workers():
        return
    started = [each for each in facts.processes if each.kind == ProcessKind.RUN and each.refusal is None]
    waiting = _waiting(facts)
    if not waiting and not started and facts.pinned_mailer is None:
        return  # a ledger that nobody uses yet
    last = started[0] if started else None
    why = "none was seen in the last 7 days"
    if last is not None:
        why = f"{last.name} was stopped" if last.stopped_at is not None else f"{last.name} gives no heartbeat"
    sends = MailerKind.SES in {facts.settings.mailer, facts.pinned_mailer}
    yield Finding(
        alarm=Alarm.NO_WORKER,
        severity=Severity.ACT if waiting or sends else Severity.LOOK,
        what="No worker lives: signups on the queue are not received, and nothing is sent.",
        why=f"{why}; {waiting or 'nothing waits yet'}",
        command="start `worker run`; its log says why it ended",
        since=last.seen_at if last is not None else None,
    )


def _waiting(facts: Facts) -> str:
    """What waits for a worker, in words; empty where nothing does."""
    status, signups = facts.status, facts.queues.signups
    waits = [f"signups on the queue: {signups}"] if signups else []
    if status.oldest_ready_s is not None and status.oldest_ready_s > LIVES_S:
        waits.append(f"a report has been due for {duration(status.oldest_ready_s)}")
    return ", ".join(waits)


def _refused(facts: Facts) -> Iterator[Finding]:
    for kind in ProcessKind:
        of_kind = [each for each in facts.processes if each.kind == kind]
        living = [each for each in of_kind if each.lives(facts.now)]
        refused = next((each for each in of_kind if each.refusal is not None), None)
        if refused is None or any(each.started_at > refused.started_at for each in living):
            continue
        if living and facts.now - refused.seen_at > LATELY:
            continue
        template = refused.refused_by in TEMPLATE_ERRORS
        yield Finding(
            alarm=Alarm.BROKEN_TEMPLATE if template else Alarm.START_REFUSED,
            severity=Severity.ACT,
            what=f"`worker {kind}` refuses to start{': a template is broken' if template else ''}.",
            why=refused.refusal or "",
            command="`worker templates check`, then start it again" if template else "then start it again",
            since=refused.seen_at,
        )


def _gone(facts: Facts) -> Iterator[Finding]:
    living = facts.workers()
    if not living:
        return
    for each in facts.processes:
        if each.kind != ProcessKind.RUN or each.stopped_at is not None or each.lives(facts.now):
            continue
        followed = any(other.host == each.host and other.started_at > each.started_at for other in living)
        if not followed and facts.now - each.seen_at < LATELY:
            yield Finding(
                alarm=Alarm.WORKER_GONE,
                severity=Severity.LOOK,
                what=f"Worker process {each.name} is gone; {len(living)} live.",
                why="it gives no heartbeat, and did not stop as it does when it is asked to",
                command="look at its log, and start it again where it should run",
                since=each.seen_at,
                ends="an hour after its last heartbeat",
                ends_at=each.seen_at + LATELY,
            )


def _account(facts: Facts) -> Iterator[Finding]:
    pause = facts.status.pause
    failing = [each for each in facts.workers() if each.condition.account_failing_s is not None]
    if not failing or (pause is not None and cause_of(pause) is Cause.ACCOUNT):
        return
    worst = max(failing, key=lambda each: each.condition.account_failing_s or 0.0)
    condition = worst.condition
    since = worst.seen_at - timedelta(seconds=condition.account_failing_s or 0.0)
    why = f"{condition.account_code}: {condition.account_problem}"
    if condition.account_out_of_reach:
        long = facts.now - since >= timedelta(seconds=OUT_OF_REACH_S)
        yield Finding(
            alarm=Alarm.SES_OUT_OF_REACH,
            severity=Severity.ACT if long else Severity.WAIT,
            what="SES is out of reach: letters wait and are tried again.",
            why=why,
            command="`worker doctor`; is it this network, or AWS (health.aws.amazon.com)?" if long else None,
            since=since,
            ends="once SES answers; no letter is lost, none fails for it",
        )
    else:
        yield Finding(
            alarm=Alarm.ACCOUNT_UNREADABLE,
            severity=Severity.ACT,
            what="SES's account cannot be read: rate, quota and health are not known.",
            why=why,
            command=ALLOW_READING,
            since=since,
        )


def _unexpected(facts: Facts) -> Iterator[Finding]:
    for each in facts.processes:
        ago_s = each.condition.unexpected_ago_s
        last = each.seen_at - timedelta(seconds=ago_s) if ago_s is not None else None
        if last is not None and facts.now - last < LATELY:
            yield _defect(each)
            return


def _defect(process: Process) -> Finding:
    condition = process.condition
    last = process.seen_at - timedelta(seconds=condition.unexpected_ago_s or 0.0)
    return Finding(
        alarm=Alarm.UNEXPECTED_ERRORS,
        severity=Severity.ACT,
        what="An error happened that nobody foresaw: a defect of the worker.",
        why=f"{process.name} has had {condition.unexpected_errors} since its start, the last in "
        f"{condition.unexpected_place}",
        command="find the traceback in its log, and report it",
        since=last,
        ends="an hour after the last",
        ends_at=last + LATELY,
    )
