"""The second witness: Redis remembers which attempt was about to be posted for which person.

The ledger can lose its last commits (a failover, a snapshot of seconds ago), and then calls a report ready whose letter
has left. So after the intent's COMMIT, and before the POST, its attempt is marked here. A mark whose attempt the ledger
does not know proves that commits were lost. A Redis that is flushed loses the witness and nothing else; what was
found lost by then is remembered by the ledger too.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import redis

from worker.errors import CommitsLost, LostClaim, WitnessUnavailable
from worker.ledger import attempts
from worker.ledger.installation import current_epoch
from worker.ledger.lifecycle import LIVE_ATTEMPT_STATES
from worker.ledger.store import Ledger
from worker.redis_owner import OWNER_KEY, refuse_other_ledger

ATTEMPTS_KEY = "witness:attempts"  # hash: recipient key -> the attempt last about to be posted
TIMES_KEY = "witness:times"  # sorted set: recipient key -> when, by Redis's clock; +inf: kept for ever
KEEP_S = 48 * 3600.0
PAGE = 500

# KEYS: owner, attempts, times. ARGV: ledger id, recipient key, attempt id, the attempt before that the ledger knows.
# Answers {0} once marked, {1, owner} where this is another ledger's Redis, {2, attempt} for an attempt before.
_MARK = """
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local owner = redis.call('GET', KEYS[1])
if owner ~= ARGV[1] then return {1, owner} end
local before = redis.call('HGET', KEYS[2], ARGV[2])
if before and before ~= ARGV[3] and before ~= ARGV[4] then return {2, before} end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], redis.call('TIME')[1], ARGV[2])
return {0}
"""

# KEYS: attempts, times. ARGV: the moment up to which a mark is old, recipient keys.
_FORGET = """
for i = 2, #ARGV do
  local at = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], ARGV[i])
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
end
"""


class Witness:
    """Marks attempts in Redis and finds those that the ledger has lost. Shared by the threads of a process."""

    def __init__(self, client: redis.Redis, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger
        self._mark = client.register_script(_MARK)
        self._forget = client.register_script(_FORGET)

    def mark(self, attempt_id: str, recipient_key: str) -> None:
        """Mark the attempt that is about to be posted; its intent is committed.

        Raises WitnessUnavailable without Redis's answer, CommitsLost where the ledger does not know this person's
        attempt before, LostClaim where this attempt is settled already, WrongInstallation where Redis serves another
        ledger, or LedgerUnavailable: then nothing may be posted.
        """
        known = ""
        while (before := self._try_to_mark(attempt_id, recipient_key, known=known)) is not None:
            self._require_latest(attempt_id, before)
            known = before

    def _require_latest(self, attempt_id: str, before: str) -> None:
        """This attempt may be lost by now, or declared unsent, and the one before another process's that is live."""
        with self._ledger.read() as tx:
            known = attempts.known(tx, [before, attempt_id])
        for each in (before, attempt_id):
            if each not in known:
                raise CommitsLost(each)
        if known[attempt_id] not in LIVE_ATTEMPT_STATES:
            raise LostClaim(f"attempt {attempt_id} is {known[attempt_id]}")

    def recent(self, *, since: float) -> Iterator[tuple[float, Mapping[str, str]]]:
        """Yield pages of marks from `since` on, by Redis's clock: the time of the last, and recipient key -> attempt.

        Raises redis.RedisError.
        """
        start = 0
        while rows := self._page(since, start):
            yield rows[-1][1], self._attempts_of([recipient for recipient, _ in rows])
            start += PAGE

    def unknown_to_ledger(self, marks: Mapping[str, str]) -> dict[str, str]:
        """Those of `marks`, recipient key -> attempt, that the ledger does not know. Raises LedgerUnavailable."""
        with self._ledger.read() as tx:
            known = attempts.known(tx, list(marks.values()))
        return {recipient: attempt for recipient, attempt in marks.items() if attempt not in known}

    def keep(self, recipient_key: str) -> None:
        """Keep a mark for ever, and do not name it as recent again: its report is gone or settled otherwise."""
        self._client.zadd(TIMES_KEY, {recipient_key: "+inf"})

    def trim(self) -> int:
        """Forget up to PAGE marks older than KEEP_S, but none that the ledger does not know; returns how many.

        Raises redis.RedisError or LedgerUnavailable.
        """
        limit = self._client.time()[0] - KEEP_S
        rows = self._client.zrangebyscore(TIMES_KEY, "-inf", limit, start=0, num=PAGE)
        marks = self._attempts_of(rows)
        lost = self.unknown_to_ledger(marks)
        old = [recipient for recipient in marks if recipient not in lost]
        if old:
            self._forget(keys=[ATTEMPTS_KEY, TIMES_KEY], args=[limit, *old])
        return len(old)

    def forget_all(self) -> None:
        """Forget every mark. Raises WitnessUnavailable."""
        try:
            self._client.delete(ATTEMPTS_KEY, TIMES_KEY)
        except redis.RedisError as error:
            raise WitnessUnavailable(type(error).__name__) from error

    def size(self) -> int:
        """How many marks are kept. Raises WitnessUnavailable."""
        try:
            return int(self._client.zcard(TIMES_KEY))
        except redis.RedisError as error:
            raise WitnessUnavailable(type(error).__name__) from error

    def _try_to_mark(self, attempt_id: str, recipient_key: str, *, known: str) -> str | None:
        keys = [OWNER_KEY, ATTEMPTS_KEY, TIMES_KEY]
        try:
            answer = self._mark(keys=keys, args=[self._ledger_id, recipient_key, attempt_id, known])
        except redis.RedisError as error:
            raise WitnessUnavailable(f"the attempt cannot be marked: {type(error).__name__}") from error
        if answer[0] == 1:
            refuse_other_ledger(answer[1].decode(), self._ledger_id)
        return answer[1].decode() if answer[0] == 2 else None

    def _page(self, since: float, start: int) -> list[tuple[bytes, float]]:
        found: Any = self._client.zrangebyscore(TIMES_KEY, since, "(+inf", start=start, num=PAGE, withscores=True)
        return list(found)

    def _attempts_of(self, recipients: Sequence[Any]) -> dict[str, str]:
        if not recipients:
            return {}
        found: Any = self._client.hmget(ATTEMPTS_KEY, list(recipients))
        return {key.decode(): attempt.decode() for key, attempt in zip(recipients, found, strict=True) if attempt}

    @functools.cached_property
    def _ledger_id(self) -> str:
        with self._ledger.write() as tx:
            return current_epoch(tx).ledger_id
