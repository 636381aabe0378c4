"""A whole installation as a person meets it: `worker serve` and `worker run`, Redis, PostgreSQL, chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from tests.parts.browser import chromium
from tests.parts.web_server import PASSWORD
from worker.ledger.store import Ledger, open_ledger

REPO = Path(__file__).parents[2]
START_TIMEOUT_S = 60.0
COMMAND = [sys.executable, "-c", "from worker.cli.main import run; run()"]


@dataclass(frozen=True)
class Installation:
    """Where it is reached, and what stands behind it."""

    url: str
    outbox: Path
    ledger: Ledger


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def installation(browser: Browser, postgres_ledger_url: str, redis_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Running, with the users `marketing` (viewer) and `olga` (operator)."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WORKER_")},
        "PYTHONPATH": str(REPO),
        "DATABASE_URL": postgres_ledger_url.replace("+psycopg", ""),
        "REDIS_URL": redis_url,
        "WORKER_STATE_DIR": str(tmp_path / "state"),
        "WORKER_OUTBOX_DIR": str(tmp_path / "outbox"),
        "WORKER_SWEEP_INTERVAL_S": "1",
        "WORKER_FORM_MIN_FILL_S": "1",
        "WORKER_THREADS": "2",
    }
    for user in (("marketing",), ("olga", "--role", "operator")):
        adding = [*COMMAND, "user", "add", *user, "--password-stdin"]
        subprocess.run(adding, env=environment, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)
    port = _free_port()
    log = (tmp_path / "processes.log").open("wb")
    processes = [
        subprocess.Popen([*COMMAND, *words], env=environment, stdout=log, stderr=log, cwd=tmp_path)
        for words in (["serve", "--port", str(port)], ["run"])
    ]
    ledger = open_ledger(postgres_ledger_url)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, processes[0], tmp_path / "processes.log")
        yield Installation(url, tmp_path / "outbox", ledger)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(START_TIMEOUT_S)
        log.close()
        ledger.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            if requests.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"worker serve did not start:\n{log.read_text()}")
        time.sleep(0.1)
