"""The list of addresses that a mail provider itself refuses to send to, beside our own suppressions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ListedAddress:
    """Why the provider refuses an address, in its own word, and since when."""

    reason: str
    since: datetime


class SuppressionList(Protocol):
    """The provider's list. Its methods raise ListUnavailable where the provider cannot be asked."""

    def find(self, address: str) -> ListedAddress | None:
        """Why this address is on the list; None where it is not."""

    def remove(self, address: str) -> bool:
        """Take this address off the list; False where it was not on it."""
