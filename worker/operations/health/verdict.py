"""The one place where the verdict is made.

To add a finding: a name and its severities in `worker.findings`, a judge here, a row in the table of
docs/operations.md, and the test that plays it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from worker.errors import LedgerUnavailable
from worker.findings import Finding, Verdict
from worker.operations.health import canaries, letters, machines, pauses, places, processes
from worker.operations.health.facts import Facts

JUDGES: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    places.findings,
    processes.findings,
    pauses.findings,
    letters.findings,
    canaries.findings,
    machines.findings,
)
"""Each looks at its part of the facts; the order is that of the findings of one severity."""


def verdict_on(facts: Facts) -> Verdict:
    """Judge the facts."""
    return Verdict.of(finding for judge in JUDGES for finding in judge(facts))


def verdict_without_ledger(error: LedgerUnavailable) -> Verdict:
    """The verdict while the ledger is away."""
    return Verdict((places.ledger_away(error),))
