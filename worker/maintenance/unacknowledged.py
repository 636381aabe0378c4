"""Recovers messages that a worker took from the queue and will never finish.

A worker that died has them, or this one: the answer to its fetch was lost, or a signup could not be received. Dramatiq
itself puts back only what a dead worker had, by chance, once in about a thousand commands. A message that is put back
although somebody still works on it does no harm: receiving and delivering it twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import redis
import structlog

from worker.broker import SignupBroker, read_message
from worker.errors import QueueUnavailable
from worker.redis_queues import LISTS, NAMESPACE, SIGNUPS_QUEUE, delayed

log = structlog.get_logger(__name__)

DEAD_AFTER_S = 60.0  # without a heartbeat; a living worker's periodic task gives one each few seconds
OWN_AFTER_S = 30.0  # longer than a fetch can take
TAKEN_FROM = {name: queue for queue, lists in LISTS.items() for name in lists} | {
    delayed(each): delayed(each) for each in LISTS
}
"""The lists of messages, each with the queue whose consumer takes from it."""
_HEARTBEATS = f"{NAMESPACE}:__heartbeats__"

# KEYS: heartbeats. ARGV: namespace, worker, its last heartbeat as it was seen, queues. Answers how many were put back.
_PUT_BACK = """
local seen = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not seen or tonumber(seen) ~= tonumber(ARGV[3]) then return 0 end
local count = 0
for i = 4, #ARGV do
  local queue = ARGV[1] .. ':' .. ARGV[i]
  local taken = ARGV[1] .. ':__acks__.' .. ARGV[2] .. '.' .. ARGV[i]
  for _, id in ipairs(redis.call('SMEMBERS', taken)) do
    if redis.call('HEXISTS', queue .. '.msgs', id) == 1 then
      redis.call('LPUSH', queue, id)
      count = count + 1
    end
  end
  redis.call('DEL', taken)
end
redis.call('ZREM', KEYS[1], ARGV[2])
return count
"""


class Unacknowledged:
    """Looks at what workers have taken. Each process has one, and looks every few seconds.

    A worker is dead whose heartbeat has not changed for `dead_after_s` of this process's watching, so no two clocks are
    compared.
    """

    def __init__(
        self, broker: SignupBroker, *, dead_after_s: float = DEAD_AFTER_S, own_after_s: float = OWN_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._broker = broker
        self._client = broker.client
        self._dead_after_s = dead_after_s
        self._own_after_s = own_after_s
        self._clock = clock
        self._put_back_script = self._client.register_script(_PUT_BACK)
        self._heartbeats: dict[bytes, tuple[float, float]] = {}  # worker -> its last heartbeat, and since when we know
        self._own: dict[tuple[str, str], float] = {}  # list and message that nobody works on -> since when

    def put_back(self) -> int:
        """Put back what has waited long enough; returns how many messages. Raises QueueUnavailable.

        After a failure all is watched anew: while Redis is away no worker gives a heartbeat.
        """
        try:
            self._broker.do_qsize(SIGNUPS_QUEUE)  # each command of the broker is a heartbeat of this worker
            count = self._of_dead_workers() + self._of_this_worker()
        except redis.RedisError as error:
            self._heartbeats.clear()
            self._own.clear()
            raise QueueUnavailable(type(error).__name__) from error
        if count:
            log.warning("messages put back on the queue", count=count)
        return count

    def _of_dead_workers(self) -> int:
        now, count = self._clock(), 0
        found: Any = self._client.zrange(_HEARTBEATS, 0, -1, withscores=True)
        others = {worker: at for worker, at in found if worker.decode() != self._broker.broker_id}
        before, self._heartbeats = self._heartbeats, {}
        for worker, heartbeat in others.items():
            known, since = before.get(worker, (None, now))
            self._heartbeats[worker] = (heartbeat, since if known == heartbeat else now)
            if known == heartbeat and now - since >= self._dead_after_s:
                arguments = [NAMESPACE, worker, repr(heartbeat), *TAKEN_FROM]
                count += int(self._put_back_script(keys=[_HEARTBEATS], args=arguments))
        return count

    def _of_this_worker(self) -> int:
        now, before = self._clock(), self._own
        self._own = {}
        for name, queue in TAKEN_FROM.items():
            taken: Any = self._client.smembers(f"{NAMESPACE}:__acks__.{self._broker.broker_id}.{name}")
            for redis_id in {each.decode() for each in taken} - self._broker.in_hand(queue):
                self._own[name, redis_id] = before.get((name, redis_id), now)
        due = [key for key, since in self._own.items() if now - since >= self._own_after_s]
        for name, redis_id in due:
            self._put_back_own(name, redis_id)
            del self._own[name, redis_id]
        return len(due)

    def _put_back_own(self, name: str, redis_id: str) -> None:
        """What cannot be read goes to the dead letters: on the queue it would come back for ever."""
        data: Any = self._client.hget(f"{NAMESPACE}:{name}.msgs", redis_id)
        if read_message(data) is None:
            self._broker.do_nack(name, redis_id)
        else:
            self._broker.do_requeue(name, redis_id)
