"""One send rate, shared by all processes and machines: Redis assigns each letter a slot in time.

Slots are spaced evenly (GCRA without bursts) by Redis's clock, so the machines' clocks need not agree. After a 429 the
spacing widens for all processes and narrows again smoothly. While Redis is away there are no slots, and sending waits.

A lane takes no slot later than its longest wait, so a file's letters leave the slots behind theirs to more urgent ones.
Those in turn leave one of a few to a lane that they alone would keep waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import redis

from worker.errors import PacingUnavailable
from worker.ledger.channels import Lane

SLOWEST_FACTOR = 16.0  # many 429s never widen the spacing beyond this multiple
SLOW_DOWN_FACTOR = 1.5
SLOW_DOWN_ONCE_S = 1.0  # 429s within this time count as one: those letters were sent at the same rate
RECOVERY_S = 15.0  # without a 429, the excess spacing halves in this time
LONGEST_WAIT_S = {Lane.BROWSER: 25.0, Lane.SERVER: 22.5, Lane.FILE: 20.0}
"""Seconds until a slot; a later one is not taken, and the report is ready again."""
MAX_WAIT_S = max(LONGEST_WAIT_S.values())
MIN_WAIT_S = min(LONGEST_WAIT_S.values())
OVERTAKEN_AT_MOST = 7  # slots that only more urgent lanes can take, between two that any lane takes

# Redis's time, and the factor by which the spacing is wider than usual: set by the last 429, decaying towards 1. A time
# stamp in the future means that the clock was set back; it is ignored.
_NOW_AND_SLOWNESS = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local function slowness(key, recovery)
  local factor, at = unpack(redis.call('HMGET', key, 'factor', 'at'))
  if not factor or tonumber(at) > now then return 1, nil end
  return 1 + (tonumber(factor) - 1) * 0.5 ^ ((now - tonumber(at)) / recovery), now - tonumber(at)
end
"""

# KEYS: next slot, slowness, slots in a row that not every lane can take. ARGV: spacing, this lane's longest wait,
# recovery (seconds), slowest factor, the longest and the shortest of the longest waits, OVERTAKEN_AT_MOST.
# Answers {taken, wait}.
_RESERVE = (
    _NOW_AND_SLOWNESS
    + """
local usual, longest, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[5])
local spacing = usual * slowness(KEYS[2], tonumber(ARGV[3]))
local slot = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
if slot - now > most + usual * tonumber(ARGV[4]) then slot = now end  -- only a clock set back explains this
local wait = slot - now
if wait > longest then
  local overtaken = tonumber(redis.call('GET', KEYS[3]) or '0')
  if wait > most or overtaken < tonumber(ARGV[7]) then return {0, tostring(wait)} end
  redis.call('DEL', KEYS[3])
elseif wait > tonumber(ARGV[6]) then
  redis.call('SET', KEYS[3], redis.call('INCR', KEYS[3]), 'EX', 60)
end
redis.call('SET', KEYS[1], string.format('%.6f', slot + spacing), 'PX', math.ceil((wait + spacing) * 1000) + 60000)
return {1, tostring(wait)}
"""
)

# KEYS: slowness. ARGV: factor, slowest factor, recovery, seconds in which several count as one.
_SLOW_DOWN = (
    _NOW_AND_SLOWNESS
    + """
local factor, ago = slowness(KEYS[1], tonumber(ARGV[3]))
if ago and ago < tonumber(ARGV[4]) then return tostring(factor) end
factor = math.min(tonumber(ARGV[2]), factor * tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'factor', tostring(factor), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[3]) * 20000))
return tostring(factor)
"""
)


class Pacer(Protocol):
    """Decides when the next letter may leave."""

    def wait_for_slot(self, lane: Lane) -> float | None:
        """Wait for a slot, take it and return None; or return the seconds until a slot if a lane may not wait so long.

        Raises PacingUnavailable where the rate cannot be read.
        """

    def slow_down(self) -> None:
        """The provider is in trouble or answered 429: widen the spacing for all processes."""


class Unpaced:
    """No limit on the rate."""

    def wait_for_slot(self, lane: Lane) -> float | None:
        """Never wait."""
        return None

    def slow_down(self) -> None:
        """Do nothing."""


class RedisPacer:
    """Slots at `rate_per_s()` letters per second, over all processes that share `namespace` in Redis."""

    def __init__(
        self, client: redis.Redis, rate_per_s: Callable[[], float], *, namespace: str = "pacing",
        recovery_s: float = RECOVERY_S, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._rate_per_s = rate_per_s
        self._keys = [f"{namespace}:next", f"{namespace}:slowness", f"{namespace}:overtaken"]
        self._recovery_s = recovery_s
        self._sleep = sleep
        self._reserve = client.register_script(_RESERVE)
        self._slow_down = client.register_script(_SLOW_DOWN)

    def wait_for_slot(self, lane: Lane) -> float | None:
        """See Pacer."""
        spacing_s = 1.0 / self._rate_per_s()
        arguments = [
            spacing_s, LONGEST_WAIT_S[lane], self._recovery_s, SLOWEST_FACTOR, MAX_WAIT_S, MIN_WAIT_S,
            OVERTAKEN_AT_MOST,
        ]  # fmt: skip
        try:
            taken, wait = self._reserve(keys=self._keys, args=arguments)
        except redis.RedisError as error:
            raise PacingUnavailable(f"the send rate cannot be read: {type(error).__name__}") from error
        seconds = float(wait)
        if not taken:
            return seconds
        if seconds > 0:
            self._sleep(seconds)
        return None

    def slow_down(self) -> None:
        """See Pacer. While Redis is away nothing is sent, so nothing needs widening."""
        arguments = [SLOW_DOWN_FACTOR, SLOWEST_FACTOR, self._recovery_s, SLOW_DOWN_ONCE_S]
        try:
            self._slow_down(keys=self._keys[1:2], args=arguments)
        except redis.RedisError:
            return
