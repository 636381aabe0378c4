"""Whether settings that readers see still have the values of the examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from worker.check_results import CheckResult
from worker.settings import LOCAL_POSTAL_ADDRESS, Settings

# Nobody can own these: https://www.rfc-editor.org/rfc/rfc2606 and rfc6761.
_RESERVED = re.compile(r"(^|[.])(example([.](com|net|org))?|invalid|test|localhost)$", re.IGNORECASE)
_EXAMPLE_STREET = re.compile(
    r"\bexample (street|st\b|city|road|town)|\b(your|street) address\b|\blorem\b", re.IGNORECASE
)


def check_placeholders(settings: Settings) -> Iterator[CheckResult]:
    """Look at sender, addresses and footer. Yields nothing where letters reach nobody."""
    if not settings.mailer.reaches_readers:
        return
    found = False
    domain = parseaddr(settings.sender)[1].rpartition("@")[2]
    if _RESERVED.search(domain):
        found = True
        yield CheckResult(
            False,
            f"WORKER_FROM: {domain} is a domain of examples; readers could not answer, and no SES identity can be it",
        )
    for name, url in (("WORKER_PUBLIC_URL", settings.public_url), ("WORKER_SERVICE_URL", settings.service_url)):
        host = urlsplit(url or "").hostname or ""
        if _RESERVED.search(host):
            found = True
            yield CheckResult(
                False, f"{name}: {host} is a host of examples; the links of every letter would lead nowhere"
            )
    address = settings.postal_address
    if address == LOCAL_POSTAL_ADDRESS or _EXAMPLE_STREET.search(address):
        found = True
        yield CheckResult(
            False,
            f"WORKER_POSTAL_ADDRESS: {address!r} is the example's; most countries' law wants yours in every letter",
        )
    if not found:
        yield CheckResult(True, "no setting that readers see has the value of an example")
