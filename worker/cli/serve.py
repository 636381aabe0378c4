"""`worker serve`: the HTTP channels, the pages and the send log."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Annotated

import typer
import uvicorn

from worker.boot.installation import stop_this_process
from worker.boot.web import WebServices, boot_web
from worker.cli.console import stderr
from worker.cli.resources import settings_for_command
from worker.cli.services import claim_redis, opened_redis
from worker.errors import LedgerUnavailable
from worker.ledger.heartbeats import HEARTBEAT_S, ProcessKind, record_stop, this_process
from worker.ledger.revision import require_migrated
from worker.maintenance.periodic import PeriodicTask, run_periodically
from worker.operations.installation import require_ours
from worker.operations.refused_start import refusals_recorded
from worker.unexpected import count_uncaught
from worker.web.app import create_app
from worker.web.server import server_config
from worker.web.write_proof import WriteProof


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
    with opened_redis(settings) as redis_url, contextlib.ExitStack() as opened:
        with refusals_recorded(settings, ProcessKind.SERVE):
            services = boot_web(settings, redis_url, stop=stop_this_process)
            opened.callback(services.core.close)
            require_migrated(services.core.ledger)
            claim_redis(services.core.redis, require_ours(services.core.ledger, settings))
            app = create_app(services)
        stderr.print(f"serving on http://{host}:{port}. Stop with Ctrl-C.")
        config = server_config(app, host=host, port=port, trusted_proxies=settings.trusted_proxies)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn raises it again once it has drained
        with _periodic_tasks(services), contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run()


@contextlib.contextmanager
def _periodic_tasks(services: WebServices) -> Iterator[None]:
    """Run them until the block ends; then this process is recorded as stopped."""
    ledger, stopped = services.core.ledger, threading.Event()
    tasks = (
        PeriodicTask("installation", services.core.settings.sweep_interval_s, services.installation_watch.check),
        PeriodicTask("heartbeat", HEARTBEAT_S, WriteProof(ledger).verdict),
    )
    for task in tasks:
        threading.Thread(target=run_periodically, args=(task, stopped), name=task.name, daemon=True).start()
    try:
        yield
    finally:
        stopped.set()
        with contextlib.suppress(LedgerUnavailable), ledger.write() as tx:
            record_stop(tx, this_process())
