"""Recovers due reports that no message on the queue names: after their delay, or after Redis lost its queue."""

from __future__ import annotations

from collections.abc import Callable

from worker.errors import SendingPaused
from worker.ledger import pauses, reports
from worker.ledger.channels import Lane
from worker.ledger.store import Ledger

QUEUE_TARGET = 5000  # messages of a lane kept on the queue; more would only wait there
IN_PROGRESS = 100  # messages that a lane may count although a worker, perhaps a dead one, has taken them


def wake_due_reports(
    ledger: Ledger, *, wake: Callable[[list[int], Lane], None], queue_depth: Callable[[Lane], int]
) -> int:
    """Put due reports on the queue, up to QUEUE_TARGET messages of each lane; returns how many.

    Each lane has its own target: the backlog of one does not keep another's reports from the queue.

    This alone would deliver everything if the queue lost all its messages. Raises SendingPaused during a pause,
    QueueUnavailable and LedgerUnavailable.
    """
    with ledger.read() as tx:
        if pauses.current_pause(tx) is not None:
            raise SendingPaused("sending is paused")
    return sum(_wake_due(ledger, lane, wake, queue_depth(lane)) for lane in Lane)


def _wake_due(ledger: Ledger, lane: Lane, wake: Callable[[list[int], Lane], None], depth: int) -> int:
    with ledger.read() as tx:
        due = reports.due(tx, lane, limit=QUEUE_TARGET)
    if depth > IN_PROGRESS:  # most due reports are on the queue already; a second message would be read in vain
        due = due[: max(0, len(due) - depth)]
    wake(due, lane)
    return len(due)
