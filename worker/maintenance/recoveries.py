"""The list of what a sweep recovers, in the order in which it is run.

To add a recovery: write its module here and add a line to the list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from worker.delivery.spool import Spool
from worker.ledger.channels import Lane
from worker.ledger.store import Ledger
from worker.maintenance.due_reports import wake_due_reports
from worker.maintenance.expired_claims import release_expired_claims
from worker.maintenance.expired_intents import mark_expired_intents_unknown
from worker.maintenance.returned_letters import mark_returned_letters
from worker.maintenance.spooled_results import write_back_spooled_results
from worker.maintenance.sweep import Recovery
from worker.maintenance.waiting_events import match_waiting_events


def list_recoveries(
    ledger: Ledger,
    spool: Spool,
    *,
    wake: Callable[[list[int], Lane], None],
    queue_depth: Callable[[Lane], int],
    find_lost_commits: Callable[[], int],
) -> tuple[Recovery, ...]:
    """Return the recoveries. The given functions raise QueueUnavailable while Redis is away."""
    return (
        Recovery("results_written_back", partial(write_back_spooled_results, ledger, spool), local=True),
        Recovery("commits_lost", find_lost_commits),
        Recovery("claims_released", partial(release_expired_claims, ledger)),
        Recovery("intents_unknown", partial(mark_expired_intents_unknown, ledger)),
        Recovery("events_matched", partial(match_waiting_events, ledger)),
        Recovery("letters_returned", partial(mark_returned_letters, ledger)),
        Recovery("reports_woken", partial(wake_due_reports, ledger, wake=wake, queue_depth=queue_depth)),
    )
