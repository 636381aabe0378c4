"""Redis's own files: what was on the queue once stays in them until Redis writes them anew.

The append-only file holds every signup that was ever queued since it was last rewritten; a snapshot, those that waited
when it was made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import redis
import structlog

log = structlog.get_logger(__name__)

_POLL_S = 0.05

APPEND_ONLY = "Redis's append-only file"
SNAPSHOT = "Redis's snapshot (dump.rdb)"


class RedisFiles:
    """Rewrites the files of a Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def rewrite(self, *, wait_s: float) -> tuple[str, ...]:
        """Have Redis write its files anew, and wait for up to `wait_s` seconds.

        Returns a sentence for each file that may still hold what was on the queue; none where all are new.
        """
        try:
            persistence = self._persistence()
            left = []
            if persistence.get("aof_enabled"):
                left += self._file(
                    APPEND_ONLY, self._client.bgrewriteaof, "aof_rewrite", "aof_last_bgrewrite_status", wait_s
                )
            if self._makes_snapshots(persistence):
                left += self._file(SNAPSHOT, self._client.bgsave, "rdb_bgsave", "rdb_last_bgsave_status", wait_s)
        except redis.RedisError as error:
            return (f"Redis does not answer ({type(error).__name__}): its files hold what was queued until it does",)
        return tuple(left)

    def _file(self, name: str, begin: Callable[[], object], running: str, status: str, wait_s: float) -> list[str]:
        """Have one file written anew; returns what to say where it was not."""
        deadline = time.monotonic() + wait_s
        if not self._idle(running, deadline):  # one that began before may hold what was withdrawn since
            return [f"{name}, until the rewrite under way has ended and another has been made"]
        try:
            begin()
        except redis.ResponseError as error:
            log.warning("redis refuses to write its file anew", file=name, text=str(error))
            return [f"{name}, until Redis rewrites it by itself: it refuses to do so when asked"]
        if not self._idle(running, deadline):
            return [f"{name}, until the rewrite that has begun ends"]
        if self._persistence().get(status) != "ok":
            return [f"{name}, until Redis can rewrite it: the last rewrite failed"]
        return []

    def _idle(self, running: str, deadline: float) -> bool:
        """Whether no such rewrite runs or waits, by the deadline."""
        while True:
            persistence = self._persistence()
            if not persistence.get(f"{running}_in_progress") and not persistence.get(f"{running}_scheduled"):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)

    def _makes_snapshots(self, persistence: dict[str, Any]) -> bool:
        try:
            policy = self._client.config_get("save").get("save", "")
        except redis.ResponseError:  # a Redis that is run for us hides its configuration
            policy = ""
        return bool(policy) or bool(persistence.get("rdb_saves"))

    def _persistence(self) -> dict[str, Any]:
        return dict(self._client.info("persistence"))
