"""Redis, and how many messages wait on a queue or are being worked on; without dramatiq, which is slow to import."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import redis

from worker.errors import ConfigurationError, QueueUnavailable

SIGNUPS_QUEUE = "signups"
DELIVER_QUEUE = "deliver"
NAMESPACE = "dramatiq"  # of dramatiq's keys in Redis


CONNECT_TIMEOUT_S = 5
# Longer than any blocking command of dramatiq, and short enough to notice a frozen server.
SOCKET_TIMEOUT_S = 15


def open_redis(url: str) -> redis.Redis:
    """Return a client for redis://, rediss:// or unix://, which connects on first use. Raises ConfigurationError."""
    try:
        return redis.Redis.from_url(url, socket_connect_timeout=CONNECT_TIMEOUT_S, socket_timeout=SOCKET_TIMEOUT_S)
    except ValueError as error:
        raise ConfigurationError("REDIS_URL", str(error)) from None


def oldest_s(client: redis.Redis, queue: str, *, now: Callable[[], float] = time.time) -> float | None:
    """How long the message has waited that is next on a queue, in seconds; None where none is.

    By the clock of the process that put it there. Raises QueueUnavailable.
    """
    try:
        redis_id: Any = client.lindex(f"{NAMESPACE}:{queue}", 0)
        data: Any = redis_id and client.hget(f"{NAMESPACE}:{queue}.msgs", redis_id)
    except redis.RedisError as error:
        raise QueueUnavailable(type(error).__name__) from error
    try:
        return max(0.0, now() - json.loads(data)["message_timestamp"] / 1000) if data else None
    except (ValueError, TypeError, KeyError):  # no message of ours
        return None


def delayed(queue: str) -> str:
    """The queue on which dramatiq keeps what `queue` shall have later; nothing of this version puts messages there."""
    return f"{queue}.DQ"


def depth(client: redis.Redis, queue: str) -> int:
    """How many messages are on a queue: a signup among them is not received yet. Raises QueueUnavailable."""
    try:
        counts: list[Any] = [client.hlen(f"{NAMESPACE}:{name}.msgs") for name in (queue, delayed(queue))]
    except redis.RedisError as error:
        raise QueueUnavailable(type(error).__name__) from error
    return sum(counts)
