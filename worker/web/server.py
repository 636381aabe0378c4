"""How the application is served: uvicorn, with bounds, and without a line per request."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

KEEP_ALIVE_S = 15
DRAIN_S = 30  # requests under way when the server stops may take this long
MAX_CONNECTIONS = 1000  # beyond these a connection gets 503 at once


def server_config(app: ASGIApp, *, host: str, port: int, trusted_proxies: str) -> uvicorn.Config:
    """Settings of uvicorn. `trusted_proxies` are the addresses whose X-Forwarded headers are believed."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # an unsubscribe address is a key, and stands in the path
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        limit_concurrency=MAX_CONNECTIONS,
        lifespan="off",
        ws="none",
    )
