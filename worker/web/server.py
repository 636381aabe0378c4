"""The settings of uvicorn: bounded, and without a log line per request."""

from __future__ import annotations

from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp

from worker.web.connections import DEFAULT_BOUNDS, Bounds, bounded_protocol

KEEP_ALIVE_S = 15
DRAIN_S = 30  # for requests in progress when the server stops
MAX_CONNECTIONS = 1000  # further connections get 503 at once


def server_config(
    app: ASGIApp, *, host: str, port: int, trusted_proxies: Sequence[str], bounds: Bounds = DEFAULT_BOUNDS
) -> uvicorn.Config:
    """Return the settings. `trusted_proxies` are the addresses whose X-Forwarded headers are believed."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=bounded_protocol(bounds, trusted_proxies),
        log_config=None,
        access_log=False,  # the path of a reader's link holds its token
        server_header=False,
        forwarded_allow_ips=list(trusted_proxies),
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        limit_concurrency=MAX_CONNECTIONS,
        lifespan="off",
        ws="none",
    )
