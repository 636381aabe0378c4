"""What intake decided about a signup."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What intake decided about one signup. Every signup has exactly one."""

    ADMITTED = "admitted"
    DUPLICATE = "duplicate"
    RATE_LIMITED = "rate_limited"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    UNKNOWN_ROLE = "unknown_role"


READMITTABLE = (Outcome.UNKNOWN_ROLE, Outcome.RATE_LIMITED)
"""The refusals that an operator may take back: their address and profile are kept for it, as long as a report's."""
