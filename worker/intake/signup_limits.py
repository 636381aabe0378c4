"""Which limits one signup counts in. They protect against strangers: only a browser's signup is ever refused.

A trusted channel (server, queue, file) is counted by the hour in which the person signed up, and delayed: an import, or
what waited during an outage, loses nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.intake.identity import Address, Source
from worker.intake.limits import Bucket, Effect, LimitCounter, LimitVerdict, hour_of
from worker.intake.providers import provider_of
from worker.ledger.channels import Channel

DAY_S = 86_400
REFUSALS_PER_HOUR = 20
"""Refusals for which one source leaves rows; a network of many sources leaves as many times more as it may sign up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Signups per hour, of one mailbox per day; 0 switches a limit off."""

    per_source: int
    per_domain: int
    total: int
    per_mailbox: int = 0


class SignupLimits:
    """Counts signups against the limits."""

    def __init__(self, counter: LimitCounter, limits: Limits) -> None:
        self._counter = counter
        self._limits = limits

    def count(
        self,
        signup_key: str,
        *,
        channel: Channel,
        at: datetime,
        address: Address,
        mailbox: str,
        domain: str,
        sources: tuple[Source, ...],
    ) -> LimitVerdict:
        """Count one signup. `at` is when the person signed up.

        `mailbox` is the key of the address without its tag, `domain` that of its domain: Redis holds no part of it.
        """
        if channel is Channel.CANARY:
            return LimitVerdict()
        if channel is Channel.BROWSER:
            buckets = self._of_browser(address, mailbox, domain, sources)
            return self._counter.count(signup_key, buckets, _refusals(sources))
        return self._counter.count(signup_key, self._of_trusted(domain, hour_of(at.timestamp())))

    def count_invalid(self, digest: str, sources: tuple[Source, ...]) -> LimitVerdict:
        """Count an invalid signup of a browser among the refusals of its source."""
        return self._counter.count(digest, (), _refusals(sources), refused_by="invalid")

    def _of_browser(self, address: Address, mailbox: str, domain: str, sources: tuple[Source, ...]) -> list[Bucket]:
        limits = self._limits
        of_domain = Effect.DELAYS if provider_of(address.domain) is not None else Effect.REFUSES
        of_sources = [
            Bucket("source" if place == 0 else "network", source.key, limits.per_source * source.factor)
            for place, source in enumerate(sources)
        ]
        return [
            *of_sources,
            Bucket("mailbox", mailbox, limits.per_mailbox, DAY_S, DAY_S, Effect.REFUSES_QUIETLY),
            Bucket("domain", domain, limits.per_domain, effect=of_domain),
            Bucket("total", "all", limits.total),
        ]

    def _of_trusted(self, domain: str, hour: int) -> list[Bucket]:
        limits = self._limits
        return [
            Bucket("domain", f"{domain}:{hour}", limits.per_domain, keep_s=DAY_S, effect=Effect.DELAYS),
            Bucket("total", f"trusted:{hour}", limits.total, keep_s=DAY_S, effect=Effect.DELAYS),
        ]


def _refusals(sources: tuple[Source, ...]) -> list[Bucket]:
    return [Bucket("refusals", source.key, REFUSALS_PER_HOUR * source.factor) for source in sources]
