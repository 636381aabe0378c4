"""Which ledger a Redis serves: it keeps the ledger's id beside the queues, and a heartbeat of that ledger's processes.

The first ledger to come keeps it. Another one is refused, because signups on these queues belong to the first, and two
ledgers that receive from one queue would write to the same people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import redis

from worker.errors import QueueUnavailable, WrongInstallation

OWNER_KEY = "installation:ledger"
LIVES_S = 300.0  # a ledger with a younger heartbeat is in use
_KEEP_HEARTBEAT_S = 400 * 86_400

# KEYS: owner, heartbeat of this ledger. ARGV: ledger id, seconds to keep the heartbeat. Answers the owner.
_CLAIM = """
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then redis.call('SET', KEYS[2], redis.call('TIME')[1], 'EX', ARGV[2]) end
return owner
"""

# KEYS: owner, heartbeat of the owner. ARGV: the owner as it was shown, the new one, LIVES_S. Answers 1 once adopted.
_ADOPT = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
local seen = redis.call('GET', KEYS[2])
if seen and redis.call('TIME')[1] - seen < tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """The ledger that a Redis serves. `heartbeat_age_s`: since one of its processes was last seen; None for never."""

    ledger_id: str
    heartbeat_age_s: float | None

    @property
    def lives(self) -> bool:
        """Whether a process of that ledger was seen within LIVES_S."""
        return self.heartbeat_age_s is not None and self.heartbeat_age_s < LIVES_S


class RedisOwner:
    """Reads and writes the owner of one Redis. Raises QueueUnavailable while Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._claim = client.register_script(_CLAIM)
        self._adopt = client.register_script(_ADOPT)

    def claim(self, ledger_id: str) -> None:
        """Claim an unowned Redis for this ledger, and note the time.

        Raises WrongInstallation where it is another ledger's, or a cluster.
        """
        try:
            refuse_cluster(self._client)
            owner = self._claim(keys=[OWNER_KEY, _heartbeat_key(ledger_id)], args=[ledger_id, _KEEP_HEARTBEAT_S])
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        refuse_other_ledger(owner.decode(), ledger_id)

    def look(self) -> Owner | None:
        """The owner; None where no ledger has claimed this Redis."""
        try:
            owner: Any = self._client.get(OWNER_KEY)
            if owner is None:
                return None
            seen, (now, _) = self._client.get(_heartbeat_key(owner.decode())), self._client.time()
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
        return Owner(owner.decode(), None if seen is None else max(0.0, float(now) - float(seen)))

    def adopt(self, ledger_id: str, *, instead_of: Owner | None) -> bool:
        """Make this ledger the owner; False where the owner is not `instead_of` any more, or lives."""
        before = "" if instead_of is None else instead_of.ledger_id
        try:
            return bool(self._adopt(keys=[OWNER_KEY, _heartbeat_key(before)], args=[before, ledger_id, LIVES_S]))
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error


def refuse_cluster(client: redis.Redis) -> None:
    """Raises WrongInstallation where this Redis is a cluster, or a RedisError."""
    cluster: Any = client.info("cluster")
    if cluster.get("cluster_enabled"):
        problem = (
            "this Redis runs in cluster mode (as ElastiCache Serverless does), in which queue, pace and limits, each "
            "of several keys, cannot work: give a Redis with cluster mode disabled"
        )
        raise WrongInstallation("REDIS_URL", problem)


def refuse_other_ledger(owner: str, ledger_id: str) -> None:
    """Raises WrongInstallation unless the owner is this ledger."""
    if owner != ledger_id:
        problem = (
            f"this Redis serves another ledger ({owner}; DATABASE_URL names {ledger_id}): set the DATABASE_URL or the "
            "REDIS_URL that belong together; for a moved or new ledger see `worker installation show`"
        )
        raise WrongInstallation("REDIS_URL", problem)


def _heartbeat_key(ledger_id: str) -> str:
    return f"ledger:{ledger_id}:heartbeat"
