"""Whether readers' links lead to `worker serve`: a link that belongs to nobody, opened from outside."""

from __future__ import annotations

import urllib.error
import urllib.request

from worker.check_results import CheckResult
from worker.reader_links import ReaderLinks

NOBODYS_TOKEN = "0" * 22
TIMEOUT_S = 5
_HEADER = "Referrer-Policy"
"""`worker serve` sets it to no-referrer on what a link opens; a website hardly does."""


def check_links(service_url: str) -> CheckResult:
    """Open the report link of nobody at `service_url`, over the network as a reader's browser does."""
    link = ReaderLinks(service_url).report(NOBODYS_TOKEN)
    request = urllib.request.Request(link, headers={"User-Agent": "worker doctor"})  # noqa: S310 - https by its setting
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            status, policy = answer.status, answer.headers.get(_HEADER)
    except urllib.error.HTTPError as error:
        status, policy = error.code, error.headers.get(_HEADER)
        error.close()
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        return CheckResult(None, f"{service_url} does not answer from this machine ({why}): can readers reach it?")
    if status == 404 and policy == "no-referrer":
        return CheckResult(True, f"unsubscribe and report links lead to `worker serve` at {service_url}")
    return CheckResult(
        False,
        f"{service_url} answers {status} where `worker serve` says that nobody has this link: unsubscribe and report "
        "links lead elsewhere",
    )
