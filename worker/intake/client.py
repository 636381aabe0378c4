"""For a website written in Python: put a signup on the queue.

    from worker.intake.client import enqueue_signup

    enqueue_signup({"version": 1, "signup_id": "...", "email": "...", "role": "ml-engineer"}, redis_url="redis://...")

The signup is checked against the contract here, so that the caller sees a mistake at once. It is received when a worker
has committed it; until then it is as durable as Redis. The HTTP API commits before it answers.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from worker.broker import Queue, open_broker
from worker.intake.contract import parse_signup, payload_bytes
from worker.intake.queued import without_ip
from worker.redis_queues import open_redis


def enqueue_signup(signup: Mapping[str, Any], *, redis_url: str) -> None:
    """Check one signup and put it on the queue: the worker repairs it, and notes what it repaired.

    The source's IP address stays here: it limits nobody who comes by the queue.

    Raises InvalidSignup, which names the field, or QueueUnavailable: then nothing was put on the queue.
    """
    parse_signup(signup)
    _queue(redis_url).enqueue_signup(json.loads(payload_bytes(without_ip(signup))))


@functools.lru_cache(maxsize=4)
def _queue(redis_url: str) -> Queue:
    return Queue(open_broker(open_redis(redis_url)))
