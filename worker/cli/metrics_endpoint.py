"""What `worker run` shows to Prometheus: the counts of all its worker processes together, and the ledger's figures."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from worker.boot.worker import WorkerServices
from worker.errors import ConfigurationError
from worker.metrics import LedgerFigures

COUNTS_DIR = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own name: with it, processes count into files
_FOLDER = "metrics"


def counts_environment(state_dir: Path) -> dict[str, str]:
    """What the worker processes need to count together; forgets the counts of an earlier run."""
    folder = (state_dir / _FOLDER).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {COUNTS_DIR: str(folder)}


@contextlib.contextmanager
def metrics_shown(services: WorkerServices, counts_dir: str | None) -> Iterator[None]:
    """Answer Prometheus at WORKER_METRICS_LISTEN, where that is set. Raises ConfigurationError where it is taken."""
    listen = services.core.settings.metrics_listen
    if listen is None or counts_dir is None:
        yield
        return
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=counts_dir)  # type: ignore[no-untyped-call]
    core = services.core
    figures = LedgerFigures(core.ledger, core.counts, core.queue.depths, core.witness.size, core.health.verdict)
    registry.register(figures)
    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), addr=host.strip("[]"), registry=registry)
    except OSError as error:
        raise ConfigurationError("WORKER_METRICS_LISTEN", f"{listen}: {error.strerror}") from None
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
