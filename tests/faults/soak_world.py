"""The world of a soak: ledger, Redis, SES and an identity provider, and what may fail between them and a worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis
import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.faults.servers import ForgetfulNat, LossyProxy, restartable_redis
from tests.parts.identity_provider import IdentityProvider, identity_provider
from tests.parts.postgres_server import PostgresServer, postgres_server
from tests.ses_server import SesServer
from worker.ledger.migrate import migrate
from worker.ledger.store import open_ledger

CREDENTIALS_LIVE_S = 60.0  # so short that botocore asks for new ones before each call


@dataclass
class Postgres:
    """The server that writes, its standby, and the proxy through which everybody reaches the first."""

    primary: PostgresServer
    standby: PostgresServer
    proxy: LossyProxy
    servers: contextlib.ExitStack

    def fall_behind(self) -> None:
        """The standby receives nothing more: what is committed from now on is lost with the primary."""
        self.standby.run("ALTER SYSTEM SET primary_conninfo = ''")
        self.standby.run("SELECT pg_reload_conf()")

    def fail_over(self) -> None:
        """The primary is gone, its standby is promoted, and gets a standby of its own."""
        self.primary.stop_immediately()
        self.standby.promote()
        self.proxy.target = self.standby.socket
        self.primary = self.standby
        self.standby = self.servers.enter_context(postgres_server(standby_of=self.primary))


@dataclass
class World:
    """What a soak breaks. `postgres` is None on SQLite."""

    installation: Installation
    redis: redis.Redis
    redis_proxy: LossyProxy
    nat: ForgetfulNat
    provider: IdentityProvider
    postgres: Postgres | None
    home: Path
    between: list[LossyProxy] = field(default_factory=list)

    def snapshot(self) -> Path:
        """A copy of SQLite's file, as a snapshot of its volume."""
        target = self.home / "snapshot.db"
        target.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(self._file)) as live, contextlib.closing(sqlite3.connect(target)) as to:
            live.backup(to)
        return target

    def put_back(self, snapshot: Path) -> None:
        """Put a copy in the place of SQLite's file. No worker may run."""
        self.installation.services.core.ledger.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self._file}{suffix}").unlink(missing_ok=True)
        shutil.copy(snapshot, self._file)

    @property
    def _file(self) -> str:
        return str(sa.make_url(self.installation.environment["DATABASE_URL"]).database)


@contextlib.contextmanager
def made_world(database: str) -> Iterator[World]:
    """A world on `sqlite` or `postgresql`; gone at the end."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        postgres = stack.enter_context(_postgres()) if database == "postgresql" else None
        url = f"sqlite:///{home / 'ledger.db'}"
        if postgres is not None:
            name = postgres.primary.create_database()
            url = f"postgresql+psycopg://postgres@127.0.0.1:{postgres.proxy.port}/{name}?sslmode=disable"
        with contextlib.closing(open_ledger(url)) as ledger:
            migrate(ledger)
        server = stack.enter_context(restartable_redis())
        redis_proxy = LossyProxy(server.socket)
        ses = stack.enter_context(SesServer(log=home / "ses.jsonl"))
        nat = ForgetfulNat(int(ses.url.rpartition(":")[2]))
        provider = stack.enter_context(identity_provider(lives_s=CREDENTIALS_LIVE_S))
        for closed in (redis_proxy, nat):
            stack.callback(closed.close)
        aws = _aws_environment(ses, nat, provider, home)
        os.environ.update(aws)
        installation = Installation(
            home,
            database_url=url,
            redis_url=f"redis://127.0.0.1:{redis_proxy.port}",
            ses=ses,
            settings={**aws, "WORKER_MAX_CLAIMS": "1000", "WORKER_ACCOUNT_INTERVAL_S": "2"},
        )
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            installation.environment.pop(name)
            os.environ.pop(name, None)
        stack.callback(installation.close)
        between = [redis_proxy, *([postgres.proxy] if postgres else [])]
        client = redis.Redis.from_url(server.url)
        yield World(installation, client, redis_proxy, nat, provider, postgres, home, between)


@contextlib.contextmanager
def _postgres() -> Iterator[Postgres]:
    with contextlib.ExitStack() as servers:
        primary = servers.enter_context(postgres_server())
        standby = servers.enter_context(postgres_server(standby_of=primary))
        proxy = LossyProxy(primary.socket)
        servers.callback(proxy.close)
        yield Postgres(primary, standby, proxy, servers)


def _aws_environment(ses: SesServer, nat: ForgetfulNat, provider: IdentityProvider, home: Path) -> dict[str, str]:
    """As on Kubernetes: a token in a file, and no key."""
    token = home / "token"
    token.write_text("a web identity token")
    return {
        **{name: value for name, value in ses.environment.items() if not name.endswith(("_KEY_ID", "_ACCESS_KEY"))},
        "AWS_ENDPOINT_URL_SESV2": f"http://127.0.0.1:{nat.port}",
        "AWS_ENDPOINT_URL_STS": provider.url,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/sender",
        "AWS_MAX_ATTEMPTS": "1",
    }
