"""Which server a bearer token belongs to."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import date

from worker.setting_types import ApiToken


def token_name(presented: str | None, known: Sequence[ApiToken], today: date) -> str | None:
    """Return the name of the token that was presented, or None where it is none of ours, or over."""
    given = (presented or "").encode()
    # All are compared, so that the time of the answer does not depend on which one matches.
    matches = [token for token in known if hmac.compare_digest(given, token.value.encode())]
    return next((token.name for token in matches if token.valid_on(today)), None)
