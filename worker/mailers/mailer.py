"""The Mailer protocol, and what every kind of mailer provides.

A kind of mailer is a module with the functions of MailerModule, and a line in `worker.mailers.registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from worker.check_results import CheckResult
from worker.mailers.account import AccountReader
from worker.mailers.suppression_list import SuppressionList
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter to send: its attempt's id, its recipient, its RFC 5322 bytes, and its HTML part."""

    attempt_id: str
    recipient: str
    message: bytes
    html: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mailer accepted the letter. `ses_message_id` is the id it gave; None where its answer held none."""

    ses_message_id: str | None


BeforePost = Callable[[datetime], None]
"""Called with the signing time when the request is ready, just before its bytes leave. If it raises, nothing leaves."""


class Mailer(Protocol):
    """Sends one letter at most once per call, and reports truthfully what became of it.

    `send` calls `before_post` exactly once before any byte leaves and lets its exception through. It returns Accepted
    or raises a SendError whose type is the disposition. It never repeats a POST by itself.
    """

    name: str

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """Send one letter."""


@dataclass(frozen=True, slots=True)
class BuiltMailer:
    """A mailer built from the settings, and what limits its rate.

    `account` reads the provider's account, which names a rate and a quota. Without one, `rate_per_s` is the limit in
    letters per second; None means no limit.
    """

    mailer: Mailer
    account: AccountReader | None = None
    rate_per_s: float | None = None


class MailerModule(Protocol):
    """The functions that the module of each kind of mailer has."""

    def build(self, settings: Settings) -> BuiltMailer:
        """Build the mailer; connects to nothing. Raises ConfigurationError."""

    def suppression_list(self, settings: Settings) -> SuppressionList | None:
        """The provider's own suppression list, unconnected; None where it has none. Raises ConfigurationError."""

    def check(self, settings: Settings) -> Iterator[CheckResult]:
        """Check that a letter could be sent with these settings; sends none. Raises a WorkerError."""
