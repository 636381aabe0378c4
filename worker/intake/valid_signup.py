"""A signup that keeps the contract, with everything that can be found out about it without the ledger; and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from worker.intake.address_typos import intended_domain
from worker.intake.admission import Admit, Decision, Enrich
from worker.intake.contract import Signup
from worker.intake.identity import Address, Identity, Source, is_disposable, read_address
from worker.intake.kept_texts import without_addresses
from worker.intake.limits import LimitVerdict
from worker.ledger.channels import LANES, Channel
from worker.ledger.outcomes import READMITTABLE
from worker.ledger.signups import NewReport, NewSignup
from worker.masking import mask_address
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile
from worker.report.reading import TitleReading
from worker.report.your_work import is_your_work

CLOCK_SKEW = timedelta(minutes=5)
"""How far a producer's clock may be ahead of ours."""
FROM_THE_FUTURE = "consented_at: in the future"


NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Arrival:
    """How and when a signup came. `noted` is what its channel says: a token's name, checks that were skipped."""

    channel: Channel
    at: datetime
    noted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValidSignup:
    """One signup and what it says, before anybody asks what we know about this person.

    In `signup`, every address but its `email` is masked.
    """

    signup: Signup
    signup_key: str
    repairs: tuple[str, ...]
    channel: Channel
    received_at: datetime
    noted: Mapping[str, Any]
    consented_at: datetime | None
    address: Address
    recipient_key: str
    digest: str
    disposable_domain: bool
    profile: TaskProfile
    title: TitleReading
    any_task_known: bool
    sources: tuple[Source, ...]
    """The networks that it came from, the narrowest first; none where no IP address is known."""

    def detail(self) -> dict[str, Any]:
        """Return what the row notes with any outcome: repairs, and the domain that the address may misspell."""
        typo = intended_domain(self.address.domain)
        noted = {**self.noted, "repairs": list(self.repairs), "typo_of": typo}
        return {name: value for name, value in noted.items() if value}


def examine(
    signup: Signup, repairs: tuple[str, ...], arrival: Arrival, identity: Identity, matcher: Matcher
) -> ValidSignup:
    """Find out everything about a signup but what the ledger knows."""
    address = read_address(signup.email)
    signup_key = identity.signup_key(signup.signup_id)
    digest = identity.payload_digest(signup.model_dump_json(exclude={"source": {"ip"}}).encode())
    signup = without_addresses(signup)
    profile = signup.profile.task_profile()
    consented_at = signup.consented_at
    if arrival.channel is Channel.BROWSER:
        consented_at = arrival.at  # it is the person who sends the form
    elif consented_at is not None and consented_at > arrival.at + CLOCK_SKEW:
        consented_at, repairs = None, (*repairs, FROM_THE_FUTURE)
    return ValidSignup(
        signup=signup,
        signup_key=signup_key,
        repairs=repairs,
        channel=arrival.channel,
        received_at=arrival.at,
        noted=arrival.noted,
        consented_at=consented_at,
        address=address,
        recipient_key=identity.recipient_key(address),
        digest=digest,
        disposable_domain=is_disposable(address.domain),
        profile=profile,
        title=matcher.read_title(signup.role),
        any_task_known=is_your_work(matcher, profile.tasks),
        sources=identity.sources(str(signup.source.ip)) if signup.source.ip is not None else (),
    )


def signup_row(valid: ValidSignup, limit: LimitVerdict, decision: Decision) -> NewSignup:
    """Return the row of a signup with its outcome."""
    signup = valid.signup
    new = NewSignup(
        channel=valid.channel,
        outcome=decision.outcome,
        detail=valid.detail() | _limit_detail(limit),
        signup_id=signup.signup_id,
        signup_key=valid.signup_key,
        payload_digest=valid.digest,
        recipient_key=valid.recipient_key,
        address_masked=mask_address(valid.address.given),
        role_text=signup.role,
        role_slug=valid.title.slug,
        source_page=signup.source.page,
        campaign=signup.source.campaign,
        source_hash=valid.sources[0].key if valid.sources else None,
        consented_at=valid.consented_at,
    )
    if isinstance(decision, Admit):
        return new
    detail = {} if isinstance(decision, Enrich) else decision.detail
    new = replace(new, reason=decision.reason, detail={**new.detail, **detail})
    if decision.outcome in READMITTABLE:
        new = replace(new, address=valid.address.given, profile=valid.profile.to_json())
    return new


def _limit_detail(limit: LimitVerdict) -> dict[str, Any]:
    if limit.skipped:
        return {"limits_skipped": True}
    if limit.delayed_by is None:
        return {}
    return {
        "delayed_by": limit.delayed_by, "delayed_s": round(limit.delay_s), "count": limit.count, "limit": limit.limit
    }  # fmt: skip


def report_row(valid: ValidSignup, link_token: str, delay_s: float) -> NewReport:
    """Return the row of the report that an admitted signup leads to, due in `delay_s` seconds."""
    return NewReport(
        recipient_key=valid.recipient_key,
        link_token=link_token,
        address=valid.address.given,
        role_text=valid.signup.role,
        role_slug=valid.title.slug,
        profile=valid.profile.to_json(),
        page=valid.signup.source.page,
        lane=LANES[valid.channel],
        delay_s=delay_s,
    )
