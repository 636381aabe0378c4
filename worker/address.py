"""The one grammar of email addresses: intake admits by it, and the letter is addressed by it.

So every admitted address is one that a letter can be sent to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_TOP_LEVEL = re.compile(r"(?:xn--)?[a-z0-9-]{2,}")
"""No top-level domain is shorter than two letters; `ada@gmail.c` is a slip of the finger."""
_PRIVATE_TOP_LEVELS = frozenset({"internal"})
"""Reserved by ICANN for private networks, so no mail to it arrives; the library knows the older ones."""
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")
"""A local part that is right before any domain, as nearly all are."""
_SURELY_SHORT = 100
"""Characters: an address with so many is short enough in every form (RFC 5321 4.5.3.1 allows 254 octets)."""
_QUOTED = re.compile(r" \([^()]*'.*\)(?=\.$)")
"""What the library repeats of a domain that is not IDNA: ` (Codepoint U+00B7 not allowed at position 4 in 'ada·')`."""
_CACHED_DOMAINS = 1024
"""Most people have their mail at a few domains: what was read of one is kept."""


class AddressError(ValueError):
    """A text is not one email address. The message never repeats the address."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """One mailbox. `local` is an ASCII dot-atom of at most 64 octets, `domain` lower-case ASCII (IDNA)."""

    local: str
    domain: str
    given: str
    """As its owner writes it: the domain in Unicode where it has such a form."""

    @property
    def ascii(self) -> str:
        """The form for headers and for the SMTP envelope."""
        return f"{self.local}@{self.domain}"


def parse_address(text: str) -> MailAddress:
    """Read one bare address, by its syntax alone: no DNS is asked.

    Local parts are ASCII and unquoted, because SES takes no others. Raises AddressError.
    """
    local, _, domain = text.rpartition("@")
    if len(text) <= _SURELY_SHORT and _PLAIN_LOCAL.fullmatch(local):
        at = _at_domain(domain)
        return MailAddress(local, at.domain, f"{local}@{at.given.rpartition('@')[2]}")
    return _read(text)


@lru_cache(maxsize=_CACHED_DOMAINS)
def _at_domain(domain: str) -> MailAddress:
    """An address at the domain. Raises AddressError if there is none."""
    return _read(f"postmaster@{domain}")


def _read(text: str) -> MailAddress:
    try:
        checked = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise AddressError(_without_quotation(str(error))) from None
    domain = checked.ascii_domain.lower()
    top_level = domain.rpartition(".")[2]
    if not _TOP_LEVEL.fullmatch(top_level):
        raise AddressError("The part after the last period is too short to be a top-level domain.")
    if top_level in _PRIVATE_TOP_LEVELS:
        raise AddressError(f"No mail from outside reaches a domain under .{top_level}.")
    return MailAddress(local=checked.local_part, domain=domain, given=checked.normalized)


def _without_quotation(problem: str) -> str:
    """The library's message without what it quotes of the domain; other words if it may quote the address."""
    return "not an email address" if "@" in problem.replace("@-sign", "") else _QUOTED.sub("", problem)
