"""The kinds of mailers, and the module that builds and checks each.

To add a kind: write its module (see `worker.mailers.mailer.MailerModule`), add a member to
`worker.settings.MailerKind`, and add a line to MAILERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from worker.errors import ConfigurationError
from worker.mailers.mailer import MailerModule
from worker.setting_types import MailerKind
from worker.settings import Settings


def _outbox() -> MailerModule:
    from worker.mailers import outbox  # noqa: PLC0415 - only the mailer in use is imported

    return outbox


def _ses() -> MailerModule:
    from worker.mailers import ses  # noqa: PLC0415 - boto3 is slow to import, and most commands need no mailer

    return ses


MAILERS: Mapping[MailerKind, Callable[[], MailerModule]] = {
    MailerKind.OUTBOX: _outbox,
    MailerKind.SES: _ses,
}
"""Each kind -> a function that imports its module."""


def mailer_module(settings: Settings) -> MailerModule:
    """Return the module of the mailer that the settings name.

    Raises ConfigurationError where the registry does not have it; the message lists the kinds.
    """
    load = MAILERS.get(settings.mailer)
    if load is None:
        raise ConfigurationError("WORKER_MAILER", f"no mailer {settings.mailer}; the kinds are {', '.join(MAILERS)}")
    return load()
