"""Reading the send log: what may be seen, and who is on record for having seen it.

Addresses are masked. Each look-up by address, each export and each read of addresses in clear is recorded in
`audit` before the first row is read; no page and no command can do without the record. The record names the filter,
never an address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from worker.intake.identity import Identity, read_address
from worker.ledger import send_log
from worker.ledger.audit import record_action
from worker.ledger.disclosure import Disclosure, record_disclosure
from worker.ledger.log_filter import LogFilter
from worker.ledger.patience import COUNTING_S, UPKEEP_S
from worker.ledger.send_log import COLUMNS, Cell, Entry
from worker.ledger.store import Ledger
from worker.spreadsheet import csv_text
from worker.times import iso

LOOK_UP = "look_up"
EXPORT = "export"
UNMASK = "unmask"
BATCH_ROWS = 1000  # of an export: read in one transaction, which ends before the batch travels

_Batches = Iterator[list[Entry]]


@dataclass(frozen=True, slots=True)
class Page:
    """Signups of the log, newest first, and whether there are more."""

    entries: list[Entry]
    more: bool


def read_page(ledger: Ledger, which: LogFilter, *, limit: int) -> Page:
    """At most `limit` signups, addresses masked. Raises LedgerUnavailable."""
    with ledger.read(wait_s=COUNTING_S) as tx:
        found = send_log.entries(tx, which, limit=limit + 1)
    return Page(found[:limit], len(found) > limit)


def read_page_in_clear(ledger: Ledger, which: LogFilter, *, limit: int, actor: str) -> Page:
    """At most `limit` signups with addresses in clear; recorded. Raises LedgerUnavailable: then nothing was read."""
    with ledger.write() as tx:
        disclosure = _record(tx, which, actor=actor, action=UNMASK, in_clear=True)
    with ledger.read(wait_s=COUNTING_S) as tx:
        found = send_log.entries_in_clear(tx, which, disclosure, limit=limit + 1)
    return Page(found[:limit], len(found) > limit)


def look_up(ledger: Ledger, identity: Identity, email: str, *, actor: str) -> str:
    """The key of the person with this address, in any spelling; recorded, whether or not the person is known.

    Raises InvalidSignup where it is not an address, LedgerUnavailable: then nothing was recorded.
    """
    key = identity.recipient_key(read_address(email))
    with ledger.write() as tx:
        record_action(tx, actor=actor, action=LOOK_UP, recipient_key=key)
    return key


def export_csv(
    ledger: Ledger, which: LogFilter, *, actor: str, in_clear: bool = False, limit: int | None = None
) -> Iterator[str]:
    """Every matching signup as CSV, a batch at a time; recorded before this returns.

    Raises LedgerUnavailable: then nothing was recorded; while it iterates: then the rest is missing.
    """
    return _as_csv(_batches(ledger, which, _record_export(ledger, which, actor, in_clear), in_clear, limit))


def export_json(
    ledger: Ledger, which: LogFilter, *, actor: str, in_clear: bool = False, limit: int | None = None
) -> Iterator[str]:
    """Every matching signup as one JSON array, a batch at a time; otherwise as `export_csv`."""
    return _as_json(_batches(ledger, which, _record_export(ledger, which, actor, in_clear), in_clear, limit))


def _record_export(ledger: Ledger, which: LogFilter, actor: str, in_clear: bool) -> Disclosure:
    with ledger.write() as tx:
        return _record(tx, which, actor=actor, action=EXPORT, in_clear=in_clear)


def _record(tx: Connection, which: LogFilter, *, actor: str, action: str, in_clear: bool) -> Disclosure:
    detail = {"filter": which.described(), "addresses": "in clear" if in_clear else "masked"}
    return record_disclosure(tx, actor=actor, action=action, recipient_key=which.recipient_key, detail=detail)


def _batches(ledger: Ledger, which: LogFilter, disclosure: Disclosure, in_clear: bool, limit: int | None) -> _Batches:
    """The matching signups in batches. No transaction is open while a batch is in use."""
    left = limit
    while left is None or left > 0:
        rows = BATCH_ROWS if left is None else min(BATCH_ROWS, left)
        with ledger.read(wait_s=UPKEEP_S) as tx:
            batch = (
                send_log.entries_in_clear(tx, which, disclosure, limit=rows)
                if in_clear
                else send_log.entries(tx, which, limit=rows)
            )
        if not batch:
            return
        yield batch
        which = replace(which, before_id=batch[-1].signup_row)
        left = None if left is None else left - len(batch)


def _as_csv(batches: _Batches) -> Iterator[str]:
    yield csv_text([[column.name for column in COLUMNS]])
    for batch in batches:
        yield csv_text([_csv_cell(entry.cells[column.name]) for column in COLUMNS] for entry in batch)


def _as_json(batches: _Batches) -> Iterator[str]:
    before = "[\n"
    for batch in batches:
        yield before + ",\n".join(json.dumps(_json_object(entry), ensure_ascii=False) for entry in batch)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _csv_cell(cell: Cell) -> str:
    return "" if cell is None else str(_plain(cell))


def _json_object(entry: Entry) -> dict[str, str | int | None]:
    return {column.name: _plain(entry.cells[column.name]) for column in COLUMNS}


def _plain(cell: Cell) -> str | int | None:
    return iso(cell) if isinstance(cell, datetime) else cell
