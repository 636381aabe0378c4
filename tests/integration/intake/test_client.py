"""The client for websites in Python: what it puts on the queue, and which mistakes it raises at once."""

import json
from datetime import datetime, timedelta, timezone

import pytest
import redis

from worker.errors import InvalidSignup, QueueUnavailable
from worker.intake.client import enqueue_signup
from worker.intake.contract import parse_signup

SIGNUP = {
    "version": 1,
    "signup_id": "s-1",
    "email": "ada@example.com",
    "role": "nurse",
    "source": {"ip": "203.0.113.7"},
    "consented_at": datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=2))),
}


def test_a_signup_is_queued_as_json_with_all_but_the_ip(redis_url):
    enqueue_signup(SIGNUP, redis_url=redis_url)
    with redis.Redis.from_url(redis_url) as client:
        (message,) = map(json.loads, client.hgetall("dramatiq:signups.msgs").values())
    assert message["actor_name"] == "receive_signup"
    assert parse_signup(message["args"][0]) == parse_signup(SIGNUP | {"source": {}})
    assert message["args"][0]["source"] == {}, "the worker needs no IP address"


@pytest.mark.parametrize(("field", "value"), [("email", "no-at-sign"), ("colour", "red")])
def test_an_invalid_signup_is_refused_before_it_is_queued(redis_url, field, value):
    with pytest.raises(InvalidSignup) as caught:
        enqueue_signup(SIGNUP | {field: value}, redis_url=redis_url)
    assert [name for name, _ in caught.value.problems] == [field]
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []


def test_without_redis_the_caller_gets_an_error():
    with pytest.raises(QueueUnavailable):
        enqueue_signup(SIGNUP, redis_url="redis://127.0.0.1:1/0")
