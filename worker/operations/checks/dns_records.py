"""Whether the DNS has what receivers ask for: DKIM, MX and SPF of the MAIL FROM domain, DMARC."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr

import dns.exception
import dns.resolver

from worker.check_results import CheckResult
from worker.mailers.ses import sender_identity
from worker.mailers.ses_identity import SenderIdentity
from worker.settings import Settings

PATIENCE_S = 10.0
_SPF, _SES_SPF, _DMARC = "v=spf1", "include:amazonses.com", "v=dmarc1"


class _Silent(Exception):
    """The DNS gave no answer, neither records nor that there are none."""


def check_dns(settings: Settings) -> Iterator[CheckResult]:
    """Compare the DNS with what SES signs and sends as. Yields nothing with another mailer.

    Raises ConfigurationError, or a SendError where SES cannot be asked.
    """
    if not settings.mailer.reports_events:
        return
    identity = sender_identity(settings)
    if identity is None:
        yield CheckResult(False, "SES has no verified identity for WORKER_FROM: it names the records once it has one")
        return
    parts = (_dkim(identity), _mail_from(identity), _dmarc(parseaddr(settings.sender)[1].rpartition("@")[2]))
    for part in parts:
        try:
            yield from part
        except _Silent as error:
            yield CheckResult(None, f"{error}; ask again, or from another network")


def records(name: str, kind: str) -> list[str]:
    """The records of a name as text, those of TXT without quotes; none where there are none. Raises _Silent."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=PATIENCE_S, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise _Silent(f"the DNS gives no answer about {name} ({type(error).__name__})") from None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text().rstrip(".") for record in answer]


def _dkim(identity: SenderIdentity) -> Iterator[CheckResult]:
    if not identity.dkim_tokens:
        yield CheckResult(None, f"{identity.name} signs with a key of its own: compare its DKIM record by hand")
        return
    domain = identity.name.rpartition("@")[2]
    wrong = []
    for token in identity.dkim_tokens:
        name, wanted = f"{token}._domainkey.{domain}", f"{token}.{identity.dkim_zone}"
        found = records(name, "CNAME")
        if [each.lower() for each in found] != [wanted.lower()]:
            wrong.append(f"{name} CNAME {wanted} (there is {', '.join(found) or 'none'})")
    if wrong:
        yield CheckResult(False, f"DKIM: add {'; '.join(wrong)}")
    else:
        yield CheckResult(True, f"DKIM: all {len(identity.dkim_tokens)} records of {domain} lead to SES's keys")


def _mail_from(identity: SenderIdentity) -> Iterator[CheckResult]:
    domain = identity.mail_from_domain
    if domain is None:
        yield CheckResult(
            None,
            f"{identity.name} has no MAIL FROM domain of its own: SPF speaks for amazonses.com, so DMARC rests on DKIM",
        )
        return
    exchangers = records(domain, "MX")
    if not any("feedback-smtp." in each and each.endswith("amazonses.com") for each in exchangers):
        yield CheckResult(
            False,
            f"MAIL FROM: add {domain} MX 10 feedback-smtp.REGION.amazonses.com (there is "
            f"{', '.join(exchangers) or 'none'})",
        )
    spf = [each for each in records(domain, "TXT") if each.lower().startswith(_SPF)]
    if len(spf) > 1:
        yield CheckResult(False, f"SPF: {domain} has {len(spf)} records, which counts as none: leave one")
    elif not spf or _SES_SPF not in spf[0].lower():
        yield CheckResult(
            False, f'SPF: add {domain} TXT "v=spf1 {_SES_SPF} ~all" (there is {spf[0] if spf else "none"})'
        )
    elif exchangers:
        yield CheckResult(True, f"MAIL FROM domain {domain}: SPF lets SES send")


def _dmarc(domain: str) -> Iterator[CheckResult]:
    """The record of the domain, or of the nearest parent that has one."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        name = f"_dmarc.{'.'.join(labels[start:])}"
        found = [each for each in records(name, "TXT") if each.lower().startswith(_DMARC)]
        if len(found) > 1:
            yield CheckResult(False, f"DMARC: {name} has {len(found)} records, which counts as none: leave one")
            return
        if found:
            yield CheckResult(True, f"DMARC: {name} says {found[0]}")
            return
    yield CheckResult(
        False,
        f'DMARC: add _dmarc.{domain} TXT "v=DMARC1; p=none": large mailbox providers refuse bulk mail without',
    )
