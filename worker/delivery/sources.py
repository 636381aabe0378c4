"""Where delivery takes the time, new ids and random numbers from. A simulation gives its own."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Sources:
    """The defaults are the machine's clock and the operating system's randomness."""

    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], None] = time.sleep
    """Waits for so many seconds."""
    new_id: Callable[[int], str] = secrets.token_hex
    """Returns an id that nobody can guess, of so many bytes, in hex."""
    fraction: Callable[[], float] = random.random
    """Returns a number from 0 to 1, by which delays are spread."""


SYSTEM = Sources()
