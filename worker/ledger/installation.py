"""What this ledger is pinned to: its id, how far it has come, the identity key and the mailer.

The ledger counts its epochs. A process that remembers a higher epoch than the ledger itself knows that a backup was
restored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.errors import WrongInstallation
from worker.ledger.steering_schema import ONLY_ROW, installation
from worker.ledger.store import insert
from worker.setting_types import MailerKind

_FINGERPRINT_OF = b"installation\0exposure report worker"


@dataclass(frozen=True, slots=True)
class Epoch:
    """How far a ledger has come. `ledger_id` never changes, and a ledger's backups share it."""

    ledger_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Installation:
    """What a ledger is pinned to. `key_fingerprint` and `mailer` are None until they are pinned."""

    ledger_id: str
    epoch: int
    key_fingerprint: str | None
    mailer: str | None


def fingerprint_of(identity_key: bytes) -> str:
    """The fingerprint of an identity key, 16 hex digits; it tells two keys apart and reveals neither."""
    return hmac.new(identity_key, _FINGERPRINT_OF, hashlib.sha256).hexdigest()[:16]


def read_installation(tx: Connection) -> Installation | None:
    """What the ledger is pinned to; None for a new ledger that no process has written to."""
    columns = [installation.c[name] for name in Installation.__dataclass_fields__]
    row = tx.execute(sa.select(*columns)).one_or_none()
    return None if row is None else Installation(**row._mapping)


def pin_key(tx: Connection, fingerprint: str) -> Installation:
    """Pin the ledger to this identity key unless it is pinned to one already; returns what it is pinned to now."""
    _make_row(tx)
    unpinned = installation.c.key_fingerprint.is_(None)
    tx.execute(sa.update(installation).where(unpinned).values(key_fingerprint=fingerprint))
    found = read_installation(tx)
    assert found is not None, "made above"
    return found


def pin_mailer(tx: Connection, mailer: str) -> None:
    """Pin the ledger to a mailer that reaches readers, unless it is pinned already; does nothing for the outbox."""
    if mailer in {kind for kind in MailerKind if kind.reaches_readers}:
        _make_row(tx)
        tx.execute(sa.update(installation).where(installation.c.mailer.is_(None)).values(mailer=mailer))


def refuse_other_mailer(pinned: Installation | None, mailer: str) -> None:
    """Raises WrongInstallation where the ledger is pinned to another mailer than this one."""
    if pinned is not None and pinned.mailer not in {None, mailer}:
        problem = (
            f"this ledger's letters are sent by {pinned.mailer}; with {mailer} they would be recorded as sent and "
            f"reach nobody: set WORKER_MAILER={pinned.mailer}"
        )
        raise WrongInstallation("WORKER_MAILER", problem)


def refuse_other_key(pinned: Installation | None, fingerprint: str | None) -> None:
    """Raises WrongInstallation where the ledger is pinned to another identity key than the one of this fingerprint."""
    if pinned is not None and pinned.key_fingerprint not in {None, fingerprint}:
        here = f"the key set here has {fingerprint}" if fingerprint else "no key is set here"
        problem = (
            f"this ledger was made under another key (fingerprint {pinned.key_fingerprint}; {here}), and without it "
            "everybody in it would be a new person: set the key it was made under, or the DATABASE_URL that belongs "
            "to this key"
        )
        raise WrongInstallation("WORKER_IDENTITY_KEY", problem)


def mailer_fits(mailer: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """The guard of a statement that only the ledger's own mailer may make."""
    return ~sa.exists().where(installation.c.mailer.is_not(None), installation.c.mailer != mailer)


def current_epoch(tx: Connection) -> Epoch:
    """The ledger's epoch, locked until the transaction ends; a new ledger is given its id first."""
    _make_row(tx)
    row = tx.execute(sa.select(installation.c.ledger_id, installation.c.epoch).with_for_update()).one()
    return Epoch(row.ledger_id, row.epoch)


def next_epoch(tx: Connection, *, past: int = 0) -> Epoch:
    """Advance to the next epoch, or to the one after `past` where that is higher; returns it."""
    last = current_epoch(tx)
    number = max(last.number, past) + 1
    tx.execute(sa.update(installation).values(epoch=number))
    return Epoch(last.ledger_id, number)


def _make_row(tx: Connection) -> None:
    statement = insert(tx, installation).values(id=ONLY_ROW, ledger_id=secrets.token_hex(8), epoch=0)
    tx.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
