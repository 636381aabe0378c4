"""The web application for tests: the real one under the real server, on a port of this machine."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import uvicorn
from argon2 import PasswordHasher

from worker.boot.web import WebServices
from worker.ledger import users
from worker.ledger.users import UserRole
from worker.passwords import Passwords
from worker.web.app import create_app
from worker.web.connections import DEFAULT_BOUNDS, Bounds
from worker.web.server import server_config

START_TIMEOUT_S = 20.0
TOKEN = "a-token-of-twenty-chars"
METRICS_TOKEN = "let-prometheus-in"
PASSWORD = "correct horse battery"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
_CSRF = re.compile(r'name="csrftoken" value="([^"]+)"')


@dataclass
class Site:
    """A running server and its services."""

    url: str
    services: WebServices
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET without cookies; redirects are not followed."""
        return requests.get(self.url + path, allow_redirects=False, timeout=30, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """POST without cookies; redirects are not followed."""
        return requests.post(self.url + path, allow_redirects=False, timeout=30, **options)

    def metrics(self) -> requests.Response:
        """GET /metrics, as Prometheus does."""
        return self.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})

    def sign_up(self, email: str = "ada@example.com", *, token: str = TOKEN, **fields: Any) -> requests.Response:
        """A server's signup."""
        number = next(self._numbers)
        signup = {"version": 1, "signup_id": f"test-{number}", "email": email, "role": "ml-engineer", **fields}
        return self.post("/v1/signups", json=signup, headers={"Authorization": f"Bearer {token}"})

    def browse_up(
        self, email: str = "ada@example.com", *, origin: str | None = None, **fields: Any
    ) -> requests.Response:
        """A browser's signup, from our own page unless `origin` says otherwise."""
        form_token = self.get("/v1/form-token").json()["form_token"]
        form = {"email": email, "role": "ML Engineer", "form_token": form_token, "website": "", **fields}
        return self.post("/v1/signups", json=form, headers={"Origin": origin or self.url})

    def add_user(self, name: str, role: UserRole, password: str = PASSWORD) -> None:
        """Add a user of the send log."""
        with self.services.core.ledger.write() as tx:
            users.put_user(tx, name, role, CHEAP.hash(password))

    def visitor(self) -> Visitor:
        """A browser without a login."""
        return Visitor(self.url)

    def logged_in(self, role: UserRole = UserRole.VIEWER) -> Visitor:
        """A browser in which a user with this role is logged in."""
        self.add_user(f"a-{role}", role)
        visitor = Visitor(self.url)
        answer = visitor.log_in(f"a-{role}", PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor


class Visitor:
    """Keeps cookies, and copies the CSRF token of the page it is on, as a browser's form does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET a page; redirects are not followed."""
        return self.session.get(self.url + path, headers=self._cookies(), allow_redirects=False, timeout=30, **options)

    def csrf(self, page: str) -> str:
        """The token in the forms of a page."""
        found = _CSRF.search(self.get(page).text)
        assert found, f"{page} has no form"
        return found.group(1)

    def post(
        self,
        path: str,
        *,
        page: str | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        **fields: Any,
    ) -> requests.Response:
        """Send a form, with the token of `page` where one is named; redirects are not followed."""
        token = {"csrftoken": self.csrf(page)} if page else {}
        return self.session.post(
            self.url + path, data={**token, **fields}, headers={**self._cookies(), **(headers or {})}, stream=stream,
            allow_redirects=False, timeout=30,
        )  # fmt: skip

    def _cookies(self) -> dict[str, str]:
        """The secure ones too: browsers send them to this machine over http, the standard library does not."""
        return {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)}

    def log_in(self, name: str, password: str, *, query: str = "") -> requests.Response:
        """Fill in the login form."""
        return self.post(f"/log/login{query}", page="/log/login", username=name, password=password)


@contextlib.contextmanager
def web_server(services: WebServices, *, bounds: Bounds = DEFAULT_BOUNDS) -> Iterator[Site]:
    """Serve these services until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as uvicorn's own sockets have it
    app = create_app(services, passwords=CHEAP)
    proxies = services.core.settings.trusted_proxies
    config = server_config(app, host="127.0.0.1", port=0, trusted_proxies=proxies, bounds=bounds)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not server.started:
            assert thread.is_alive(), "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", services)
    finally:
        server.should_exit = True
        thread.join(START_TIMEOUT_S)
        listening.close()
