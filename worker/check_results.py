"""What one check of an installation answered, as `worker doctor` lists it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check: `ok` is True, False, or None for what works but deserves a look."""

    ok: bool | None
    text: str
