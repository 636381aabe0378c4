"""One person signs up through every channel, is sent a letter and is erased; then no file and no key holds the address.

A real worker and a real server, with the embedded Redis and SQLite below `var/`.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from tests.parts.running_worker import running_worker
from tests.parts.shell import Shell
from tests.parts.web_server import TOKEN, Site, web_server
from worker.actors import register
from worker.boot.web import boot_web
from worker.boot.worker import WorkerServices, boot_worker
from worker.intake.client import enqueue_signup
from worker.ledger.migrate import migrate
from worker.ledger.schema import attempt, report, signup
from worker.ledger.steering_schema import lease
from worker.local.redis import embedded_redis
from worker.privacy.personal_data import KEYS
from worker.privacy.retention import Retention
from worker.settings import load_settings

ADDRESS = "Ada.Lovelace@analytical-engine.org"
TRACES = [b"ada.lovelace@", b"203.0.113.7"]
OWN = [b"a***", b"analytical-engine", b"zorbing"]
"""What else tells who it was: the masked address, a domain of one's own, words of one's own."""
OTHER = "bob@example.org"


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/var/ledger.db", "WORKER_STATE_DIR": str(tmp_path / "var"),
        "WORKER_OUTBOX_DIR": str(tmp_path / "var" / "outbox"), "WORKER_API_TOKENS": TOKEN, "REDIS_URL": "embedded",
        "WORKER_FORM_MIN_FILL_S": "0", "COLUMNS": "200", "NO_COLOR": "1", "USER": "ops",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "var"


def sign_up_everywhere(site: Site, worker: Shell, redis_url: str, home: Path) -> None:
    """By each channel, with the address and the source in each field that takes text."""
    spoilt: dict[str, Any] = {
        "role": f"ML Engineer {ADDRESS}",
        "source": {"page": f"/outlook/{ADDRESS}", "campaign": ADDRESS, "ip": "203.0.113.7"},
        "profile": {"tasks": [{"task": f"write to {ADDRESS}", "share": 3}], "skills": [ADDRESS]},
    }  # fmt: skip
    base: dict[str, Any] = {"version": 1, "email": ADDRESS, "role": "ML Engineer", "signup_id": ADDRESS}
    assert site.sign_up(**base).status_code == 202
    assert site.sign_up(**base | spoilt).status_code == 409  # the same signup_id, another signup
    assert site.sign_up(**base | spoilt | {"signup_id": f"x {ADDRESS}"}).status_code == 202
    assert site.sign_up(**base | {ADDRESS: 1}).status_code == 422
    assert site.browse_up(ADDRESS, role=f"Zorbing Quux {ADDRESS}").status_code == 202
    form_token = site.get("/v1/form-token").json()["form_token"]
    form = {"email": ADDRESS, "role": ADDRESS, "form_token": form_token, "website": "", "skills": ADDRESS}
    assert site.post("/", data=form, headers={"Origin": site.url}).status_code == 422, "no such role: it asks"
    form["role_unknown"] = ADDRESS
    assert site.post("/", data=form, headers={"Origin": site.url}).status_code == 303
    enqueue_signup(base | spoilt | {"signup_id": f"q {ADDRESS}"}, redis_url=redis_url)
    lines = [json.dumps(base | spoilt | {"signup_id": f"f {ADDRESS}"}), f"no JSON: {ADDRESS}"]
    (home / "signups.jsonl").write_text("\n".join(lines))
    worker("enqueue", "signups.jsonl", expect=1)
    (home / "signups.jsonl").unlink()
    assert site.sign_up(OTHER).status_code == 202


@contextmanager
def working(services: WorkerServices) -> Iterator[None]:
    if not services.core.broker.actors:
        register(services)
    with running_worker(services.core.broker, threads=2):
        yield


def until(services: WorkerServices, query: sa.Select[int], expected: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with services.core.ledger.read() as tx:
            found = tx.execute(query).scalar_one()
        if found == expected:
            return
        time.sleep(0.1)
    raise AssertionError(f"{found}, not {expected}")


def found_in(var: Path, redis_url: str, *traces: bytes) -> list[str]:
    """Each file and each key that holds one of the traces, in any case."""
    places = [
        str(path.relative_to(var))
        for path in sorted(var.rglob("*"))
        if path.is_file() and any(trace in path.read_bytes().lower() for trace in traces)
    ]
    with redis.Redis.from_url(redis_url) as client:
        places += [f"key {key!r}" for key in client.scan_iter() if any(trace in held(client, key) for trace in traces)]
    return places


def unmapped(redis_url: str) -> list[str]:
    """Each key that the map of personal data does not know."""
    patterns = [pattern for place in KEYS for pattern in place.name.split(", ")]
    with redis.Redis.from_url(redis_url) as client:
        names = [key.decode() for key in client.scan_iter()]
    assert names
    return [name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns)]


def held(client: redis.Redis, key: bytes) -> bytes:
    """The key and all that it holds, as text in lower case."""
    read = {
        b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
        b"list": lambda name: client.lrange(name, 0, -1), b"zset": lambda name: client.zrange(name, 0, -1),
    }[client.type(key)]  # fmt: skip
    return repr((key, read(key))).lower().encode()


def test_after_erasure_no_file_and_no_key_holds_the_person(var, tmp_path, monkeypatch):
    worker = Shell(tmp_path, monkeypatch)
    settings = load_settings()
    with embedded_redis(settings.state_dir) as redis_url:
        services = boot_worker(settings, redis_url)
        migrate(services.core.ledger)
        with web_server(boot_web(settings, redis_url)) as site:
            sign_up_everywhere(site, worker, redis_url, tmp_path)
            with working(services):
                until(services, sa.select(sa.func.count()).select_from(signup), 10)
                until(services, sa.select(sa.func.count()).where(report.c.state == "sent"), 2)
            enqueue_signup({"version": 1, "signup_id": "late", "email": ADDRESS, "role": "Editor"}, redis_url=redis_url)
            assert site.get("/v1/roles?q=editor").status_code == 200
            assert unmapped(redis_url) == []
            left = found_in(var, redis_url, *TRACES)
            assert {"ledger.db-wal", "key b'dramatiq:signups.msgs'"} <= set(left)
            assert any("redis" in place and "appendonly" in place for place in left)
            assert any(place.startswith("outbox") for place in left)
            printed = worker("erase", ADDRESS.lower(), "--yes")
            assert "1 queued signup" in printed
            assert "confirmed: no letter can leave" in printed
            assert found_in(var, redis_url, *TRACES) == []
            assert found_in(var, redis_url, *OWN) == []
            assert found_in(var, redis_url, OTHER.encode()) != []
            with working(services):
                time.sleep(1)
        until(services, sa.select(sa.func.count()).select_from(signup), 10)
        until(services, sa.select(sa.func.count()).select_from(attempt), 2)
        services.core.close()


def test_after_retention_no_file_holds_the_people(var, tmp_path, monkeypatch):
    """Nobody asked; time passed. Outbox letters are for local use and stay."""
    settings = load_settings()
    with embedded_redis(settings.state_dir) as redis_url:
        services = boot_worker(settings, redis_url)
        migrate(services.core.ledger)
        ledger = services.core.ledger
        with web_server(boot_web(settings, redis_url)) as site:
            sign_up_everywhere(site, Shell(tmp_path, monkeypatch), redis_url, tmp_path)
            with working(services):
                until(services, sa.select(sa.func.count()).select_from(signup), 10)
                until(services, sa.select(sa.func.count()).where(report.c.state == "sent"), 2)
        with ledger.write() as tx:
            tx.execute(sa.delete(lease))  # the worker's own run was a moment ago
            tx.execute(sa.update(signup).values(received_at=sa.func.datetime("now", "-100 days")))
            tx.execute(sa.update(report).values(changed_at=sa.func.datetime("now", "-100 days")))
        forgotten = Retention(ledger, days=90).forget()
        assert forgotten is not None
        assert (forgotten.reports, forgotten.signups) == (2, 8)
        (rewrite,) = [task for task in services.periodic_tasks if task.name == "redis_rewrite"]
        assert rewrite.run() == ()
        ledger.close()
        for path in (var / "outbox").iterdir():
            path.unlink()
        assert found_in(var, redis_url, *TRACES) == []
        services.core.close()
