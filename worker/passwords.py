"""Passwords of the send log's users: argon2id hashes, made and checked."""

from __future__ import annotations

import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD_CHARS = 12


class Passwords:
    """Hashes and checks passwords. An unknown user costs as much time as a wrong password."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Return an argon2id hash with its parameters."""
        return self._hasher.hash(_composed(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. `None` is the hash of an unknown user: never, after as long."""
        decoy = self._decoy_hash  # computed by the first check, for a known or an unknown user alike
        try:
            self._hasher.verify(decoy if password_hash is None else password_hash, _composed(password))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    @cached_property
    def _decoy_hash(self) -> str:
        return self.hash("the password of no user")


def _composed(password: str) -> str:
    """One spelling of letters that a keyboard may send as one character or as two."""
    return unicodedata.normalize("NFC", password)
