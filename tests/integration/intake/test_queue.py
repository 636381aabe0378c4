"""What a signup's message holds, and the channel that the actor records for it."""

import json

import pytest
import redis
import sqlalchemy as sa

from worker.actors import register
from worker.boot.worker import boot_worker
from worker.broker import RECEIVE_ACTOR
from worker.ledger.channels import Channel
from worker.ledger.schema import signup
from worker.settings import load_settings

SIGNUP = {"version": 1, "signup_id": "s-1", "email": "ada@example.com", "role": "ml-engineer"}


@pytest.fixture
def services(sqlite_ledger_url, redis_url, tmp_path):
    made = boot_worker(load_settings({"DATABASE_URL": sqlite_ledger_url, "WORKER_STATE_DIR": str(tmp_path)}), redis_url)
    yield made
    made.core.ledger.close()


@pytest.mark.parametrize(
    ("options", "waits_on", "arguments"),
    [
        ({}, "signups", [SIGNUP]),
        ({"channel": Channel.QUEUE}, "signups", [SIGNUP]),
        ({"channel": Channel.FILE}, "signups.file", [SIGNUP, "file"]),
    ],
)
def test_a_message_has_one_argument_unless_the_channel_is_another(services, redis_url, options, waits_on, arguments):
    services.core.queue.enqueue_signup(SIGNUP, **options)
    with redis.Redis.from_url(redis_url) as client:
        (message,) = map(json.loads, client.hgetall(f"dramatiq:{waits_on}.msgs").values())
    assert message["args"] == arguments
    assert message["queue_name"] == "signups"


@pytest.mark.parametrize(
    ("arguments", "channel"),
    [((), "queue"), (("queue",), "queue"), (("file",), "file"), (("carrier pigeon",), "queue"), ((None,), "queue")],
)
def test_the_actor_records_the_channel(services, arguments, channel):
    register(services)
    services.core.broker.get_actor(RECEIVE_ACTOR).fn(SIGNUP, *arguments)
    with services.core.ledger.read() as tx:
        assert tx.execute(sa.select(signup.c.channel)).scalar_one() == channel
