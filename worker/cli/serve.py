"""`worker serve`: the HTTP channels, the pages and the send log."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Annotated

import typer
import uvicorn

from worker.boot.installation import stop_this_process
from worker.boot.web import boot_web
from worker.cli.console import stderr
from worker.cli.resources import settings_for_command
from worker.cli.services import claim_redis, opened_redis
from worker.ledger.revision import require_migrated
from worker.maintenance.periodic import PeriodicTask, run_periodically
from worker.operations.installation import require_ours
from worker.unexpected import count_uncaught
from worker.web.app import create_app
from worker.web.server import server_config


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Serve the form, the HTTP API, the send log and the metrics.

    Ctrl-C or SIGTERM stops it cleanly: requests that have begun are answered.

    Example: `worker serve --port 8000`
    """
    settings = settings_for_command()
    count_uncaught()
    with opened_redis(settings) as redis_url:
        services = boot_web(settings, redis_url, stop=stop_this_process)
        try:
            require_migrated(services.core.ledger)
            claim_redis(services.core.redis, require_ours(services.core.ledger, settings))
            stderr.print(f"serving on http://{host}:{port}. Stop with Ctrl-C.")
            app = create_app(services)
            config = server_config(app, host=host, port=port, trusted_proxies=settings.trusted_proxies)
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn raises it again once it has drained
            watch = PeriodicTask("installation", settings.sweep_interval_s, services.installation_watch.check)
            threading.Thread(target=run_periodically, args=(watch, threading.Event()), daemon=True).start()
            with contextlib.suppress(KeyboardInterrupt):
                uvicorn.Server(config).run()
        finally:
            services.core.close()
