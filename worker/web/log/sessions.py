"""Who may see the send log: signed sessions that end, and a limit on guessing passwords."""

from __future__ import annotations

import hashlib
import time

import structlog
from starlette.requests import Request

from worker.boot.web import WebServices
from worker.ledger import users
from worker.ledger.audit import record_action
from worker.ledger.login_refusals import count_refused_logins, record_refused_login
from worker.ledger.users import LogUser
from worker.passwords import Passwords
from worker.web.log.views import LoggedIn
from worker.web.request_limits import visitor_address
from worker.web.thread_pool import ThreadPool

log = structlog.get_logger(__name__)

WINDOW_S = 900.0
MAX_PER_NAME = 5  # failed logins for one name from one source, of an IPv6 one its /64, in WINDOW_S
MAX_PER_SOURCE = 30  # failed logins from one source under any name, in WINDOW_S
LOGIN = "login"
HASHING_THREADS = 2  # each needs 64 MB while it hashes
_REFUSED = "Name or password is wrong."
_TOO_OFTEN = "Too many failed logins. Try again in a quarter of an hour."


class LoginRequired(Exception):
    """The request has no session that is still good."""


class LoginRefused(Exception):
    """The login failed; the message is for the person who tried."""


class Sessions:
    """Opens, checks and ends the sessions of the send log's users."""

    def __init__(self, services: WebServices, pool: ThreadPool, passwords: Passwords) -> None:
        self._services = services
        self._pool = pool
        self._hashing = ThreadPool(HASHING_THREADS)
        self._passwords = passwords

    async def open(self, request: Request, name: str, password: str) -> None:
        """Open a session. Raises LoginRefused, with the same words for a wrong name and for a wrong password."""
        source = visitor_address(request)
        user = await self._hashing.run(lambda: self._check(name, password, source))
        request.session.clear()
        request.session.update(user=user.name, since=int(time.time()), mark=_mark(user))

    async def end_all(self, request: Request) -> None:
        """End every session of this user, so that a copy of the cookie opens nothing either."""
        await self._pool.run(lambda: self._end_sessions(str(request.session.get("user", ""))))
        request.session.clear()

    async def find_user(self, request: Request) -> LoggedIn | None:
        """Return the user of the request's session; None if it has ended or the password has changed since."""
        session = request.session
        name, since = session.get("user"), session.get("since")
        if not isinstance(name, str) or not isinstance(since, int):
            return None
        expired = time.time() - since > self._services.core.settings.session_hours * 3600
        user = None if expired else await self._pool.run(lambda: self._find(name))
        if user is None or session.get("mark") != _mark(user):
            session.clear()
            return None
        return LoggedIn(user.name, user.role)

    async def require_user(self, request: Request) -> None:
        """Dependency of every page behind the login. Raises LoginRequired."""
        user = await self.find_user(request)
        if user is None:
            raise LoginRequired
        request.state.user = user

    def _find(self, name: str) -> LogUser | None:
        with self._services.core.ledger.read() as tx:
            return users.find_user(tx, name)

    def _end_sessions(self, name: str) -> None:
        with self._services.core.ledger.write() as tx:
            users.end_sessions(tx, name)

    def _check(self, name: str, password: str, source: str | None) -> LogUser:
        network = self._services.core.identity.source_hash(source) if source else "none"
        hashes = {"name_hash": self._hash("name", name), "source_hash": f"host:{network}"}
        with self._services.core.ledger.read() as tx:
            for_name, from_source = count_refused_logins(tx, within_s=WINDOW_S, **hashes)
            user = users.find_user(tx, name)
        if for_name >= MAX_PER_NAME or from_source >= MAX_PER_SOURCE:
            raise LoginRefused(_TOO_OFTEN)
        if self._passwords.matches(None if user is None else user.password_hash, password) and user is not None:
            with self._services.core.ledger.write() as tx:
                record_action(tx, actor=LoggedIn(user.name, user.role).actor, action=LOGIN)
            log.info("login", user=user.name)
            return user
        with self._services.core.ledger.write() as tx:
            record_refused_login(tx, **hashes)
        log.warning("login refused", **hashes)
        raise LoginRefused(_REFUSED)

    def _hash(self, purpose: str, value: str) -> str:
        keyed = f"{self._services.core.settings.secrets.newest}\0{purpose}\0{value}"
        return f"{purpose}:{hashlib.sha256(keyed.encode()).hexdigest()[:24]}"


def _mark(user: LogUser) -> str:
    """A value that changes with the password and with each logout; a session with another value has ended."""
    return hashlib.sha256(f"{user.password_hash} {user.logouts}".encode()).hexdigest()[:24]
