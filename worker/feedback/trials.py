"""Trial letters: an operator sends them to SES's simulator, and no report has them.

The tag of their attempt says so. Their events are stored like all others and are about no report, so that they neither
count as events about no letter of ours nor change any figure of reports.
"""

from __future__ import annotations

import secrets

_PREFIX = "trial-"


def new_trial_id() -> str:
    """The attempt id of one trial letter."""
    return f"{_PREFIX}{secrets.token_hex(16)}"


def is_trial(attempt_id: str | None) -> bool:
    """Whether an event with this attempt id is about a trial letter."""
    return attempt_id is not None and attempt_id.startswith(_PREFIX)
