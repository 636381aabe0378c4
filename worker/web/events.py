"""POST /v1/events/ses: SES events that arrive through SNS. worker.feedback verifies and interprets them."""

from __future__ import annotations

import functools
from typing import Any

import structlog
from fastapi import APIRouter
from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from worker.boot.web import WebServices
from worker.errors import FeedbackUnavailable, InvalidFeedback, UntrustedMessage
from worker.feedback.sns import Handled
from worker.plain_text import single_line
from worker.web.body_size import read_body
from worker.web.openapi import documented, request_body
from worker.web.problems import Problem, unavailable
from worker.web.thread_pool import ThreadPool

log = structlog.get_logger(__name__)

_RAW = "x-amz-sns-rawdelivery"
_TOPIC_CHARS = 256
MAX_EVENT_BYTES = 256 * 1024  # the largest message that SNS sends


class EventReceipt(BaseModel):
    """What was done with the event."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "recorded"}]})

    status: Handled


_REFUSALS = (
    Problem(400, "invalid-event", "The body is not an SNS message."),
    Problem(403, "untrusted-event", "The signature or the topic is not one that we trust."),
    Problem(413, "too-large", f"The body may have at most {MAX_EVENT_BYTES} bytes."),
    unavailable("The ledger is not available; SNS will try again."),
)


def routes(services: WebServices, pool: ThreadPool) -> APIRouter:
    """The endpoint that an SNS subscription posts to."""
    router = APIRouter(prefix="/v1", tags=["events"])

    @router.post(
        "/events/ses",
        operation_id="sesEvent",
        summary="An SES event, through SNS",
        response_description="Recorded now or before, or of no concern to us.",
        responses=documented(*_REFUSALS),
        openapi_extra=request_body({"text/plain": str, "application/json": dict[str, Any]}),
    )
    async def ses_event(request: Request) -> EventReceipt:
        body = await read_body(request, MAX_EVENT_BYTES)
        try:
            handled = await pool.run(lambda: services.sns.handle(body))
        except InvalidFeedback as error:
            _note_refusal(request, "raw" if request.headers.get(_RAW) == "true" else "invalid", str(error))
            raise Problem(400, "invalid-event", str(error)) from None
        except UntrustedMessage as error:
            _note_refusal(request, "untrusted", str(error))
            raise Problem(403, "untrusted-event", str(error)) from None
        except FeedbackUnavailable as error:
            raise unavailable(str(error)) from None
        return EventReceipt(status=handled)

    return router


@functools.cache
def refused_events() -> Counter:
    """The counter of this process."""
    return Counter("exposure_refused_events", "Posted events that were refused, by reason.", ["reason"], registry=None)


def _note_refusal(request: Request, reason: str, problem: str) -> None:
    """Leave a trace: SNS keeps none. `raw`: the subscription has raw message delivery, which carries no signature."""
    refused_events().labels(reason).inc()
    topic = single_line(request.headers.get("x-amz-sns-topic-arn", ""))[:_TOPIC_CHARS]
    log.warning("event refused", reason=reason, problem=problem, topic=topic)
