"""/metrics: the counters of this process and the figures of the ledger. Not public: some are business figures."""

from __future__ import annotations

import hmac
import time
from typing import Annotated

from fastapi import APIRouter, Security
from fastapi.security import HTTPAuthorizationCredentials
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.boot.web import WebServices
from worker.metrics import LedgerFigures
from worker.setting_types import Secret
from worker.timings import timings
from worker.unexpected import unexpected_errors
from worker.web.events import refused_events
from worker.web.openapi import BEARER, OPTIONAL_TOKEN, documented
from worker.web.problems import Problem
from worker.web.thread_pool import ThreadPool


def _no_token() -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
    return Problem(401, "token-required", "Send `Authorization: Bearer` with WORKER_METRICS_TOKEN.", headers=headers)


def _closed() -> Problem:
    return Problem(403, "metrics-closed", "The metrics are closed: WORKER_METRICS_TOKEN is not set.")


class HttpMeters:
    """Counts requests by route, never by path: a path may hold a key."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "exposure_http_requests", "HTTP requests answered.", ["route", "method", "status"], registry=registry
        )
        self.latency = Histogram("exposure_http_seconds", "Time to the answer.", ["route"], registry=registry)


class Metered:
    """ASGI middleware that counts and times requests."""

    def __init__(self, app: ASGIApp, meters: HttpMeters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request once its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, counted = time.monotonic(), False

        def count(status: int) -> None:
            nonlocal counted
            counted = True
            route = _route(scope)
            method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "OPTIONS"} else "other"
            self._meters.requests.labels(route, method, str(status)).inc()
            self._meters.latency.labels(route).observe(time.monotonic() - begun)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            if not counted:  # the answer to a bug is written by an outer layer
                count(500)
            raise


def build_registry(services: WebServices) -> CollectorRegistry:
    """Return this process's registry; it includes the figures of the ledger."""
    registry = CollectorRegistry()
    core = services.core
    figures = LedgerFigures(core.ledger, core.counts, core.queue.depths, core.witness.size, core.health.verdict)
    registry.register(figures)
    registry.register(unexpected_errors())
    registry.register(refused_events())
    for histogram in timings().every:
        registry.register(histogram)
    return registry


def routes(services: WebServices, pool: ThreadPool, registry: CollectorRegistry) -> APIRouter:
    """The endpoint that Prometheus scrapes."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/metrics",
        operation_id="metrics",
        summary="Figures for Prometheus",
        response_class=PlainTextResponse,
        responses=documented(_no_token(), _closed()),
        openapi_extra=OPTIONAL_TOKEN,
    )
    async def metrics(credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> Response:
        _require_reader(credentials, services.core.settings.metrics_token)
        text = await pool.run(lambda: generate_latest(registry))
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


def _require_reader(credentials: HTTPAuthorizationCredentials | None, expected: Secret | None) -> None:
    """Let in who sends the token that is set. Raises Problem 401; 403 where none is set."""
    if expected is None:
        raise _closed()
    token = credentials.credentials.encode() if credentials else b""
    if not hmac.compare_digest(token, expected.value.encode()):
        raise _no_token()


def _route(scope: Scope) -> str:
    """The route's template; for what is mounted, where it is mounted."""
    first = scope["path"].split("/")[1] if scope["path"].startswith("/") else "other"
    if first in {"log", "static"}:
        return f"/{first}"
    template = getattr(scope.get("route"), "path", None)
    if isinstance(template, str):
        return template
    return f"/{first}" if first in {"", "received", "report", "unsubscribe"} else "other"
