"""How often one source may ask for what takes work. Counted in Redis; while it is away, nothing is refused."""

from __future__ import annotations

import secrets

from starlette.requests import Request

from worker.boot.core import CoreServices
from worker.intake.limits import WINDOW_S, Bucket, LimitCounter
from worker.intake.reading import read_ip
from worker.web.problems import Problem, retry_after

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - the visitors that have none share it, and its limit


class RequestLimit:
    """A number of requests per hour from one source, for one purpose."""

    def __init__(self, core: CoreServices, purpose: str, per_hour: int) -> None:
        self._identity = core.identity
        self._counter = LimitCounter(core.redis, namespace=purpose)
        self._per_hour = per_hour

    def count(self, request: Request) -> None:
        """Count a request; asks Redis. Raises Problem 429 beyond the limit. A unix socket has no source, no limit."""
        source = visitor_address(request)
        if source is None:
            return
        bucket = Bucket("source", self._identity.source_hash(source), self._per_hour)
        if self._counter.count(secrets.token_hex(8), [bucket]).rule is not None:
            raise too_often()


def too_often() -> Problem:
    """429: this source has asked too often."""
    detail = "Too many requests in an hour. Please wait a while and try again."
    return Problem(429, "rate-limited", detail, headers=retry_after(WINDOW_S))


def visitor_address(request: Request) -> str | None:
    """The visitor's IP address; UNKNOWN_ADDRESS where a proxy names none, None for a request over a unix socket."""
    if request.client is None or not request.client.host:
        return None
    return read_ip(request.client.host) or UNKNOWN_ADDRESS  # of `unknown`, and all else that would escape every limit
