"""Signups of one person that still wait on the queue: found, and withdrawn.

A signup that a worker has taken already cannot be withdrawn: it is being received, or waits for its retry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import redis

from worker.errors import QueueUnavailable
from worker.redis_queues import LISTS, NAMESPACE, SIGNUPS_QUEUE, delayed

# KEYS: a queue, its messages. ARGV: a message id. Answers 1 where the message waited and is gone, 0 where a worker has
# it. Dead letters are a sorted set, other queues lists; a message in neither was taken.
_WITHDRAW = """
local kind = redis.call('TYPE', KEYS[1]).ok
local found = 0
if kind == 'list' then found = redis.call('LREM', KEYS[1], 0, ARGV[1]) end
if kind == 'zset' then found = redis.call('ZREM', KEYS[1], ARGV[1]) end
if found > 0 then redis.call('HDEL', KEYS[2], ARGV[1]) end
return found
"""

KeysOfPayload = Callable[[Any], Collection[str]]
"""The recipient keys of the people that a payload, as a producer sent it, is about: one, unless it is broken."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many signups were withdrawn, and how many are left because a worker has taken them."""

    count: int = 0
    taken: int = 0


class QueuedSignups:
    """Finds and withdraws signups on the queue."""

    def __init__(self, client: redis.Redis, keys_of_payload: KeysOfPayload) -> None:
        self._client = client
        self._keys_of_payload = keys_of_payload
        self._withdraw = client.register_script(_WITHDRAW)

    def withdraw(self, recipient_key: str) -> Withdrawn:
        """Withdraw every signup of one person that waits. Raises QueueUnavailable."""
        count = taken = 0
        try:
            lists = LISTS[SIGNUPS_QUEUE]
            for each in (*lists, delayed(SIGNUPS_QUEUE), *(f"{waiting}.XQ" for waiting in lists)):
                name = f"{NAMESPACE}:{each}"
                for message_id in list(self._messages_of(recipient_key, f"{name}.msgs")):
                    gone = bool(self._withdraw(keys=[name, f"{name}.msgs"], args=[message_id]))
                    count, taken = count + gone, taken + (not gone)
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        return Withdrawn(count, taken)

    def _messages_of(self, recipient_key: str, messages: str) -> Iterator[bytes]:
        for message_id, message in self._client.hscan_iter(messages, count=1000):
            if recipient_key in self._keys_of_payload(_payload(message)):
                yield message_id


def _payload(message: bytes) -> Any:
    """The signup of a message; the message itself, as text, where it is none of ours."""
    try:
        args = json.loads(message)["args"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return message.decode("utf-8", "replace")
    return args[0] if isinstance(args, list) and args else args
