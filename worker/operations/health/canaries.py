"""Findings on canaries: the last one did not come through, or none has for too long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from worker.findings import Alarm, Finding, Severity
from worker.ledger.canaries import LastCanary
from worker.operations.health.facts import Facts
from worker.times import duration

FAILURE_KEPT = timedelta(days=1)  # after that nobody tries any more: WORKER_CANARY_SILENCE_S says whether that is right


def findings(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    last = facts.canary
    if last is not None and not last.result.good and facts.now - last.ended_at < FAILURE_KEPT:
        yield _failed(last, facts)
        return
    limit = facts.settings.canary_silence_s
    good_at = last.good_at if last is not None else None
    if limit and (good_at is None or facts.now - good_at > timedelta(seconds=limit)):
        yield _silent(good_at, facts)


def _failed(last: LastCanary, facts: Facts) -> Finding:
    explained = facts.status.pause is not None or facts.status.sending.hold is not None
    return Finding(
        alarm=Alarm.CANARY_MISSING,
        severity=Severity.LOOK if explained else Severity.ACT,
        what="The last canary did not come through: a reader's report may not either.",
        why=last.words,
        command="`worker canary` once more; then what it says, or `worker doctor`",
        since=last.good_at or last.ended_at,
        ends="with the next canary that comes through, or a day after this one",
        ends_at=last.ended_at + FAILURE_KEPT,
    )


def _silent(good_at: datetime | None, facts: Facts) -> Finding:
    what = "No canary has ever come through."
    if good_at is not None:
        what = f"No canary has come through for {duration((facts.now - good_at).total_seconds())}."
    return Finding(
        alarm=Alarm.CANARY_MISSING,
        severity=Severity.LOOK,
        what=what,
        why=f"WORKER_CANARY_SILENCE_S allows {duration(facts.settings.canary_silence_s)}, and none has failed lately",
        command="does cron run `worker canary`?",
        since=good_at,
    )
