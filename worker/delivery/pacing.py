"""One send rate, shared by all processes and machines: a slot in time for every letter, handed out by Redis.

Slots are spaced evenly (GCRA with no burst), by Redis's own clock. After a 429 the spacing widens for everybody and
narrows again while letters pass. With Redis away there are no slots: sending waits rather than runs free.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import redis

from worker.errors import PacingUnavailable

SLOWEST_FACTOR = 16.0  # a 429 storm never widens the spacing beyond this multiple
SLOW_DOWN_FACTOR = 1.5
RECOVERY_S = 60  # seconds without a 429 until the spacing is normal again
MAX_WAIT_S = 20.0  # a slot further away is not taken: the report goes back to ready

# KEYS: next slot, slowness. ARGV: spacing in seconds, longest wait. Answers {taken 0/1, seconds to wait}.
_RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local factor = tonumber(redis.call('GET', KEYS[2]) or '1')
local spacing = tonumber(ARGV[1]) * factor
local slot = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local wait = slot - now
if wait > tonumber(ARGV[2]) then return {0, tostring(wait)} end
redis.call('SET', KEYS[1], string.format('%.6f', slot + spacing), 'PX', math.ceil((wait + spacing) * 1000) + 60000)
return {1, tostring(wait)}
"""

# KEYS: slowness. ARGV: factor, ceiling, seconds to keep it.
_SLOW_DOWN = """
local factor = math.min(tonumber(ARGV[2]), tonumber(redis.call('GET', KEYS[1]) or '1') * tonumber(ARGV[1]))
redis.call('SET', KEYS[1], tostring(factor), 'EX', ARGV[3])
return tostring(factor)
"""


class Pacer(Protocol):
    """Says when the next letter may leave."""

    def wait_for_slot(self) -> float | None:
        """Wait for a slot and take it; None. Or seconds until one may be had, if that is too long to wait for.

        Raises PacingUnavailable where the rate cannot be asked.
        """

    def slow_down(self) -> None:
        """SES answered 429: widen the spacing for everybody."""


class Unpaced:
    """For the outbox: files need no pace."""

    def wait_for_slot(self) -> float | None:
        """At once."""
        return None

    def slow_down(self) -> None:
        """Files never answer 429."""


class RedisPacer:
    """Slots from Redis at `rate_per_s` letters a second over everybody who shares `namespace`."""

    def __init__(
        self, client: redis.Redis, rate_per_s: Callable[[], float], *, namespace: str = "pacing",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._rate_per_s = rate_per_s
        self._keys = [f"{namespace}:next", f"{namespace}:slowness"]
        self._sleep = sleep
        self._reserve = client.register_script(_RESERVE)
        self._slow_down = client.register_script(_SLOW_DOWN)

    def wait_for_slot(self) -> float | None:
        """See Pacer."""
        try:
            taken, wait = self._reserve(keys=self._keys, args=[1.0 / self._rate_per_s(), MAX_WAIT_S])
        except redis.RedisError as error:
            raise PacingUnavailable(f"the send rate cannot be asked: {type(error).__name__}") from error
        seconds = float(wait)
        if not taken:
            return seconds
        if seconds > 0:
            self._sleep(seconds)
        return None

    def slow_down(self) -> None:
        """See Pacer. With Redis away there is nothing to widen: nothing is sent either."""
        try:
            self._slow_down(keys=self._keys[1:], args=[SLOW_DOWN_FACTOR, SLOWEST_FACTOR, RECOVERY_S])
        except redis.RedisError:
            return
