"""Servers a test may break: a redis-server and a PostgreSQL of its own, and a proxy that loses answers."""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.parts.watchdog import run_directory
from tests.ses_server import HANG_UP_AT_ONCE
from worker.local.redis import find_redis_server

START_TIMEOUT_S = 10.0


class RedisServer:
    """A redis-server that can be killed and started again; what it saved before is what it then knows."""

    def __init__(self, home: Path) -> None:
        self.socket = home / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        arguments: list[str | Path] = ["--port", "0", "--unixsocket", self.socket, "--dir", self._home, "--save", ""]
        self._process = subprocess.Popen([find_redis_server(), *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT_S
        with redis.Redis.from_url(self.url) as client:
            while True:
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.02)

    def save(self) -> None:
        """Write a snapshot, to be read at the next start."""
        with redis.Redis.from_url(self.url) as client:
            client.save()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal: SIGSTOP freezes it, SIGCONT thaws it."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """As SHUTDOWN NOSAVE would, only ruder."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def restartable_redis() -> Iterator[RedisServer]:
    """A running server; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="redis-", dir=run_directory()) as home:
        server = RedisServer(Path(home))
        server.start()
        try:
            yield server
        finally:
            server.kill()


class ForgetfulNat:
    """Passes bytes both ways between TCP clients and a port, as a NAT gateway does.

    It forgets the connections that are idle when `forget_idle` is called: the next packet on one is answered with a
    reset.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: dict[socket.socket, float] = {}  # since when each is idle
        self._forgotten: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def forget_idle(self, idle_s: float = 0.0) -> int:
        """Forget every connection that is idle for so many seconds; returns how many.

        By default every connection: in a test that waits for each answer, all are idle.
        """
        since = time.monotonic() - idle_s
        with self._lock:
            forgotten = {each for each, at in self._connections.items() if at <= since} - self._forgotten
            self._forgotten |= forgotten
        return len(forgotten)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        try:
            self._pass_on(client)
        finally:
            with self._lock:
                self._connections.pop(client, None)
                self._forgotten.discard(client)

    def _is_known(self, client: socket.socket) -> bool:
        with self._lock:
            self._connections[client] = time.monotonic()
            return client not in self._forgotten

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._target))
        self._is_known(client)
        with client, server, selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _events in selector.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    octets = source.recv(65536)
                    if not octets:
                        return
                    if not self._is_known(client):
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP_AT_ONCE)
                        return
                    key.data.sendall(octets)


class LossyProxy:
    """Passes bytes both ways between TCP clients and a unix socket, until a test makes it lose an answer.

    `lose_answer_to(mark)`: the next request that contains `mark` reaches the server; its answer does not come back, the
    connection is cut instead. `cut` takes the whole network away, until `mend`.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._marks: tuple[bytes, ...] = ()
        self._away = False
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answer_to(self, *marks: bytes) -> None:
        """Lose the answer to the next request that contains each of `marks`."""
        with self._lock:
            self._marks = marks

    def cut(self) -> None:
        """End every connection, and let none be made."""
        with self._lock:
            self._away = True
            clients = list(self._clients)
        for client in clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections be made again."""
        with self._lock:
            self._away = False

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        with self._lock:
            if self._away:
                client.close()
                return
            self._clients.add(client)
        try:
            self._pass_on(client)
        finally:
            with self._lock:
                self._clients.discard(client)

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
            server.connect(str(self.target))
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _events in selector.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    octets = source.recv(65536)
                    if not octets:
                        return
                    key.data.sendall(octets)
                    if source is client and self._loses(octets):
                        server.recv(65536)  # so the server has done what it was asked
                        return

    def _loses(self, request: bytes) -> bool:
        with self._lock:
            if not self._marks or any(mark not in request for mark in self._marks):
                return False
            self._marks = ()
            self.lost += 1
            return True
