"""The web application over real ledgers and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.web_server import METRICS_TOKEN, TOKEN, Site, web_server
from worker.boot.web import WebServices, boot_web
from worker.settings import load_settings

ORIGIN = "https://outlook.example.com"


def web_services(ledger_url: str, redis_url: str, home: Path, **more: str) -> WebServices:
    environment = {
        "DATABASE_URL": ledger_url,
        "WORKER_STATE_DIR": str(home / "state"),
        "WORKER_OUTBOX_DIR": str(home / "outbox"),
        "WORKER_API_TOKENS": f"another-token-of-length,{TOKEN}",
        "WORKER_ALLOWED_ORIGINS": ORIGIN,
        "WORKER_METRICS_TOKEN": METRICS_TOKEN,
        "WORKER_FORM_MIN_FILL_S": "0",
        "WORKER_SOURCE_LIMIT_PER_HOUR": "0",
        "WORKER_SNS_TOPIC_ARNS": "arn:aws:sns:eu-west-1:123456789012:ses-events",
        **more,
    }
    return boot_web(load_settings(environment), redis_url)


@pytest.fixture
def site(ledger_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    """Serve the application over a ledger of each kind."""
    services = web_services(ledger_url, redis_url, tmp_path)
    with web_server(services) as site:
        yield site
    services.core.ledger.close()


@pytest.fixture
def one_site(sqlite_ledger_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    """Serve the application over SQLite, for tests that do not depend on the ledger."""
    services = web_services(sqlite_ledger_url, redis_url, tmp_path)
    with web_server(services) as site:
        yield site
    services.core.ledger.close()
