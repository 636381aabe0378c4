"""Batches of unsubscribes: made, downloaded and ticked off, each on record."""

from __future__ import annotations

from worker.ledger import unsubscribe_batches
from worker.ledger.audit import record_action
from worker.ledger.disclosure import record_disclosure
from worker.ledger.patience import UPKEEP_S
from worker.ledger.store import Ledger
from worker.ledger.unsubscribe_batches import Batch, Unsubscribe
from worker.privacy.suppression import UNSUBSCRIBED
from worker.spreadsheet import BOM, csv_text
from worker.times import iso

MADE = "batch_unsubscribes"
DOWNLOADED = "download_unsubscribes"
TICKED_OFF = "tick_off_unsubscribes"
HEADERS = ("unsubscribed_at", "address", "signup_id", "campaign", "taken_back")


def make(ledger: Ledger, *, actor: str) -> Batch | None:
    """A batch of every unsubscribe that is in none yet; None where there is none. Raises LedgerUnavailable."""
    with ledger.write() as tx:
        batch = unsubscribe_batches.make_batch(tx, because=UNSUBSCRIBED, actor=actor)
        if batch is not None:
            record_action(tx, actor=actor, action=MADE, detail={"batch": batch.id, "people": batch.people})
        return batch


def download(ledger: Ledger, batch_id: int, *, actor: str, in_clear: bool) -> str | None:
    """A batch as CSV, as often as it is asked for; None where there is no such batch. Recorded before it is read.

    Raises LedgerUnavailable: then nothing was read.
    """
    detail = {"batch": batch_id, "addresses": "in clear" if in_clear else "masked"}
    with ledger.write() as tx:
        if unsubscribe_batches.find_batch(tx, batch_id) is None:
            return None
        disclosure = record_disclosure(tx, actor=actor, action=DOWNLOADED, detail=detail)
    with ledger.read(wait_s=UPKEEP_S) as tx:
        people = (
            unsubscribe_batches.unsubscribes_in_clear(tx, batch_id, disclosure)
            if in_clear
            else unsubscribe_batches.unsubscribes(tx, batch_id)
        )
    return BOM + csv_text([HEADERS, *map(_row, people)])


def tick_off(ledger: Ledger, batch_id: int, *, actor: str) -> bool:
    """Record that a batch was carried over; False where it was before, or is none. Raises LedgerUnavailable."""
    with ledger.write() as tx:
        done = unsubscribe_batches.tick_off(tx, batch_id, actor=actor)
        if done:
            record_action(tx, actor=actor, action=TICKED_OFF, detail={"batch": batch_id})
        return done


def _row(person: Unsubscribe) -> tuple[str, ...]:
    address = "(erased)" if person.address is None else person.address
    taken_back = "yes" if person.taken_back else "no"
    return iso(person.unsubscribed_at), address, person.signup_id or "", person.campaign or "", taken_back
