"""Counting in Redis: how many signups each bucket has had, in one atomic step, and what follows for one more.

A bucket holds the members of a sliding window: a signup that is counted twice (a redelivered message) counts once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import redis

WINDOW_S = 3600
REFUSALS_WINDOW_S = 3600
KEPT_HOURS = 26  # for which the counts of what limits did can be copied to the ledger

DELAYED, TURNED_AWAY, REFUSED_QUIETLY = "delayed", "turned_away", "refused_quietly"

# KEYS: a sorted set per bucket, a set per source of refusals, the hash of what limits did in this hour.
# ARGV: how many buckets and sources; the member; a rule that refuses it anyway, or ''; for each bucket rule, limit,
# seconds that the limit is for, seconds to keep it, and what it does; for each source its limit of refusals.
# Returns {rule, count, limit, delay in seconds, action}. The clock is Redis's own: the clocks of machines may differ.
_COUNT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local buckets, sources, member = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local done = KEYS[buckets + sources + 1]

local function note(rule, action)
  redis.call('HINCRBY', done, rule .. ':' .. action, 1)
  redis.call('EXPIRE', done, tonumber(ARGV[5]))
end

local function refuse(rule, count, limit)
  for source = 1, sources do
    if redis.call('SISMEMBER', KEYS[buckets + source], member) == 1 then
      return {rule, count, limit, '0', 'refused'}
    end
  end
  for source = 1, sources do
    if redis.call('SCARD', KEYS[buckets + source]) >= tonumber(ARGV[6 + 5 * buckets + source]) then
      note(rule, 'turned_away')
      return {rule, count, limit, '0', 'turned_away'}
    end
  end
  for source = 1, sources do
    redis.call('SADD', KEYS[buckets + source], member)
    if redis.call('SCARD', KEYS[buckets + source]) == 1 then
      redis.call('EXPIRE', KEYS[buckets + source], tonumber(ARGV[6]))
    end
  end
  if ARGV[4] == '' then note(rule, 'refused') end
  return {rule, count, limit, '0', 'refused'}
end

if ARGV[4] ~= '' then return refuse(ARGV[4], 0, 0) end

for index = 1, buckets do
  local at = 6 + 5 * (index - 1)
  local limit, keep, effect = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4]), ARGV[at + 5]
  redis.call('ZREMRANGEBYSCORE', KEYS[index], '-inf', now - keep)
  local count = redis.call('ZCARD', KEYS[index])
  if effect == 'refuses' and count >= limit and not redis.call('ZSCORE', KEYS[index], member) then
    return refuse(ARGV[at + 1], count, limit)
  end
end

local longest, rule, count, limit, quiet, new = 0, '', 0, 0, false, 0
for index = 1, buckets do
  local at = 6 + 5 * (index - 1)
  local effect, allowed = ARGV[at + 5], tonumber(ARGV[at + 2])
  new = redis.call('ZADD', KEYS[index], 'NX', now, member)
  redis.call('EXPIRE', KEYS[index], tonumber(ARGV[at + 4]))
  if effect ~= 'refuses' and not quiet then
    local before = redis.call('ZRANK', KEYS[index], member)
    local delay = (before - allowed + 1) * tonumber(ARGV[at + 3]) / allowed
    quiet = effect == 'refuses_quietly' and before >= allowed
    if quiet or (effect == 'delays' and delay > longest) then
      longest, rule, count, limit = delay, ARGV[at + 1], before, allowed
    end
  end
end
if rule == '' then return {'', 0, 0, '0', ''} end
if new == 1 then note(rule, quiet and 'refused' or 'delayed') end
if quiet then return {rule, count, limit, '0', 'refused_quietly'} end
return {rule, count, limit, tostring(longest), 'delayed'}
"""


class Effect(StrEnum):
    """What a bucket does with a member beyond its limit."""

    REFUSES = "refuses"
    """It counts in no bucket, and as a refusal of its source."""
    REFUSES_QUIETLY = "refuses_quietly"
    """It counts as every other, so that its sender cannot find out that others came before."""
    DELAYS = "delays"
    """It waits."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One count: at most `limit` members in `per_s` seconds."""

    rule: str
    name: str
    limit: int
    per_s: int = WINDOW_S
    keep_s: int = WINDOW_S
    effect: Effect = Effect.REFUSES


@dataclass(frozen=True, slots=True)
class LimitVerdict:
    """The verdict on one signup. `rule` is the limit that refuses it, `delayed_by` the one that delays it.

    `quiet` if the sender must not notice, `turned_away` if its source has had so many refusals that this one leaves no
    row, `skipped` if Redis was away.
    """

    rule: str | None = None
    count: int = 0
    limit: int = 0
    delayed_by: str | None = None
    delay_s: float = 0.0
    quiet: bool = False
    turned_away: bool = False
    skipped: bool = False

    @property
    def visible(self) -> bool:
        """Whether the sender hears of a refusal."""
        return self.rule is not None and not self.quiet


class LimitCounter:
    """Counts in Redis. The counts are hints: while Redis is away, nothing is refused."""

    def __init__(self, client: redis.Redis, *, namespace: str = "limits") -> None:
        self._client = client
        self._namespace = namespace
        self._count = client.register_script(_COUNT)

    def count(
        self, member: str, buckets: Sequence[Bucket], refusals: Sequence[Bucket] = (), *, refused_by: str | None = None
    ) -> LimitVerdict:
        """Count one member in every bucket. If one of them refuses it, it counts in none, and as a refusal instead.

        `refused_by` names the rule that has refused it already.
        """
        buckets = [bucket for bucket in buckets if bucket.limit > 0]
        if not buckets and refused_by is None:
            return LimitVerdict()
        keys = [self._key(bucket.rule, bucket.name) for bucket in buckets]
        keys += [self._key("refusals", source.name) for source in refusals]
        args: list[str | int] = [len(buckets), len(refusals), hashlib.sha256(member.encode()).hexdigest()[:32]]
        args += [refused_by or "", KEPT_HOURS * 3600, REFUSALS_WINDOW_S]
        for bucket in buckets:
            args += [bucket.rule, bucket.limit, bucket.per_s, bucket.keep_s, bucket.effect]
        args += [source.limit for source in refusals]
        try:
            answer = self._count(keys=[*keys, self._done(hour_of(time.time()))], args=args)
        except redis.RedisError:
            return LimitVerdict(skipped=True)
        return _verdict(answer)

    def done(self, hour: int) -> Mapping[tuple[str, str], int]:
        """Return how many signups each rule refused, delayed or turned away in an hour. Raises redis.RedisError."""
        found: Mapping[bytes, bytes] = self._client.hgetall(self._done(hour))  # type: ignore[assignment]
        done = {}
        for name, count in found.items():
            rule, _, action = name.decode().partition(":")
            done[rule, action] = int(count)
        return done

    def _key(self, kind: str, name: str) -> str:
        return f"{self._namespace}:{kind}:{name}"

    def _done(self, hour: int) -> str:
        return self._key("done", str(hour))


def hour_of(timestamp: float) -> int:
    """Return the number of the hour of a Unix time."""
    return int(timestamp // 3600)


def _verdict(answer: Sequence[bytes | int]) -> LimitVerdict:
    rule, count, limit, delay, action = (part.decode() if isinstance(part, bytes) else part for part in answer)
    if not rule:
        return LimitVerdict()
    if action == DELAYED:
        return LimitVerdict(count=int(count), limit=int(limit), delayed_by=str(rule), delay_s=float(delay))
    return LimitVerdict(
        rule=str(rule),
        count=int(count),
        limit=int(limit),
        quiet=action == REFUSED_QUIETLY,
        turned_away=action == TURNED_AWAY,
    )
