"""Whether this process belongs to the ledger: the identity key and the mailer that the ledger is pinned to.

A process or command that writes calls `require_ours` at its start, and a process that goes on calls it periodically.
A command that only reads goes on with the sentence of `why_not_ours` as a warning: an operator needs it just then.
"""

from __future__ import annotations

from worker.errors import WrongInstallation
from worker.ledger import installation
from worker.ledger.installation import Installation, fingerprint_of
from worker.ledger.store import Ledger
from worker.settings import IDENTITY_KEY_FILE, Settings


def require_ours(ledger: Ledger, settings: Settings, *, sends: bool = False) -> Installation:
    """Pin a new ledger to the identity key; returns what the ledger is pinned to.

    `sends`: this process sends letters, so its mailer must be the ledger's too. Raises WrongInstallation, or
    LedgerUnavailable: then nothing was pinned.
    """
    with ledger.read() as tx:
        pinned = installation.read_installation(tx)
    _refuse(pinned, settings, sends=sends)
    if pinned is None or pinned.key_fingerprint is None:
        with ledger.write() as tx:
            pinned = installation.pin_key(tx, fingerprint_of(settings.identity_secret))
        _refuse(pinned, settings, sends=sends)  # another process may have pinned it first
    return pinned


def why_not_ours(ledger: Ledger, settings: Settings, *, sends: bool = False) -> str | None:
    """Why a command that writes, or `sends`, would be refused, in one sentence; None where it would not. Pins nothing.

    Raises LedgerUnavailable.
    """
    with ledger.read() as tx:
        pinned = installation.read_installation(tx)
    return why_other(pinned, settings, sends=sends)


def why_other(pinned: Installation | None, settings: Settings, *, sends: bool = False) -> str | None:
    """The same for a ledger that is `pinned` so."""
    try:
        _refuse(pinned, settings, sends=sends)
    except WrongInstallation as error:
        return str(error)
    return None


def _refuse(pinned: Installation | None, settings: Settings, *, sends: bool) -> None:
    installation.refuse_other_key(pinned, _fingerprint(settings))
    if sends:
        installation.refuse_other_mailer(pinned, settings.mailer)


def _fingerprint(settings: Settings) -> str | None:
    """The fingerprint of the key in use; None where none is set and none was made here, for looking makes none."""
    made = (settings.state_dir / IDENTITY_KEY_FILE).exists()
    return fingerprint_of(settings.identity_secret) if made or settings.identity_key is not None else None
