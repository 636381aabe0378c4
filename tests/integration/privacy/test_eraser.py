"""What erasure says where a place still holds the person: it names it, and does not confirm."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
import redis
import sqlalchemy as sa

from tests.parts.reports import IDENTITY_KEY, key_of, owe
from worker.boot.core import build_eraser
from worker.broker import RECEIVE_ACTOR, Queue, open_broker
from worker.ledger.schema import signup
from worker.ledger.store import open_ledger
from worker.local.redis import find_redis_server
from worker.privacy.eraser import NO_REDIS, TAKEN, WRITE_AHEAD, ErasedEverywhere
from worker.redis_queues import SIGNUPS_QUEUE
from worker.settings import load_settings

ADA = "ada@example.com"


def payload(signup_id: str, email: str = ADA) -> dict:
    return {"version": 1, "signup_id": signup_id, "email": email, "role": "Editor"}


@contextlib.contextmanager
def redis_server(home: Path, *options: str) -> Iterator[redis.Redis]:
    """A Redis with an append-only file, started with these options."""
    socket = home / "r.sock"
    command = [find_redis_server(), "--port", "0", "--unixsocket", str(socket), "--dir", str(home), "--save", ""]
    process = subprocess.Popen([*command, "--appendonly", "yes", *options], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(unix_socket_path=str(socket)) as client:
            for _ in range(200):
                with contextlib.suppress(redis.ConnectionError):
                    if client.ping():
                        break
            yield client
    finally:
        process.terminate()
        process.wait()


def erased(ledger, client, tmp_path, *, wait_s: float = 5.0, email: str = ADA) -> ErasedEverywhere:
    settings = load_settings(
        {"WORKER_IDENTITY_KEY": IDENTITY_KEY, "WORKER_OUTBOX_DIR": str(tmp_path), "WORKER_STATE_DIR": str(tmp_path)}
    )
    return build_eraser(settings, ledger, client).erase(
        key_of(email), addresses=[email], actor="ops", reason="r", wait_s=wait_s
    )


def test_a_redis_that_refuses_to_rewrite_is_named_and_nothing_is_confirmed(ledger, tmp_path):
    owe(ledger, ADA)
    with redis_server(tmp_path, "--rename-command", "BGREWRITEAOF", "") as client:
        client.set("was", ADA)
        client.delete("was")
        done = erased(ledger, client, tmp_path)
    assert not done.confirmed
    assert done.left == ("Redis's append-only file, until Redis rewrites it by itself: it refuses to do so when asked",)


def test_a_redis_that_is_away_is_named_and_the_ledger_is_erased(ledger, tmp_path):
    owe(ledger, ADA)
    with redis.Redis(unix_socket_path=str(tmp_path / "nobody.sock")) as client:
        done = erased(ledger, client, tmp_path)
    assert (done.left, done.ledger.signups, done.confirmed) == ((NO_REDIS,), 1, False)


def test_signups_that_wait_are_withdrawn_whatever_their_queue(ledger, redis_url, tmp_path):
    with redis.Redis.from_url(redis_url) as client:
        broker = open_broker(client)
        queue = Queue(broker)
        queue.enqueue_signup(payload("1", "Ada@Example.com"))
        queue.enqueue_signup(json.dumps(payload("2")))
        queue.enqueue_signup("no JSON")
        queue.enqueue_signup(payload("3", "bob@example.com"))
        broker.enqueue(
            dramatiq.Message(
                queue_name=SIGNUPS_QUEUE, actor_name=RECEIVE_ACTOR, args=(payload("4"),), kwargs={}, options={}
            ),
            delay=3_600_000,
        )
        done = erased(ledger, client, tmp_path)
        assert (done.queued, done.known, done.confirmed) == (3, True, True)
        left = client.hvals("dramatiq:signups.msgs") + client.hvals("dramatiq:signups.DQ.msgs")
        kept = [json.loads(message)["args"][0] for message in left]  # a hash has no order
        assert sorted(kept, key=str) == sorted(["no JSON", payload("3", "bob@example.com")], key=str)
        assert client.llen("dramatiq:signups") == 2


BROKEN = [
    f"no JSON: {ADA}",
    f'{{"version": 1, "email": "{ADA}", "email": "{ADA}"}}',
    f'{{"version": 1, "email": "{ADA}"' + "," + " " * 40_000 + '"role": "Editor"}',
    payload("1", "e-mail: Ada@Example.com"),
    {"version": 1, "signup_id": ADA},
    [ADA],
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: str(broken)[:20])
def test_a_broken_signup_that_waits_is_withdrawn_too(ledger, redis_url, tmp_path, broken):
    others = [f"no JSON: bob@example.com {ADA[:3]}", payload("2", "bob@example.com") | {"campaign": ADA}]
    with redis.Redis.from_url(redis_url) as client:
        queue = Queue(open_broker(client))
        for each in (broken, *others):
            queue.enqueue_signup(each)
        done = erased(ledger, client, tmp_path)
        assert (done.queued, done.confirmed) == (1, True)
        kept = [json.loads(message)["args"][0] for message in client.hvals("dramatiq:signups.msgs")]
        assert sorted(kept, key=str) == sorted(others, key=str)


def test_a_signup_that_a_worker_has_is_named(ledger, redis_url, tmp_path):
    owe(ledger, ADA)
    with redis.Redis.from_url(redis_url) as client:
        Queue(open_broker(client)).enqueue_signup(payload("1"))
        assert client.lpop("dramatiq:signups") is not None  # as a worker takes it
        done = erased(ledger, client, tmp_path, wait_s=0.3)
        assert (done.queued, done.confirmed) == (0, False)
        assert done.left[0] == TAKEN
        assert client.hlen("dramatiq:signups.msgs") == 1


def test_a_reader_that_keeps_the_write_ahead_file_is_named(sqlite_ledger_url, redis_url, tmp_path):
    """PostgreSQL recycles its own."""
    with (
        contextlib.closing(open_ledger(sqlite_ledger_url, timeout_s=1.0)) as ledger,
        redis.Redis.from_url(redis_url) as client,
    ):
        with ledger.read() as reading:
            reading.execute(sa.select(signup)).all()
            owe(ledger, ADA)
            done = erased(ledger, client, tmp_path)
        assert WRITE_AHEAD in done.left
        assert erased(ledger, client, tmp_path).confirmed
