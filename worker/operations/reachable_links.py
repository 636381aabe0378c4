"""Whether readers reach `worker serve` at its address: links of nobody, opened from outside as readers open them."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from worker.check_results import CheckResult
from worker.reader_links import ReaderLinks

NOBODYS_TOKEN = "0" * 22
TIMEOUT_S = 5
ONE_CLICK = b"List-Unsubscribe=One-Click"  # what a mail program posts, RFC 8058
MAX_BYTES = 4096
_HEADER = "Referrer-Policy"
"""`worker serve` sets it to no-referrer on what a link opens; a website hardly does."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    policy: str | None
    body: bytes


def check_service(service_url: str) -> Iterator[CheckResult]:
    """Ask for /healthz at `service_url`, and open the links of nobody: over the network, as a reader's browser does.

    Nothing is changed: a link of nobody unsubscribes nobody.
    """
    try:
        health = _open(f"{service_url}/healthz")
        if not _is_our_health(health):
            yield CheckResult(
                False,
                f"{service_url}/healthz answers {health.status}, and not as `worker serve` does: what is there? "
                "docs/reverse-proxy.md has a proxy's configuration",
            )
            return
        yield CheckResult(True, f"`worker serve` answers at {service_url}")
        yield _links(ReaderLinks(service_url))
    except (OSError, ValueError, http.client.HTTPException) as error:
        why = getattr(error, "reason", error)
        yield CheckResult(None, f"{service_url} does not answer from this machine ({why}): can readers reach it?")


def _links(links: ReaderLinks) -> CheckResult:
    unsubscribe, report = links.unsubscribe(NOBODYS_TOKEN), links.report(NOBODYS_TOKEN)
    for what, url, body in (
        ("opening an unsubscribe link", unsubscribe, None),
        ("a mail program's one-click unsubscribing", unsubscribe, ONE_CLICK),
        ("opening a report link", report, None),
    ):
        answer = _open(url, body)
        if not (answer.status == 404 and answer.policy == "no-referrer"):
            return CheckResult(
                False,
                f"{what} at {links.service_url} is answered with {answer.status}, where `worker serve` says that "
                "nobody has this link: the proxy before it changes or refuses it, or the path leads elsewhere",
            )
    return CheckResult(True, "unsubscribe links, one-click unsubscribing and report links arrive there")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: a mail program that posts follows none."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


_opener = urllib.request.build_opener(_NoRedirects)


def _open(url: str, body: bytes | None = None) -> _Answer:
    """GET, or POST `body`. Raises OSError, ValueError or HTTPException where nothing answers in HTTP."""
    request = urllib.request.Request(url, body, headers={"User-Agent": "worker doctor"})  # noqa: S310 - https by its setting
    try:
        with _opener.open(request, timeout=TIMEOUT_S) as answer:
            return _Answer(answer.status, answer.headers.get(_HEADER), answer.read(MAX_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, error.headers.get(_HEADER), b"")


def _is_our_health(answer: _Answer) -> bool:
    try:
        return answer.status == 200 and json.loads(answer.body) == {"status": "ok"}
    except ValueError:
        return False
