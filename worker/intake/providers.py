"""Mail providers with many people: their domains, and which spellings reach one mailbox (data/mail_providers.toml)."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rtoml

from worker.assets import data_dir

PROVIDERS_FILE = "mail_providers.toml"
_ANY_COUNTRY = ".*"
_COUNTRY = re.compile(r"(?:(?:com?)\.)?[a-z]{2}")  # "de", "co.uk", "com.br"


@dataclass(frozen=True, slots=True)
class Provider:
    """One mail provider. Where a name is one mailbox under all of its domains, `canonical` is the first of them."""

    name: str
    domains: frozenset[str]
    country_labels: frozenset[str]
    canonical: str | None = None
    tag: str | None = None
    ignored: str = ""
    subdomains: bool = False

    def has(self, domain: str) -> bool:
        """Whether this domain is the provider's own."""
        label, _, suffix = domain.partition(".")
        return domain in self.domains or (label in self.country_labels and _COUNTRY.fullmatch(suffix) is not None)

    def mailbox(self, local: str, domain: str) -> tuple[str, str]:
        """Return name and domain of the mailbox that `local@domain`, in lower case, reaches."""
        name = untagged(local, self.tag) if self.tag else local
        plain = "".join(sign for sign in name if sign not in self.ignored)
        return plain or name, self.canonical or domain


@dataclass(frozen=True, slots=True)
class Typos:
    """What people mean when they mistype a domain."""

    intended: tuple[str, ...]
    endings: Mapping[str, str]
    not_typos: frozenset[str]


def untagged(local: str, sign: str) -> str:
    """Return a name without the tag that `sign` begins; all of it where nothing stands before the sign."""
    return local.partition(sign)[0] or local


@functools.cache
def providers() -> tuple[Provider, ...]:
    """Return all providers of the table."""
    return tuple(_provider(entry) for entry in _table()["provider"])


@functools.cache
def typos() -> Typos:
    """Return the domains that are often mistyped."""
    table = _table()["typos"]
    return Typos(tuple(table["intended"]), table["endings"], frozenset(table["not_typos"]))


@functools.lru_cache(maxsize=4096)
def provider_of(domain: str) -> Provider | None:
    """Return the provider of a domain in lower case, or None where it has none of its own in the table."""
    return next((provider for provider in providers() if provider.has(domain)), None)


def mailbox_of(local: str, domain: str) -> tuple[str, str]:
    """Return name and domain of the mailbox that an address in lower case reaches, as far as its provider says."""
    provider = provider_of(domain)
    if provider is not None:
        return provider.mailbox(local, domain)
    owner, _, parent = domain.partition(".")
    above = provider_of(parent)
    if above is not None and above.subdomains:
        return above.mailbox(owner, parent)
    return local, domain


@functools.cache
def _table() -> dict[str, Any]:
    return rtoml.loads((data_dir() / PROVIDERS_FILE).read_text(encoding="utf-8"))


def _provider(entry: Mapping[str, Any]) -> Provider:
    domains = [domain for domain in entry["domains"] if not domain.endswith(_ANY_COUNTRY)]
    labels = [domain.removesuffix(_ANY_COUNTRY) for domain in entry["domains"] if domain.endswith(_ANY_COUNTRY)]
    return Provider(
        name=entry["name"],
        domains=frozenset(domains),
        country_labels=frozenset(labels),
        canonical=domains[0] if entry.get("one_mailbox") else None,
        tag=entry.get("tag"),
        ignored=entry.get("ignored", ""),
        subdomains=entry.get("subdomains", False),
    )
