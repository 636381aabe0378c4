"""What `worker serve` needs."""

from __future__ import annotations

from dataclasses import dataclass

from worker.boot.core import CoreServices, boot_core
from worker.feedback.recorder import FeedbackRecorder
from worker.feedback.sns import SnsReceiver
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class WebServices:
    """All that `worker serve` needs. It cannot send, so it never connects to SES."""

    core: CoreServices
    sns: SnsReceiver


def boot_web(settings: Settings, redis_url: str) -> WebServices:
    """Build the services of `worker serve`; connects to nothing.

    Raises ConfigurationError, CatalogueError, ThemeError or TemplateError.
    """
    core = boot_core(settings, redis_url)
    return WebServices(core, SnsReceiver(FeedbackRecorder(core.ledger), settings.sns_topic_arns))
