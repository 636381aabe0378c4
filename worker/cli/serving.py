"""`worker serve` and `worker user`: the HTTP doors, and who may log in to the send log."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from worker.boot import boot_front, require_migrated
from worker.cli.console import stderr
from worker.cli.opening import opened_redis, settings_for_command
from worker.web.app import create_app

KEEP_ALIVE_S = 15
DRAIN_S = 30
MAX_CONNECTIONS = 1000  # beyond these a connection gets 503 at once


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Serve the HTTP doors: signups, roles, unsubscribe, SES events, health, metrics and the send log at /log.

    Example: `worker serve --port 8000`
    """
    settings = settings_for_command()
    with opened_redis(settings) as redis_url:
        services = boot_front(settings, redis_url)
        try:
            require_migrated(services.ledger)
            stderr.print(f"serving on http://{host}:{port}. Stop with Ctrl-C.")
            config = uvicorn.Config(
                create_app(services),
                host=host,
                port=port,
                log_config=None,
                access_log=False,  # an unsubscribe address is a key, and stands in the path
                server_header=False,
                forwarded_allow_ips=settings.trusted_proxies,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=DRAIN_S,
                limit_concurrency=MAX_CONNECTIONS,
            )
            uvicorn.Server(config).run()
        finally:
            services.ledger.close()
            services.redis.close()
