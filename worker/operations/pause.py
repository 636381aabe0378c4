"""An operator pauses and resumes all sending. The pauses of the breaker itself are in `delivery.breaker`."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from worker.ledger import pauses
from worker.ledger.audit import record_action
from worker.ledger.pauses import OPERATOR, RESTORE, Pause
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Paused:
    """Sending is paused. `before` is the pause that was in force already, if any."""

    before: Pause | None

    @property
    def was_paused(self) -> bool:
        """Whether an operator's pause was in force already, and was left as it was."""
        return self.before is not None and _is_firm(self.before)


@dataclass(frozen=True, slots=True)
class Resumed:
    """Sending is resumed; `pause` is the pause that ended."""

    pause: Pause


@dataclass(frozen=True, slots=True)
class NotResumed:
    """Sending is as it was; `why` is a sentence for the operator."""

    why: str


def pause(ledger: Ledger, *, actor: str, reason: str) -> Paused:
    """Pause all sending until an operator resumes it; a pause of the breaker, which may end by itself, is taken over.

    Raises LedgerUnavailable.
    """
    with ledger.write() as tx:
        before = pauses.current_pause(tx)
        if before is not None and _is_firm(before):
            return Paused(before)
        detail = {} if before is None else {"took_over": before.holder, "reason": before.reason}
        pauses.take_over_pause(tx, holder=f"{OPERATOR}{actor}", reason=reason, detail=detail)
        record_action(tx, actor=actor, action="pause", reason=reason, detail=detail)
    log.warning("sending paused", actor=actor, text=reason)
    return Paused(before)


def resume(ledger: Ledger, *, actor: str, reason: str | None = None) -> Resumed | NotResumed:
    """Resume sending. Raises LedgerUnavailable: then sending is as it was."""
    with ledger.write() as tx:
        before = pauses.current_pause(tx)
        if before is None:
            return NotResumed("sending is not paused")
        if before.holder == RESTORE:
            return NotResumed("the ledger looks like a restored backup: run `worker restore-check` first")
        pauses.resume(tx)
        detail = {"holder": before.holder, "paused_for": before.reason}
        record_action(tx, actor=actor, action="resume", reason=reason, detail=detail)
    log.warning("sending resumed", actor=actor, paused_by=before.holder, text=before.reason)
    return Resumed(before)


def _is_firm(pause: Pause) -> bool:
    return pause.holder == RESTORE or pause.holder.startswith(OPERATOR)
