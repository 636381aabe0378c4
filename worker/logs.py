"""Log lines: one per decision, as JSON or for a terminal, with every address masked."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import Any, Protocol, runtime_checkable

import structlog

from worker.masking import mask_event
from worker.setting_types import LogFormat
from worker.unexpected import count_unexpected


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Write structlog's and the libraries' lines to stderr, in one format. Call once per process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_event,
    ]
    console = log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and sys.stderr.isatty())
    renderer: Any = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_name_messages)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("botocore", "boto3", "urllib3", "alembic", "CSSUTILS"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=HarmlessLogger,
        cache_logger_on_first_use=False,
    )


class HarmlessLogger(structlog.stdlib.BoundLogger):
    """A logger that never raises: no line of the log may stand between SES's answer and its record."""

    def _proxy_to_logger(self, method_name: str, event: str | None = None, *args: Any, **values: Any) -> Any:
        """Write the line; where that fails, count it, and try only the event's own words."""
        try:
            return super()._proxy_to_logger(method_name, event, *args, **values)
        except Exception as error:  # noqa: BLE001 - a value that cannot be rendered, a closed stderr
            count_unexpected("log", error)
        with contextlib.suppress(Exception):
            return super()._proxy_to_logger(method_name, event, log_failed=True)


@runtime_checkable
class QueueMessage(Protocol):
    """A message of dramatiq, or its proxy. Known by its attributes: logs must not import dramatiq, slow to load."""

    actor_name: str
    message_id: str


def _name_messages(record: logging.LogRecord) -> bool:
    """Name a queue message by its id: dramatiq's own lines print all its arguments, which are personal data."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            f"{argument.actor_name} {argument.message_id}" if isinstance(argument, QueueMessage) else argument
            for argument in record.args
        )
    return not str(record.msg).startswith("Received args=")  # an actor's line at DEBUG, which is nothing but arguments
