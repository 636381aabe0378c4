"""What `worker serve` needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worker.boot.core import CoreServices, boot_core
from worker.boot.installation import InstallationWatch, watch_installation
from worker.feedback.recorder import FeedbackRecorder
from worker.feedback.sns import SnsReceiver
from worker.settings import Settings

REDIS_ANSWER_S = 2.0  # a visitor waits, and Redis holds nothing without which a signup cannot be received


@dataclass(frozen=True, slots=True)
class WebServices:
    """All that `worker serve` needs. It cannot send, so it never connects to SES."""

    core: CoreServices
    sns: SnsReceiver
    installation_watch: InstallationWatch


def boot_web(settings: Settings, redis_url: str, *, stop: Callable[[], None] | None = None) -> WebServices:
    """Build the services of `worker serve`; connects to nothing.

    `stop` stops the process once it finds that it belongs to another installation.

    Raises ConfigurationError, CatalogueError, ThemeError or TemplateError.
    """
    core = boot_core(settings, redis_url, redis_answer_s=REDIS_ANSWER_S)
    sns = SnsReceiver(FeedbackRecorder(core.ledger), settings.sns_topic_arns)
    return WebServices(core, sns, watch_installation(core, stop=stop, sends=False))
