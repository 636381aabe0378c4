"""Findings on the ledger, Redis and the limits: what the processes share."""

from __future__ import annotations

from collections.abc import Iterator

from worker.errors import LedgerUnavailable
from worker.findings import Alarm, Finding, Severity
from worker.operations.health.facts import Facts

BITES = 100  # signups of the last 24 hours that a limit refused, delayed or turned away


def ledger_away(error: LedgerUnavailable) -> Finding:
    """The only finding while the ledger is away: everything else is read from it."""
    return Finding(
        alarm=Alarm.LEDGER_AWAY,
        severity=Severity.ACT,
        what="The ledger does not answer: signups by HTTP are refused with 503, and nothing is sent.",
        why=f"DATABASE_URL: {error}",
        command="bring the database back; `worker doctor` asks it",
        ends="once it answers: nothing was promised that was not recorded, and spooled results are written back",
    )


def findings(facts: Facts) -> Iterator[Finding]:
    """All but the ledger's own."""
    if facts.queues.problem is not None:
        yield Finding(
            alarm=Alarm.REDIS_AWAY,
            severity=Severity.ACT,
            what="Redis does not answer: signups by HTTP are received, and nothing is sent.",
            why=f"REDIS_URL: {facts.queues.problem}",
            command="bring Redis back; `worker doctor` asks it",
            ends="once it answers: the sweep wakes all that is due",
        )
    if facts.other_installation is not None:
        yield Finding(
            alarm=Alarm.WRONG_INSTALLATION,
            severity=Severity.ACT,
            what="These settings do not belong to this ledger.",
            why=facts.other_installation,
            command="`worker installation show`",
        )
    yield from _limits(facts)


def _limits(facts: Facts) -> Iterator[Finding]:
    biting = [done for done in facts.status.limited_last_day if done.signups > BITES]
    if biting:
        counts = ", ".join(f"{done.rule} {done.action.replace('_', ' ')} {done.signups}" for done in biting)
        yield Finding(
            alarm=Alarm.LIMITS_BITE,
            severity=Severity.LOOK,
            what="Limits on signups bite.",
            why=f"in the last 24 hours: {counts}",
            command="`worker log --outcome rate_limited`: a program that posts the form, or many visitors?",
        )
