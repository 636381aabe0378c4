"""Whether a signup leads to a report: a decision as a value, made from facts that the caller gathers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.intake.limits import LimitVerdict
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.signups import OwedReport


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the decision on one valid signup depends on."""

    disposable_domain: bool
    suppressed: bool
    owed: OwedReport | None
    owed_richness: int
    richness: int
    role_known: bool
    any_task_known: bool
    role_candidates: tuple[str, ...]
    names_a_job: bool
    """Whether what was given as the role may be a job: "retired" is none."""
    limit: LimitVerdict
    canary: bool = False
    """Whether this is a canary's signup, from `worker canary`: no person, who gets a report each time."""


@dataclass(frozen=True, slots=True)
class Admit:
    """This person gets a report."""

    outcome = Outcome.ADMITTED


@dataclass(frozen=True, slots=True)
class Enrich:
    """This person has a report that is not claimed yet; its profile is replaced by this richer one."""

    report_id: int
    outcome = Outcome.DUPLICATE
    reason = "profile_enriched"


@dataclass(frozen=True, slots=True)
class Refuse:
    """No report, or no further one. `reason` names the rule, `detail` its figures."""

    outcome: Outcome
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


Decision = Admit | Enrich | Refuse
_STILL_TO_POST = (ReportState.READY, ReportState.CLAIMED, ReportState.SENDING)
"""While the canary before has not left, there is no other: a pause gathers one of them, not hundreds."""


def decide(facts: Facts) -> Decision:
    """Decide on one signup. The first rule that applies wins.

    The order: the person's own wish, one report per person, the limits, and what we can make a report of. So beyond a
    limit no role counts as asked for.
    """
    if facts.suppressed:
        return Refuse(Outcome.SUPPRESSED, "suppressed")
    if facts.owed is not None and not (facts.canary and facts.owed.state not in _STILL_TO_POST):
        return _decide_second(facts.owed, facts)
    if facts.disposable_domain:
        return Refuse(Outcome.INVALID, "disposable_domain")
    if facts.limit.rule is not None:
        detail = {"rule": facts.limit.rule, "count": facts.limit.count, "limit": facts.limit.limit}
        return Refuse(Outcome.RATE_LIMITED, f"{facts.limit.rule}_limit", detail)
    if not (facts.role_known or facts.any_task_known):
        if not facts.names_a_job:
            return Refuse(Outcome.UNKNOWN_ROLE, "not_a_job")
        if facts.role_candidates:
            return Refuse(Outcome.UNKNOWN_ROLE, "ambiguous_role", {"candidates": list(facts.role_candidates)})
        return Refuse(Outcome.UNKNOWN_ROLE, "no_such_role")
    return Admit()


def _decide_second(owed: OwedReport, facts: Facts) -> Decision:
    serves = (facts.role_known or facts.any_task_known) and not facts.canary
    if owed.state is ReportState.READY and facts.richness > facts.owed_richness and serves and facts.limit.rule is None:
        return Enrich(owed.id)
    return Refuse(Outcome.DUPLICATE, "returned" if owed.state is ReportState.RETURNED else "report_exists")
