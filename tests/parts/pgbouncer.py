"""A real PgBouncer in transaction mode for tests: each transaction may get another session of PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.parts.postgres_server import PostgresServer
from tests.parts.programs import find_program
from tests.parts.watchdog import run_directory

START_TIMEOUT_S = 20.0
SESSIONS = 3  # of PostgreSQL, shared by all clients: fewer than a worker has threads

_CONFIG = """
[databases]
* = host={server} user=postgres
[pgbouncer]
unix_socket_dir = {home}
listen_addr =
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
logfile = {home}/log
"""


def find_pgbouncer() -> str:
    """The path of pgbouncer; without it the test is skipped, or fails."""
    return find_program("pgbouncer", remedy="install the package pgbouncer")


@contextlib.contextmanager
def pgbouncer(server: PostgresServer, database: str) -> Iterator[str]:
    """The URL of a database of `server` through a PgBouncer of this test's own, gone at the end."""
    program = find_pgbouncer()
    home = Path(tempfile.mkdtemp(prefix="pgbouncer-", dir=run_directory()))
    config = home / "pgbouncer.ini"
    config.write_text(_CONFIG.format(server=server.socket.parent, home=home, sessions=SESSIONS))
    account = "nobody" if os.geteuid() == 0 else None  # it refuses root
    if account:
        shutil.chown(home, account)
        shutil.chown(config, account)
    process = subprocess.Popen(
        [program, "--quiet", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=account
    )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(f"user=postgres dbname={database} host={home} port=6432").close()
                break
            assert time.monotonic() < deadline, f"PgBouncer does not answer: {log_of(home)}"
            time.sleep(0.05)
        yield f"postgresql+psycopg://postgres@/{database}?host={home}&port=6432"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def log_of(home: Path) -> str:
    """What it logged."""
    log = home / "log"
    return log.read_text() if log.exists() else "no log"
