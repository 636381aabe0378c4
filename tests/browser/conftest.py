"""A whole installation as a person meets it: `worker serve` and `worker run`, Redis, PostgreSQL, chromium."""

from __future__ import annotations

import contextlib
import email
import email.policy
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page

from tests.parts.browser import chromium
from tests.parts.foreign_site import ForeignSite, foreign_site
from tests.parts.postgres_server import PostgresServer
from tests.parts.redis_server import redis_server
from tests.parts.web_server import CHEAP, PASSWORD
from worker.ledger import users
from worker.ledger.store import Ledger, open_ledger
from worker.ledger.users import UserRole

REPO = Path(__file__).parents[2]
START_TIMEOUT_S = 180.0  # on a busy machine
LETTER_TIMEOUT_S = 180.0
FILL_S = 1.1  # the least time a person takes for the form, and a little more
COMMAND = [sys.executable, "-c", "from worker.cli.main import run; run()"]


@dataclass(frozen=True)
class Installation:
    """Its address, and the services behind it."""

    url: str
    outbox: Path
    ledger: Ledger

    def letters(self) -> list[EmailMessage]:
        """The letters in the outbox."""
        texts = [path.read_bytes() for path in self.outbox.glob("*.eml")]
        return [email.message_from_bytes(text, policy=email.policy.default) for text in texts]

    def letter_to(self, address: str) -> EmailMessage:
        """The one letter to this address, once it is there."""
        deadline = time.monotonic() + LETTER_TIMEOUT_S
        while not (found := [letter for letter in self.letters() if letter["To"] == address]):
            assert time.monotonic() < deadline, "the letter never came"
            time.sleep(0.2)
        assert len(found) == 1
        return found[0]

    def sign_up(self, address: str, **fields: Any) -> None:
        """Sign somebody up as the form's script does."""
        form_token = requests.get(f"{self.url}/v1/form-token", timeout=10).json()["form_token"]
        time.sleep(FILL_S)
        form = {"email": address, "form_token": form_token, "website": "", **fields}
        answer = requests.post(f"{self.url}/v1/signups", json=form, headers={"Origin": self.url}, timeout=30)
        assert answer.status_code == 202, answer.text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def website() -> Iterator[ForeignSite]:
    """Somebody's website, whose pages may use the installation."""
    with foreign_site() as site:
        yield site


@pytest.fixture(scope="module")
def installation(
    browser: Browser, website: ForeignSite, postgres: PostgresServer, migrated_postgres: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:  # fmt: skip
    """Running, with the users `marketing` (viewer) and `olga` (operator). Each test brings people of its own."""
    home = tmp_path_factory.mktemp("installation")
    ledger_url = postgres.url(postgres.create_database(template=migrated_postgres))
    ledger = open_ledger(ledger_url)
    with ledger.write() as tx:
        users.put_user(tx, "marketing", UserRole.VIEWER, CHEAP.hash(PASSWORD))
        users.put_user(tx, "olga", UserRole.OPERATOR, CHEAP.hash(PASSWORD))
    with contextlib.closing(ledger), redis_server() as redis_url:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WORKER_")},
            "PYTHONPATH": str(REPO),
            "DATABASE_URL": ledger_url.replace("+psycopg", ""),
            "REDIS_URL": redis_url,
            "WORKER_STATE_DIR": str(home / "state"),
            "WORKER_OUTBOX_DIR": str(home / "outbox"),
            "WORKER_SWEEP_INTERVAL_S": "1",
            "WORKER_ALLOWED_ORIGINS": website.origin,
            "WORKER_FORM_MIN_FILL_S": "1",
            "WORKER_SOURCE_LIMIT_PER_HOUR": "0",
            "WORKER_THREADS": "2",
        }
        with _running(home, environment) as url:
            yield Installation(url, home / "outbox", ledger)


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Callable[..., Page]]:
    """Opens pages; every console message, and so every breach of the page's policy, fails the test."""
    opened: list[BrowserContext] = []
    messages: list[str] = []

    def visit(path: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.goto(installation.url + path)
        return page

    yield visit
    for context in opened:
        context.close()
    # axe speaks to every frame of a page; the letter's sandboxed one has no origin to be spoken to under.
    expected = ("403", "404", "422", "Failed to execute 'postMessage'")
    assert [text for text in messages if not any(part in text for part in expected)] == []


@contextlib.contextmanager
def _running(home: Path, environment: dict[str, str]) -> Iterator[str]:
    """`worker serve` and `worker run`, until the block ends; yields where the former is reached."""
    port = _free_port()
    with (home / "processes.log").open("wb") as log:
        processes = [
            subprocess.Popen([*COMMAND, *words], env=environment, stdout=log, stderr=log, cwd=home)
            for words in (["serve", "--port", str(port)], ["run"])
        ]
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, processes[0], home / "processes.log")
            yield url
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(START_TIMEOUT_S)


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
