"""The queues in Redis: where each lane's messages wait, how they are taken, and how many there are.

Without dramatiq, which is slow to import. A lane is named as in `worker.ledger.channels`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import ConfigurationError, QueueUnavailable

SIGNUPS_QUEUE = "signups"
DELIVER_QUEUE = "deliver"
NAMESPACE = "dramatiq"  # of dramatiq's keys in Redis

LISTS = {
    SIGNUPS_QUEUE: (SIGNUPS_QUEUE, f"{SIGNUPS_QUEUE}.file"),  # a browser's signup never waits on a queue
    DELIVER_QUEUE: (f"{DELIVER_QUEUE}.browser", DELIVER_QUEUE, f"{DELIVER_QUEUE}.file"),
}
"""A queue's lists of messages, one for each lane, the most urgent first. Older versions know only the queue's own."""

OVERTAKEN_AT_MOST = 7
"""So many messages of more urgent lanes are taken while another lane waits; then one of that lane is."""

# KEYS: heartbeats, by how many each list was overtaken. ARGV: namespace, worker, its clock (ms), how many messages to
# take, OVERTAKEN_AT_MOST, lists. Answers the list, id and data of each message. Dramatiq's own script knows one list.
_TAKE = """
local lists, most, answer = {}, tonumber(ARGV[5]), {}
for i = 6, #ARGV do table.insert(lists, ARGV[i]) end
local function name(list) return ARGV[1] .. ':' .. list end
local function pop(list)
  redis.call('HDEL', KEYS[2], list)
  return redis.call('LPOP', name(list))
end
local function next_message()
  for i = #lists, 2, -1 do
    if tonumber(redis.call('HGET', KEYS[2], lists[i]) or '0') >= most then
      local id = pop(lists[i])
      if id then return lists[i], id end
    end
  end
  for i, list in ipairs(lists) do
    local id = pop(list)
    if id then
      for j = i + 1, #lists do
        if redis.call('EXISTS', name(lists[j])) == 1 then redis.call('HINCRBY', KEYS[2], lists[j], 1) end
      end
      return list, id
    end
  end
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
for _ = 1, tonumber(ARGV[4]) do
  local list, id = next_message()
  if not list then break end
  redis.call('SADD', ARGV[1] .. ':__acks__.' .. ARGV[2] .. '.' .. list, id)
  table.insert(answer, {list, id, redis.call('HGET', name(list) .. '.msgs', id)})
end
return answer
"""


CONNECT_TIMEOUT_S = 5
ANSWER_S = 15.0  # longer than any blocking command of dramatiq, and short enough to notice a frozen server


class Replica(redis.ConnectionError):
    """Redis answers, and is a read-only replica: after a failover, the node that the name meant before."""


class _ToThePrimary(Retry):
    """Tries nothing again. Drops the connection to a node that has become a replica: the next asks the name anew."""

    def call_with_retry(
        self, do: Callable[[], Any], fail: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Any:  # fmt: skip
        """See Retry."""

        def done_by_a_primary() -> Any:
            try:
                return do()
            except redis.ResponseError as error:
                if isinstance(error, redis.ReadOnlyError) or "READONLY" in str(error):  # in a script: 6.2's way
                    raise Replica("it is a read-only replica") from error
                raise

        return super().call_with_retry(done_by_a_primary, fail, *arguments, **options)


_UNREADABLE = (
    "cannot be read: it must be redis://, rediss:// or unix://, with options that Redis knows; in its password, "
    "@ : / ? # and % must be percent-encoded"
)


def open_redis(url: str, *, answer_s: float = ANSWER_S) -> redis.Redis:
    """Return a client for redis://, rediss:// or unix://, which connects on first use. Raises ConfigurationError.

    It waits `answer_s` seconds for each answer.
    """
    try:
        client = redis.Redis.from_url(
            url, socket_connect_timeout=min(CONNECT_TIMEOUT_S, answer_s), socket_timeout=answer_s,
            retry=_ToThePrimary(NoBackoff(), 0),
        )  # fmt: skip
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)  # not connected: says now which options there are not
    except (ValueError, TypeError):  # whose words may hold the password
        raise ConfigurationError("REDIS_URL", _UNREADABLE) from None
    return client


def why_no_writes(client: redis.Redis) -> str | None:
    """Why Redis takes no writes: a replica, no memory, no disk. None where it does. Raises RedisError.

    The write that asks changes nothing: it appends to a list that does not exist.
    """
    try:
        client.rpushx(f"{NAMESPACE}:none", "-")
    except (redis.ResponseError, Replica) as error:
        return str(error)
    return None


def list_of(queue: str, lane: str) -> str:
    """The list on which a queue's messages of a lane wait."""
    own = f"{queue}.{lane}"
    return own if own in LISTS[queue] else queue


class Taking:
    """Takes the messages of a queue, the most urgent lane first, and now and then one of a lane that waits."""

    def __init__(self, client: redis.Redis) -> None:
        self._take = client.register_script(_TAKE)

    def take(self, queue: str, count: int, *, worker: str) -> list[tuple[str, str, bytes | None]]:
        """Take up to `count` messages for a worker; returns the list, the id and the data of each.

        The data is None where the queue holds no message of that id. Raises redis.RedisError.
        """
        keys = [f"{NAMESPACE}:__heartbeats__", f"{NAMESPACE}:{queue}.overtaken"]
        clock_ms = int(time.time() * 1000)
        arguments: list[str | int] = [NAMESPACE, worker, clock_ms, count, OVERTAKEN_AT_MOST, *LISTS[queue]]
        taken: Any = self._take(keys=keys, args=arguments)
        return [(name.decode(), redis_id.decode(), data) for name, redis_id, data in taken]


def oldest_s(client: redis.Redis, queue: str, *, now: Callable[[], float] = time.time) -> float | None:
    """How long the message has waited that is next in a lane of a queue, the longest of them, in seconds.

    None where none waits. By the clock of the process that put it there. Raises QueueUnavailable.
    """
    try:
        ages = [_waited_s(client, name, now()) for name in LISTS[queue]]
    except redis.RedisError as error:
        raise QueueUnavailable(type(error).__name__) from error
    return max((age for age in ages if age is not None), default=None)


def _waited_s(client: redis.Redis, name: str, now: float) -> float | None:
    redis_id: Any = client.lindex(f"{NAMESPACE}:{name}", 0)
    data: Any = redis_id and client.hget(f"{NAMESPACE}:{name}.msgs", redis_id)
    try:
        return max(0.0, now - json.loads(data)["message_timestamp"] / 1000) if data else None
    except (ValueError, TypeError, KeyError):  # no message of ours
        return None


def delayed(queue: str) -> str:
    """The queue on which dramatiq keeps what `queue` shall have later; nothing of this version puts messages there."""
    return f"{queue}.DQ"


def depth(client: redis.Redis, queue: str, *, lane: str | None = None) -> int:
    """How many messages are on a queue, of one lane or of all: a signup among them is not received yet.

    Raises QueueUnavailable.
    """
    names = (*LISTS[queue], delayed(queue)) if lane is None else (list_of(queue, lane),)
    try:
        counts: list[Any] = [client.hlen(f"{NAMESPACE}:{name}.msgs") for name in names]
    except redis.RedisError as error:
        raise QueueUnavailable(type(error).__name__) from error
    return sum(counts)
