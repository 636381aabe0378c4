"""The bounds of the signup contract, and the times it believes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

MAX_PAYLOAD_BYTES = 32 * 1024
MAX_EMAIL_CHARS = 254
MAX_TEXT_CHARS = 200
MAX_TASKS = 40
MAX_SKILLS = 60
MAX_YEARS = 80
MAX_SHARE = 1_000_000
DATE_TIME = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$"
_YEARS = range(2000, 2101)  # a time far outside is a mistake, and some databases cannot hold it


def plausible_time(value: Any) -> datetime | None:
    """Return the time with an offset that a value is, in UTC; None where it is none, or far from our century."""
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, datetime) or value.tzinfo is None or value.year not in _YEARS:
        return None
    return value.astimezone(UTC)


def _parsed(text: str) -> datetime | None:
    if not re.match(DATE_TIME, text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None
