"""/unsubscribe/{token}, for readers: GET changes nothing, a single POST suppresses at once (RFC 8058)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from worker.boot.web import WebServices
from worker.ledger.timeline import find_report_row
from worker.privacy.suppression import READER, UNSUBSCRIBED, suppress
from worker.reader_links import is_link_token
from worker.web.body_size import read_body
from worker.web.thread_pool import ThreadPool

MAX_BODY_BYTES = 4096


def routes(services: WebServices, pool: ThreadPool, templates: Jinja2Templates) -> APIRouter:
    """The unsubscribe link of every letter."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/unsubscribe/{token}", methods=["GET", "POST"], name="unsubscribe")
    async def unsubscribe(request: Request, token: str) -> Response:
        key = await pool.run(lambda: _recipient_key(services, token))
        if key is None:
            return templates.TemplateResponse(request, "unknown_link.html", status_code=404)
        done = request.method == "POST"
        if done:
            await read_body(request, MAX_BODY_BYTES)  # a mail program's `List-Unsubscribe=One-Click`, or our own form
            await pool.run(lambda: _suppress(services, key))
        return templates.TemplateResponse(request, "unsubscribe.html", {"done": done})

    return router


def _recipient_key(services: WebServices, token: str) -> str | None:
    """Whose link this is; None where it is nobody's."""
    if not is_link_token(token):
        return None
    with services.core.ledger.read() as tx:
        row = find_report_row(tx, link_token=token)
    return None if row is None else row.recipient_key


def _suppress(services: WebServices, recipient_key: str) -> None:
    with services.core.ledger.write() as tx:
        suppress(tx, recipient_key, reason=UNSUBSCRIBED, actor=READER)
