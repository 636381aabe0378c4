"""Readmit: an operator takes back refusals of intake. A plan first, then the action on what can be admitted now.

A signup refused for its role or for a limit kept its address. Its title is read again with today's catalogue. Nobody
gets a second report by it, and nobody who must not be mailed gets a first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.engine import Connection

from worker.intake.admission import Admit, Facts, decide
from worker.intake.identity import is_disposable, read_address
from worker.intake.limits import LimitVerdict
from worker.ledger.audit import record_action
from worker.ledger.channels import LANES
from worker.ledger.outcomes import READMITTABLE, Outcome
from worker.ledger.refused_signups import RefusalSelection, RefusedSignup, refused_signups, take_back
from worker.ledger.signups import NewReport
from worker.ledger.store import Ledger
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile
from worker.report.your_work import is_your_work
from worker.wording import reason_words

log = structlog.get_logger(__name__)

ACTION = "readmit"
BATCH = 100  # signups taken back in one transaction


class Group(StrEnum):
    """What a readmission would mean for one signup. `act` acts on ADMISSIBLE signups only."""

    ADMISSIBLE = "can_be_admitted"
    STILL_UNKNOWN = "still_unknown"
    SUPPRESSED = "suppressed"
    HAS_REPORT = "has_report"
    NO_ADDRESS = "no_address"
    NOT_REFUSED = "not_refused"


@dataclass(frozen=True, slots=True)
class PlannedSignup:
    """One signup of the plan, without its address; `why` is a sentence for the operator."""

    id: int
    received_at: datetime
    outcome: Outcome
    reason: str | None
    address_masked: str | None
    role: str | None
    group: Group
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a readmission would do, newest signup first. `missing` are the requested ids that do not exist."""

    signups: tuple[PlannedSignup, ...]
    missing: tuple[int, ...] = ()

    @property
    def counts(self) -> dict[Group, int]:
        """How many signups each group has; a group without signups has 0."""
        counted = Counter(planned.group for planned in self.signups)
        return {group: counted[group] for group in Group}

    @property
    def admissible_ids(self) -> tuple[int, ...]:
        """The signups that a readmission would admit."""
        return tuple(planned.id for planned in self.signups if planned.group is Group.ADMISSIBLE)


@dataclass(frozen=True, slots=True)
class Readmitted:
    """The ids of the signups admitted and of their reports, and of the signups left alone."""

    admitted: tuple[int, ...]
    reports: tuple[int, ...]
    left_alone: tuple[int, ...]


class Readmission:
    """Plans and makes readmissions, with one catalogue's reading of titles."""

    def __init__(self, ledger: Ledger, matcher: Matcher, new_link_token: Callable[[], str]) -> None:
        self._ledger = ledger
        self._matcher = matcher
        self._new_link_token = new_link_token

    def plan(self, which: RefusalSelection, *, limit: int | None = None) -> Plan:
        """Plan a readmission of the selected signups. Of one person's signups the newest is the one to admit.

        Raises LedgerUnavailable.
        """
        with self._ledger.read() as tx:
            found = refused_signups(tx, which, limit=limit)
        missing = sorted(set(which.ids) - {refused.id for refused in found})
        return Plan(tuple(self._judge_all(found)), tuple(missing))

    def act(
        self, ids: Sequence[int], *, actor: str, reason: str, on_progress: Callable[[int], None] = lambda _: None
    ) -> Readmitted:
        """Admit those of these signups that can be, each with its report and a record in `audit`, in one transaction.

        Each is judged again under a lock. `on_progress` is called with the number of signups in each batch. Raises
        LedgerUnavailable: then the batches before stay done, and repeating all of it is harmless.
        """
        admitted: dict[int, int] = {}
        for start in range(0, len(ids), BATCH):
            batch = tuple(ids[start : start + BATCH])
            with self._ledger.write() as tx:
                locked = refused_signups(tx, RefusalSelection(ids=batch), lock=True)
                done = {refused.id: self._admit(tx, refused, actor, reason) for refused in locked}
            admitted |= {row: report_id for row, report_id in done.items() if report_id is not None}
            log.info("readmitted", count=len(admitted), actor=actor)  # each is in `audit`
            on_progress(len(batch))
        return Readmitted(tuple(admitted), tuple(admitted.values()), tuple(sorted(set(ids) - set(admitted))))

    def _admit(self, tx: Connection, refused: RefusedSignup, actor: str, reason: str) -> int | None:
        if self._judge(refused)[0] is not Group.ADMISSIBLE:
            return None
        report_id = take_back(tx, refused, self._report_of(refused))
        if report_id is not None:
            record_action(
                tx, actor=actor, action=ACTION, report_id=report_id, recipient_key=refused.recipient_key,
                reason=reason,
                detail={"signup": refused.id, "from": str(refused.outcome), "refused_by": refused.reason},
            )  # fmt: skip
        return report_id

    def _report_of(self, refused: RefusedSignup) -> NewReport:
        assert refused.address is not None, "judged admissible"
        role = refused.role_text or ""
        return NewReport(
            recipient_key=refused.recipient_key,
            link_token=self._new_link_token(),
            address=refused.address,
            role_text=role,
            role_slug=self._matcher.read_title(role).slug,
            profile=_profile(refused).to_json(),
            page=refused.source_page,
            lane=LANES[refused.channel],
        )

    def _judge_all(self, found: Iterable[RefusedSignup]) -> Iterable[PlannedSignup]:
        chosen: dict[str, int] = {}
        for refused in found:
            group, why = self._judge(refused)
            if group is Group.ADMISSIBLE:
                first = chosen.setdefault(refused.recipient_key, refused.id)
                if first != refused.id:
                    group, why = Group.HAS_REPORT, f"a later signup of this person ({first}) gets the report"
            yield PlannedSignup(
                refused.id, refused.received_at, refused.outcome, refused.reason, refused.address_masked,
                refused.role_text, group, why,
            )  # fmt: skip

    def _judge(self, refused: RefusedSignup) -> tuple[Group, str]:
        """The group of one signup, and why. The first objection decides."""
        if refused.outcome not in READMITTABLE:
            return Group.NOT_REFUSED, f"its outcome is {refused.outcome}: there is no refusal to take back"
        if refused.suppressed:
            return Group.SUPPRESSED, "this person must never be mailed; `worker unsuppress` can take that back"
        if refused.has_report:
            return Group.HAS_REPORT, "this person has a report by another signup"
        if refused.address is None:
            return Group.NO_ADDRESS, "its address was erased, or its time was over"
        decision = decide(self._facts(refused, refused.address))
        if isinstance(decision, Admit):
            return Group.ADMISSIBLE, _WHY_NOW[refused.outcome]
        return Group.STILL_UNKNOWN, reason_words(decision.reason)

    def _facts(self, refused: RefusedSignup, address: str) -> Facts:
        profile, title = _profile(refused), self._matcher.read_title(refused.role_text or "")
        return Facts(
            disposable_domain=is_disposable(read_address(address).domain),
            suppressed=refused.suppressed,
            owed=None,
            owed_richness=0,
            richness=profile.richness,
            role_known=title.known,
            any_task_known=is_your_work(self._matcher, profile.tasks),
            role_candidates=title.candidates,
            names_a_job=title.names_a_job,
            limit=LimitVerdict(),
        )


def _profile(refused: RefusedSignup) -> TaskProfile:
    return EMPTY_PROFILE if refused.profile is None else TaskProfile.from_json(refused.profile)


_WHY_NOW = {
    Outcome.UNKNOWN_ROLE: "its title or its tasks can be read now",
    Outcome.RATE_LIMITED: "only a limit refused it",
}
