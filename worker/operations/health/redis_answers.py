"""What Redis answers on its queues. Imports redis-py, which is slow to load: `worker status` does so when needed."""

from __future__ import annotations

import redis

from worker.errors import QueueUnavailable
from worker.operations.health.facts import Queues
from worker.redis_queues import DELIVER_QUEUE, SIGNUPS_QUEUE, depth, oldest_s, why_no_writes


def ask_redis(client: redis.Redis) -> Queues:
    """How many messages wait. Never raises: a Redis that does not answer is an answer too."""
    try:
        depths = {queue: depth(client, queue) for queue in (SIGNUPS_QUEUE, DELIVER_QUEUE)}
        oldest, refusal = oldest_s(client, SIGNUPS_QUEUE), why_no_writes(client)
    except (QueueUnavailable, redis.RedisError) as error:
        name = str(error) if isinstance(error, QueueUnavailable) else type(error).__name__
        return Queues(problem=f"does not answer: {name}")
    return Queues(depths=depths, oldest_signup_s=oldest, problem=refusal, takes_no_writes=refusal is not None)
