"""A real redis-server for tests: on a unix socket of its own, gone with the test session."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import redis

from tests.parts.watchdog import run_directory
from worker.local.redis import find_redis_server

START_TIMEOUT_S = 10.0


@contextlib.contextmanager
def redis_server(
    options: Sequence[str] = (), *, config: Path | None = None, password: str | None = None
) -> Iterator[str]:
    """Start a redis-server, which keeps nothing on disk unless `options` say so; yields its unix:// URL."""
    with tempfile.TemporaryDirectory(prefix="redis-", dir=run_directory()) as home:
        socket = Path(home) / "redis.sock"
        process = subprocess.Popen(
            [
                find_redis_server(),
                *([config] if config else []),
                "--port",
                "0",
                "--unixsocket",
                socket,
                "--dir",
                home,
                "--save",
                "",
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            url = f"unix://{socket}"
            _wait_until_it_answers(url, process, password)
            yield url
        finally:
            process.terminate()
            process.wait(START_TIMEOUT_S)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], password: str | None) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    with contextlib.closing(redis.Redis.from_url(url, password=password)) as client:
        while True:
            try:
                client.ping()
            except redis.RedisError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return
