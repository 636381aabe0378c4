"""The links of a report that only its reader knows: unsubscribe, report page, and the page's "forget me".

A link carries the report's random token and nothing else: no address, and nothing that a new signing key ends. Who has
the token may do what the reader may, so it appears in no log line, no metric and no referrer.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

TOKEN_BYTES = 16  # of randomness, written in 22 characters
FORGET_SECTION = "forget"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


def new_link_token() -> str:
    """A random token of 22 characters of A-Z, a-z, 0-9, `_` and `-`: a path segment that begins with no dot."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_link_token(text: str) -> bool:
    """Whether `text` has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """Makes the links. `service_url` is where `worker serve` is reached, without a trailing slash."""

    service_url: str

    def unsubscribe(self, token: str) -> str:
        """The link that ends all mail to the reader."""
        return f"{self.service_url}/unsubscribe/{token}"

    def report(self, token: str) -> str:
        """The link of the report page."""
        return f"{self.service_url}/report/{token}"

    def forget(self, token: str) -> str:
        """The link of the report page's section that erases the reader."""
        return f"{self.report(token)}#{FORGET_SECTION}"
