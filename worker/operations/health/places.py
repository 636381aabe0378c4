"""Findings on the ledger, Redis and the limits: what the processes share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from worker.errors import LedgerUnavailable
from worker.findings import Alarm, Finding, Severity
from worker.operations.health.facts import Facts
from worker.times import duration

BITES = 100  # signups of this hour and the one before that a limit refused, delayed or turned away
SIGNUP_WAITS_S = 120.0  # a message that a dead worker left behind is taken up again by then
SIGNUP_LATE_S = 900.0
RETENTION_LATE = timedelta(days=2)


def ledger_away(error: LedgerUnavailable) -> Finding:
    """The only finding while the ledger is away: everything else is read from it."""
    return _ledger("does not answer", str(error))


def _ledger(does: str, why: str) -> Finding:
    return Finding(
        alarm=Alarm.LEDGER_AWAY,
        severity=Severity.ACT,
        what=f"The ledger {does}: signups by HTTP get 503, and nothing is sent.",
        why=f"DATABASE_URL: {why}",
        command="bring the database back; `worker doctor` asks it",
        ends="once it answers: nothing was promised that was not recorded, and spooled results are written back",
    )


def _redis(problem: str, *, reads: bool) -> Finding:
    does, back = ("takes no writes", "takes them") if reads else ("does not answer", "answers")
    remedy = "let REDIS_URL name a primary with memory and disk to spare" if reads else "bring Redis back"
    return Finding(
        alarm=Alarm.REDIS_AWAY,
        severity=Severity.ACT,
        what=f"Redis {does}: signups by HTTP are received, and nothing is sent.",
        why=f"REDIS_URL: {problem}",
        command=f"{remedy}; `worker doctor` asks it",
        ends=f"once it {back}: the sweep wakes all that is due",
    )


def findings(facts: Facts) -> Iterator[Finding]:
    """All but the ledger's own."""
    if facts.takes_no_writes is not None:
        yield _ledger("takes no writes", facts.takes_no_writes)
    if facts.queues.problem is not None:
        yield _redis(facts.queues.problem, reads=facts.queues.takes_no_writes)
    if facts.other_installation is not None:
        yield Finding(
            alarm=Alarm.WRONG_INSTALLATION,
            severity=Severity.ACT,
            what="These settings do not belong to this ledger.",
            why=facts.other_installation,
            command="`worker installation show`",
        )
    yield from _queue(facts)
    yield from _retention(facts)
    yield from _counts(facts)
    yield from _limits(facts)


def _queue(facts: Facts) -> Iterator[Finding]:
    oldest_s = facts.queues.oldest_signup_s
    if oldest_s is not None and oldest_s > SIGNUP_WAITS_S and facts.workers():
        yield Finding(
            alarm=Alarm.SIGNUPS_WAIT,
            severity=Severity.ACT if oldest_s > SIGNUP_LATE_S else Severity.LOOK,
            what="Signups wait on the queue though a worker lives.",
            why=f"signups there: {facts.queues.signups}; the oldest has waited for {duration(oldest_s)}",
            command="look for `signup waits` in the log of `worker run`; more WORKER_THREADS where it is only many",
            since=facts.ago(oldest_s),
        )


def _retention(facts: Facts) -> Iterator[Finding]:
    caught_up = facts.caught_up_at
    if caught_up is not None and facts.now - caught_up > RETENTION_LATE:
        yield Finding(
            alarm=Alarm.RETENTION_LATE,
            severity=Severity.LOOK,
            what="Personal data is kept longer than WORKER_RETENTION_DAYS.",
            why="no run of the retention has caught up with what is due since then",
            command="look at the log of `worker run` for the task `retention`",
            since=caught_up,
        )


def _counts(facts: Facts) -> Iterator[Finding]:
    check = facts.tally_check
    if check is not None and check.wrong:
        yield Finding(
            alarm=Alarm.COUNTS_WRONG,
            severity=Severity.LOOK,
            what="Counts that status, metrics and board show are wrong.",
            why=f"a full count found {check.wrong} that differ; the first: {check.example}",
            command="`worker recount` counts again, `worker recount --write` writes what it counted",
            since=check.checked_at,
        )


def _limits(facts: Facts) -> Iterator[Finding]:
    biting = [done for done in facts.limited_lately if done.signups > BITES]
    if biting:
        counts = ", ".join(f"{done.rule} {done.action.replace('_', ' ')} {done.signups}" for done in biting)
        yield Finding(
            alarm=Alarm.LIMITS_BITE,
            severity=Severity.LOOK,
            what="Limits on signups bite.",
            why=f"in this hour and the one before: {counts}",
            command="`worker log --outcome rate_limited`: a program that posts the form, or many visitors?",
        )
