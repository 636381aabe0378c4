"""The use case of intake: parse a signup, decide, commit, wake delivery. A signup is received when it is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from worker.errors import InvalidSignup, TurnedAway
from worker.intake.admission import Admit, Decision, Enrich, Facts, decide
from worker.intake.bounds import MAX_EMAIL_CHARS, MAX_TEXT_CHARS
from worker.intake.canaries import require_canary
from worker.intake.contract import payload_bytes, read_signup, unchecked_fields
from worker.intake.identity import Identity, read_address
from worker.intake.limits import LimitVerdict
from worker.intake.reading import read_ip
from worker.intake.signup_limits import SignupLimits
from worker.intake.valid_signup import NOTHING, Arrival, ValidSignup, examine, report_row, signup_row
from worker.ledger import signups, suppressions
from worker.ledger.channels import LANES, Channel, Lane
from worker.ledger.outcomes import Outcome
from worker.ledger.signups import EarlierSignup, NewReport, NewSignup, OwedReport
from worker.ledger.store import Ledger
from worker.masking import mask_address, mask_text
from worker.plain_text import single_line
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result for one signup. `repeated` if a signup with the same signup_id was recorded before.

    `limited` if a browser hears that a limit is reached, with any outcome: new and known people get the same answer.
    `delayed` if the report is due later because of a limit. `role_known` if role or tasks say what to report on, and
    `title` is how the role was read: both follow from the signup's own words alone, so they reveal nobody.
    """

    outcome: Outcome
    reason: str | None
    signup_row: int
    report_id: int | None = None
    problems: tuple[tuple[str, str], ...] = ()
    repeated: bool = False
    limited: bool = False
    delayed: bool = False
    role_known: bool = False
    title: str | None = None


class Receiver:
    """Receives signups.

    `wake` puts a ready report on the queue; where it fails, the sweep wakes the report later. `new_link_token` is the
    source of the random token in the links of a report.
    """

    def __init__(
        self, ledger: Ledger, identity: Identity, limits: SignupLimits, matcher: Matcher,
        wake: Callable[[int, Lane], None], new_link_token: Callable[[], str], *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._identity = identity
        self._limits = limits
        self._matcher = matcher
        self._wake = wake
        self._new_link_token = new_link_token
        self._clock = clock

    def receive(
        self, payload: bytes | str | Mapping[str, Any], *, channel: Channel, noted: Mapping[str, Any] = NOTHING
    ) -> Receipt:
        """Record one signup, and the report it leads to. Safe to repeat. `noted` is what its channel says about it.

        Raises LedgerUnavailable or, for a browser alone, TurnedAway: then nothing was recorded.
        """
        try:
            signup, repairs = read_signup(payload)
            if channel is Channel.CANARY:
                require_canary(signup.email)
        except InvalidSignup as error:
            channel = Channel.SERVER if channel is Channel.CANARY else channel  # what is no canary is left out nowhere
            self._count_invalid(payload, channel)
            receipt, signup_key = self._record_invalid(payload, error.problems, channel, noted), None
        else:
            arrival = Arrival(channel, self._clock(), noted)
            valid = examine(signup, repairs, arrival, self._identity, self._matcher)
            limit, signup_key = self._count(valid), valid.signup_key
            receipt = replace(
                self._record(valid, limit),
                limited=limit.visible,
                delayed=limit.delayed_by is not None,
                role_known=valid.title.known or valid.any_task_known,
                title=valid.title.title or None,
            )
        log.info(
            "signup received", outcome=str(receipt.outcome), reason=receipt.reason, signup=receipt.signup_row,
            signup_key=signup_key, report_id=receipt.report_id, channel=str(channel), repeated=receipt.repeated,
        )  # fmt: skip
        if receipt.outcome is Outcome.ADMITTED and receipt.report_id is not None and not receipt.delayed:
            self._wake(receipt.report_id, LANES[channel])
        return receipt

    def _count(self, valid: ValidSignup) -> LimitVerdict:
        verdict = self._limits.count(
            valid.signup_key,
            channel=valid.channel,
            at=valid.consented_at or valid.received_at,
            address=valid.address,
            mailbox=self._identity.mailbox_key(valid.address),
            domain=self._identity.domain_key(valid.address),
            sources=valid.sources,
        )
        if verdict.turned_away:
            raise TurnedAway
        return verdict

    def _count_invalid(self, payload: bytes | str | Mapping[str, Any], channel: Channel) -> None:
        """Raises TurnedAway where a browser's source has had too many refusals for one more row."""
        if channel is not Channel.BROWSER:
            return
        source = unchecked_fields(payload).get("source")
        ip = read_ip(source.get("ip")) if isinstance(source, Mapping) else None
        digest = self._identity.payload_digest(_comparable_bytes(payload))
        if self._limits.count_invalid(digest, self._identity.sources(ip) if ip else ()).turned_away:
            raise TurnedAway

    def _record(self, valid: ValidSignup, limit: LimitVerdict) -> Receipt:
        with self._ledger.write() as tx:
            earlier = signups.find_signup(tx, valid.signup_key)
            if earlier is not None:
                return self._record_again(tx, valid, earlier)
            owed = signups.find_report(tx, valid.recipient_key)
            decision = decide(_facts(tx, valid, limit, owed))
            row = signups.insert_signup(tx, signup_row(valid, limit, decision))
            if row is not None:
                return _carry_out(
                    tx, valid, decision, row, owed, report_row(valid, self._new_link_token(), limit.delay_s)
                )
        return self._record(valid, limit)  # the same signup_id was committed a moment ago: now it is found above

    def _record_again(self, tx: Connection, valid: ValidSignup, earlier: EarlierSignup) -> Receipt:
        """The same signup again has the same result; a different one with its signup_id is recorded as invalid."""
        if earlier.payload_digest == valid.digest:
            owed = signups.find_report(tx, valid.recipient_key)
            report_id = owed.id if owed else None
            return Receipt(earlier.outcome, earlier.reason, earlier.id, report_id, repeated=True)
        problem = ("signup_id", "already used for another signup")
        new = NewSignup(
            channel=valid.channel,
            outcome=Outcome.INVALID,
            reason="signup_id_conflict",
            detail={**valid.noted, "problems": [problem], "signup_id": valid.signup.signup_id},
            signup_key=_invalid_signup_key(valid.digest),
            recipient_key=valid.recipient_key,
            address_masked=mask_address(valid.address.given),
            role_text=valid.signup.role,
        )
        return _insert_invalid(tx, new, (problem,))

    def _record_invalid(
        self, payload: bytes | str | Mapping[str, Any], problems: list[tuple[str, str]], channel: Channel,
        noted: Mapping[str, Any],
    ) -> Receipt:  # fmt: skip
        """Record an invalid signup, once however often it comes. Its signup_id stays free for the corrected signup.

        If its address can be read, the row has the recipient key, so that the person can ask why and can be erased.
        """
        fields = unchecked_fields(payload)
        email, role = fields.get("email"), fields.get("role")
        new = NewSignup(
            channel=channel,
            outcome=Outcome.INVALID,
            reason="invalid_email" if all(field == "email" for field, _ in problems) else "invalid_payload",
            detail={
                **noted,
                "problems": [[mask_text(single_line(part))[:MAX_TEXT_CHARS] for part in item] for item in problems],
            },
            signup_key=_invalid_signup_key(self._identity.payload_digest(_comparable_bytes(payload))),
            recipient_key=self._recipient_key(email),
            address_masked=mask_address(single_line(email)[:MAX_EMAIL_CHARS]) if isinstance(email, str) else None,
            role_text=mask_text(single_line(role))[:MAX_TEXT_CHARS] if isinstance(role, str) else None,
        )
        with self._ledger.write() as tx:
            return _insert_invalid(tx, new, tuple(problems))

    def _recipient_key(self, email: Any) -> str | None:
        try:
            return self._identity.recipient_key(read_address(email)) if isinstance(email, str) else None
        except InvalidSignup:
            return None


def _facts(tx: Connection, valid: ValidSignup, limit: LimitVerdict, owed: OwedReport | None) -> Facts:
    return Facts(
        disposable_domain=valid.disposable_domain,
        suppressed=suppressions.is_suppressed(tx, valid.recipient_key),
        owed=owed,
        owed_richness=TaskProfile.from_json(owed.profile).richness if owed and owed.profile else 0,
        richness=valid.profile.richness,
        role_known=valid.title.known,
        any_task_known=valid.any_task_known,
        role_candidates=valid.title.candidates,
        names_a_job=valid.title.names_a_job,
        limit=limit,
        canary=valid.channel is Channel.CANARY,
    )


def _carry_out(
    tx: Connection, valid: ValidSignup, decision: Decision, row: int, owed: OwedReport | None, new: NewReport
) -> Receipt:
    if isinstance(decision, Admit):
        if owed is not None:
            assert valid.channel is Channel.CANARY, "a person gets one report"
            new = replace(new, generation=owed.generation + 1)
        report_id = signups.insert_report(tx, new, signup_row=row)
        if report_id is not None:
            return Receipt(Outcome.ADMITTED, None, row, report_id)
        return _settle_as_duplicate(tx, valid, row)
    if isinstance(decision, Enrich):
        if signups.enrich_report(tx, decision.report_id, new):
            return Receipt(Outcome.DUPLICATE, decision.reason, row, decision.report_id)
        return _settle_as_duplicate(tx, valid, row)
    return Receipt(decision.outcome, decision.reason, row, owed.id if owed else None)


def _settle_as_duplicate(tx: Connection, valid: ValidSignup, signup_row: int) -> Receipt:
    """Another signup of the same person was committed between our read and our write."""
    signups.settle_outcome(tx, signup_row, Outcome.DUPLICATE, "report_exists")
    owed = signups.find_report(tx, valid.recipient_key)
    return Receipt(Outcome.DUPLICATE, "report_exists", signup_row, owed.id if owed else None)


def _insert_invalid(tx: Connection, new: NewSignup, problems: tuple[tuple[str, str], ...]) -> Receipt:
    assert new.signup_key is not None, "made by _invalid_signup_key"
    row = signups.insert_signup(tx, new)
    if row is not None:
        return Receipt(Outcome.INVALID, new.reason, row, problems=problems)
    earlier = signups.find_signup(tx, new.signup_key)
    assert earlier is not None, "the insert above conflicted with it"
    return Receipt(Outcome.INVALID, new.reason, earlier.id, problems=problems, repeated=True)


def _invalid_signup_key(digest: str) -> str:
    """The key of an invalid signup, which must not occupy that of the producer's signup_id."""
    return f"broken:{digest[:32]}"


def _comparable_bytes(payload: bytes | str | Mapping[str, Any]) -> bytes:
    try:
        return payload_bytes(payload)
    except InvalidSignup as error:
        return str(error).encode()  # every payload that is nested too deeply counts as the same one
