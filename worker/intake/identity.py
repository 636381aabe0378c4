"""Who is one person: the canonical address, and the recipient key made from it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass

from disposable_email_domains import blocklist

from worker.address import AddressError, parse_address
from worker.errors import InvalidSignup
from worker.intake.address_repair import repair_address
from worker.intake.providers import mailbox_of, untagged

_NETWORKS = {4: ((32, 1), (24, 10)), 6: ((64, 1), (56, 2), (48, 10))}
"""By IP version: bits, and how many times the limit of one source is allowed. A subscriber has every address of a /64
and often of a /56; a /48 is a company or a university; many people share a provider's IPv4 /24."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as given, and its canonical form. One canonical address is one person."""

    given: str
    canonical: str
    domain: str
    untagged: str
    """The canonical address without a +tag, for every provider: what the limits count as one mailbox."""


@dataclass(frozen=True, slots=True)
class Source:
    """A network that a signup came from: its keyed hash, and how many times the limit per source it is allowed."""

    key: str
    factor: int


def read_address(email: str) -> Address:
    """Find the canonical form of an address, repaired as people paste it.

    Raises InvalidSignup, which names the field `email` and never repeats the address.
    """
    try:
        mailbox = parse_address(repair_address(email)[0])
    except AddressError as error:
        raise InvalidSignup([("email", str(error))]) from None
    local, domain = mailbox_of(mailbox.local.lower(), mailbox.domain)
    canonical = f"{local}@{domain}"
    return Address(mailbox.given, canonical, domain, untagged=f"{untagged(local, '+')}@{domain}")


def is_disposable(domain: str) -> bool:
    """Whether this domain, or a parent of it, is on the list of domains whose mailboxes are thrown away after use."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))


@dataclass(frozen=True, slots=True)
class Identity:
    """Keyed hashes: the ledger may keep them for ever without keeping the person."""

    key: bytes

    def recipient_key(self, address: Address) -> str:
        """The key of one person: 64 hex digits."""
        return self._hash(b"recipient", address.canonical.encode())

    def source_hash(self, ip: str) -> str:
        """The hash of a source address, of an IPv6 one its /64: 32 hex digits."""
        return self.sources(ip)[0].key

    def sources(self, ip: str) -> tuple[Source, ...]:
        """The networks around a source address, the narrowest first."""
        address = ipaddress.ip_address(ip)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped  # a dual-stack server sees an IPv4 client so; all of them share one /64
        networks = (
            (ipaddress.ip_network((address, bits), strict=False), factor) for bits, factor in _NETWORKS[address.version]
        )
        return tuple(Source(self._hash(b"source", str(network).encode())[:32], factor) for network, factor in networks)

    def mailbox_key(self, address: Address) -> str:
        """The key of a mailbox, its tags folded: 32 hex digits."""
        return self._hash(b"mailbox", address.untagged.encode())[:32]

    def domain_key(self, address: Address) -> str:
        """The key of an address's domain, which may be a family's own: 32 hex digits."""
        return self._hash(b"domain", address.domain.encode())[:32]

    def signup_key(self, signup_id: str) -> str:
        """What stays of a producer's signup_id once its person is forgotten: 64 hex digits."""
        return self._hash(b"signup", signup_id.encode("utf-8", "surrogatepass"))

    def payload_digest(self, payload: bytes) -> str:
        """The digest that distinguishes two payloads with the same signup_id: 64 hex digits."""
        return self._hash(b"payload", payload)

    def _hash(self, purpose: bytes, value: bytes) -> str:
        return hmac.new(self.key, purpose + b"\0" + value, hashlib.sha256).hexdigest()
