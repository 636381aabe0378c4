"""A restored backup: noticed, declared, and healed by the events that SES still sends.

Only an old ledger can make this worker send twice: a report that it calls ready may have been sent since. So a restored
ledger starts paused, with every unfinished report marked unknown, and an operator resumes sending.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
import structlog

from worker.ledger import pauses, restored_backup
from worker.ledger.audit import record_action
from worker.ledger.installation import current_epoch, next_epoch
from worker.ledger.lifecycle import REPLAYABLE, ReportState
from worker.ledger.patience import UPKEEP_S
from worker.ledger.pauses import OPERATOR, RESTORE
from worker.ledger.restored_backup import UNFINISHED, OrphanEvent
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

ACTION = "restore"
SUSPICION = "the ledger is older than this worker has seen it: a restored backup? run `worker restore-check`"
ORPHANS = 500  # orphan events looked at in one run
MARK_TTL_S = 400 * 86_400  # a mark that no process has advanced for so long belongs to a ledger that is gone

# KEYS: the mark. ARGV: epoch, seconds to keep it. The mark only advances.
_ADVANCE = """
local mark = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%d', mark), 'EX', ARGV[2])
return mark
"""


class HighWaterMark:
    """The highest epoch of a ledger that any process has seen, kept in Redis.

    A hint: without it a restored backup is not noticed, but an operator can still declare it.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._advance = client.register_script(_ADVANCE)

    def read(self, ledger_id: str) -> int:
        """The mark; 0 where there is none or Redis is away."""
        try:
            return int(self._client.get(_key(ledger_id)) or 0)
        except redis.RedisError:
            return 0

    def advance_to(self, ledger_id: str, epoch: int) -> None:
        """Advance the mark to `epoch`, unless it is higher already. Does nothing where Redis is away."""
        try:
            self._advance(keys=[_key(ledger_id)], args=[epoch, MARK_TTL_S])
        except redis.RedisError:
            return


class RestoreWatch:
    """Notices a restored backup and pauses sending; afterwards finds the lost attempts of reports it left unknown.

    `recipient_key_of` returns the recipient key of an address, or None where the text is no address.
    """

    def __init__(self, ledger: Ledger, mark: HighWaterMark, recipient_key_of: Callable[[str], str | None]) -> None:
        self._ledger = ledger
        self._mark = mark
        self._recipient_key_of = recipient_key_of
        self._restored_at: datetime | None = None  # the restore whose orphan events are looked at,
        self._last_event = 0  # and the last of them

    def watch(self) -> None:
        """Do both once. Raises LedgerUnavailable."""
        self.notice_restore()
        self.find_lost_attempts()

    def notice_restore(self) -> bool:
        """Compare the ledger's epoch with the mark; True where the ledger went back in time. Sending is then paused.

        Raises LedgerUnavailable: then nothing was paused.
        """
        with self._ledger.write() as tx:
            last = current_epoch(tx)
        mark = self._mark.read(last.ledger_id)  # read before the next epoch, or another process's would look newer
        with self._ledger.write() as tx:
            epoch = next_epoch(tx)
            went_back = epoch.number <= mark
            if went_back:
                epoch = next_epoch(tx, past=mark)
                pauses.take_over_pause(tx, holder=RESTORE, reason=SUSPICION)
                record_action(tx, actor=RESTORE, action=pauses.PAUSED, reason=SUSPICION)
        self._mark.advance_to(last.ledger_id, epoch.number)
        if went_back:
            log.critical("sending paused", text=SUSPICION)
        return went_back

    def find_lost_attempts(self) -> int:
        """Look at orphan events after a restore; returns how many placeholder attempts they identify.

        A placeholder takes the lost attempt's id, so that the events match it like any others. Raises
        LedgerUnavailable: then the events are looked at again.
        """
        with self._ledger.read(wait_s=UPKEEP_S) as tx:
            restored_at = restored_backup.restored_at(tx)
            if restored_at is None or not restored_backup.placeholders_wait(tx):
                return 0
            if restored_at != self._restored_at:
                self._restored_at, self._last_event = restored_at, 0
            orphans = restored_backup.orphan_events(tx, after_id=self._last_event, limit=ORPHANS)
        found = sum(self._identify(orphan) for orphan in orphans)
        self._last_event = max([self._last_event, *(orphan.id for orphan in orphans)])
        return found

    def _identify(self, orphan: OrphanEvent) -> bool:
        keys = {self._recipient_key_of(address) for address in _destinations(orphan.raw)} - {None}
        if len(keys) != 1:
            return False
        (key,) = keys
        assert key is not None, "removed above"
        with self._ledger.write() as tx:
            identified = restored_backup.identify_placeholder(tx, key, orphan.attempt_id)
        if identified:
            log.info("lost attempt found", attempt=orphan.attempt_id)
        return identified


@dataclass(frozen=True, slots=True)
class Survey:
    """What declaring a restore would change, and what suggests one.

    `suspected`: the watch has paused sending because of it. `orphan_events` counts SES events about attempts that this
    ledger does not have, `unfinished` and `stopped` count reports.
    """

    suspected: bool
    declared_at: datetime | None
    orphan_events: int
    unfinished: Mapping[ReportState, int]
    stopped: int


def survey(ledger: Ledger) -> Survey:
    """Look, and change nothing. Raises LedgerUnavailable."""
    with ledger.read(wait_s=UPKEEP_S) as tx:
        pause = pauses.current_pause(tx)
        return Survey(
            suspected=pause is not None and pause.holder == RESTORE,
            declared_at=restored_backup.restored_at(tx),
            orphan_events=restored_backup.count_orphan_events(tx),
            unfinished=restored_backup.count_states(tx, UNFINISHED),
            stopped=sum(restored_backup.count_states(tx, REPLAYABLE).values()),
        )


def declare(ledger: Ledger, *, actor: str, reason: str) -> int:
    """Pause sending and mark every unfinished report unknown, in one transaction; returns how many were marked.

    From then on, a replay of a report that stopped before counts as one that may duplicate. Raises LedgerUnavailable:
    then nothing was declared.
    """
    with ledger.write(wait_s=UPKEEP_S) as tx:
        pauses.take_over_pause(tx, holder=f"{OPERATOR}{actor}", reason=f"restored backup: {reason}")
        marked = restored_backup.mark_unfinished_unknown(tx)
        restored_backup.declare_restored(tx, actor=actor, reason=reason)
        record_action(tx, actor=actor, action=ACTION, reason=reason, detail={"marked_unknown": marked})
    log.critical("restored backup declared, sending paused", actor=actor, marked_unknown=marked, text=reason)
    return marked


def _key(ledger_id: str) -> str:
    return f"ledger:{ledger_id}:epoch"


def _destinations(raw: str) -> list[str]:
    try:
        mail: Any = json.loads(raw)["mail"]
        return [address for address in mail["destination"] if isinstance(address, str)]
    except (ValueError, KeyError, TypeError):
        return []
