"""Another ledger takes over a Redis: what waits there, and the way to do it for a moved or new ledger."""

from __future__ import annotations

from dataclasses import dataclass

import redis
import structlog

from worker.delivery.witness import Witness
from worker.errors import WrongInstallation
from worker.ledger.audit import record_action
from worker.ledger.installation import current_epoch
from worker.ledger.store import Ledger
from worker.redis_owner import LIVES_S, Owner, RedisOwner
from worker.redis_queues import DELIVER_QUEUE, SIGNUPS_QUEUE, depth

log = structlog.get_logger(__name__)

ACTION = "adopt_redis"


@dataclass(frozen=True, slots=True)
class Shared:
    """What a Redis holds. `marks` counts the letters of the last 48 h that the second witness remembers."""

    owner: Owner | None
    queued_signups: int
    queued_reports: int
    marks: int


def survey(client: redis.Redis, witness: Witness) -> Shared:
    """Look, and change nothing. Raises QueueUnavailable or WitnessUnavailable."""
    return Shared(
        owner=RedisOwner(client).look(),
        queued_signups=depth(client, SIGNUPS_QUEUE),
        queued_reports=depth(client, DELIVER_QUEUE),
        marks=witness.size(),
    )


def adopt(ledger: Ledger, client: redis.Redis, witness: Witness, *, actor: str, reason: str) -> Shared:
    """Make this Redis serve this ledger; returns what it held. The marks of the ledger before are forgotten.

    Raises WrongInstallation while a process of that ledger lives, QueueUnavailable or LedgerUnavailable.
    """
    held = survey(client, witness)
    with ledger.write() as tx:
        ledger_id = current_epoch(tx).ledger_id
    if held.owner is None or held.owner.ledger_id == ledger_id:
        RedisOwner(client).claim(ledger_id)
        return held
    if held.owner.lives:
        raise _in_use(held.owner)
    detail = {"instead_of": held.owner.ledger_id, "queued_signups": held.queued_signups, "marks": held.marks}
    with ledger.write() as tx:
        record_action(tx, actor=actor, action=ACTION, reason=reason, detail=detail)
    if not RedisOwner(client).adopt(ledger_id, instead_of=held.owner):
        raise _in_use(held.owner)
    witness.forget_all()
    log.critical("this Redis serves another ledger from now on", actor=actor, **detail)
    return held


def _in_use(owner: Owner) -> WrongInstallation:
    problem = (
        f"ledger {owner.ledger_id} uses this Redis: one of its processes was seen there within {LIVES_S / 60:.0f} "
        "minutes; stop them, and try again after that time"
    )
    return WrongInstallation("REDIS_URL", problem)
