"""Whether readers' links lead to `worker serve`: a link that belongs to nobody, opened from outside."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping

from worker.findings import Finding
from worker.reader_links import ReaderLinks

NOBODYS_TOKEN = "0" * 22
TIMEOUT_S = 5
_OURS = ("referrer-policy", "no-referrer")
"""A header that `worker serve` gives to what a link opens, and a website hardly does."""


def check_links(service_url: str) -> Finding:
    """Open the report link of nobody at `service_url`, over the network as a reader's browser does."""
    link = ReaderLinks(service_url).report(NOBODYS_TOKEN)
    request = urllib.request.Request(link, headers={"User-Agent": "worker doctor"})  # noqa: S310 - https by its setting
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            status, headers = answer.status, _lower(answer.headers)
    except urllib.error.HTTPError as error:
        status, headers = error.code, _lower(error.headers)
        error.close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Finding(
            None, f"{service_url} does not answer from this machine ({reason}): is it where readers are sent?"
        )
    name, value = _OURS
    if status == 404 and headers.get(name) == value:
        return Finding(True, f"unsubscribe and report links lead to `worker serve` at {service_url}")
    return Finding(
        False,
        f"{service_url} answers {status} where `worker serve` says that nobody has this link: unsubscribe and report "
        "links lead elsewhere",
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
