"""Unsafe variants of the product, each without one of its rules. The simulation must find what each of them breaks.

A variant is a change of how a process is put together, or of one function of the product for as long as it runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest import mock

import sqlalchemy as sa

from worker.ledger import attempts, unknown_sends
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.schema import attempt, report
from worker.ledger.store import Ledger, now
from worker.maintenance.sweep import Recovery

Recover = Callable[[Ledger], int]


@dataclass(frozen=True, slots=True)
class Variant:
    """How this variant differs. The defaults are the product's.

    `recoveries` replaces recoveries of the sweep, or adds some; `patches` are (module, name, replacement).
    """

    why: str = "the product as it is"
    recoveries: Mapping[str, Recover] = field(default_factory=dict)
    patches: tuple[tuple[Any, str, Any], ...] = ()
    posts_unanswered: int = 1
    witness: bool = True
    looks_are_dated: bool = True
    installation_checked: bool = True

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Change the product's functions within the block."""
        with contextlib.ExitStack() as stack:
            for module, name, replacement in self.patches:
                stack.enter_context(mock.patch.object(module, name, replacement))
            yield

    def changed(self, ledger: Ledger, recoveries: tuple[Recovery, ...]) -> list[Recovery]:
        """The recoveries of a sweep."""
        mine = {name: Recovery(name, partial(run, ledger)) for name, run in self.recoveries.items()}
        return [mine.pop(recovery.name, recovery) for recovery in recoveries] + list(mine.values())


class NoWitness:
    """In place of the second witness: it marks nothing and knows nothing."""

    def mark(self, _attempt_id: str, _recipient_key: str) -> None:
        """Mark nothing."""

    def recent(self, *, since: float) -> list[Any]:
        """There are no marks."""
        return []

    def trim(self) -> int:
        """There are no marks."""
        return 0


def _send_unknown_again(ledger: Ledger) -> int:
    """What is unknown is due again."""
    with ledger.write() as tx:
        chosen = tx.execute(sa.select(attempt.c.id).where(attempt.c.state == AttemptState.UNKNOWN)).scalars().all()
        return sum(attempts.assume_unsent(tx, attempt_id) for attempt_id in chosen)


def _put_stale_intents_back(ledger: Ledger) -> int:
    """An intent whose process recorded nothing is taken for one that was never posted."""
    stale = (report.c.state == ReportState.SENDING, report.c.lease_until <= now())
    with ledger.write() as tx:
        joined = attempt.join(report, report.c.id == attempt.c.report_id)
        query = sa.select(attempt.c.id).select_from(joined).where(*stale, attempt.c.state == AttemptState.INTENT)
        chosen = tx.execute(query).scalars().all()
        nothing = {"error": None, "error_text": None, "delay_s": 0.0, "counts": False}
        return sum(attempts.record_refused(tx, attempt_id, **nothing) for attempt_id in chosen)  # type: ignore[arg-type]


def _latest(*moments: Any) -> Any:
    """A fence that is over at once."""
    return max(moments)


def _ignore(*_arguments: Any, **_options: Any) -> bool:
    return True


PRODUCT = Variant()

UNSAFE: dict[str, Variant] = {
    "unknown resent": Variant(
        "the sweep makes unknown sends due again", recoveries={"unknown_again": _send_unknown_again}
    ),
    "SDK retry": Variant("one call posts twice while it hears nothing", posts_unanswered=2),
    "stale intent put back": Variant(
        "an expired intent counts as never posted", recoveries={"intents_unknown": _put_stale_intents_back}
    ),
    "no signing fence": Variant(
        "a person may decide at once that an unknown send did not leave",
        patches=((unknown_sends, "fence_after", _latest),),
    ),
    "an early look believed": Variant(
        "what a person saw before the signing fence is believed after it", looks_are_dated=False
    ),
    "late delivery ignored": Variant(
        "a delivery reported for a letter that had come back changes nothing",
        patches=((attempts, "record_arrived", _ignore),),
    ),
    "no witness": Variant("no mark in Redis before a POST", witness=False),
    "installation not checked": Variant(
        "a worker of another ledger or with another key takes part", installation_checked=False
    ),
}
