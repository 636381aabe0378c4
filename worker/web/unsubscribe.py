"""/unsubscribe/{token}, for readers: GET changes nothing, one POST suppresses at once (RFC 8058), /undo undoes it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from worker.ledger.store import Ledger
from worker.privacy import suppression
from worker.report_page.opened import Mail, OpenedReport
from worker.web.body_size import read_body
from worker.web.reader_pages import ReaderPages

MAX_BODY_BYTES = 4096


def routes(pages: ReaderPages) -> APIRouter:
    """The unsubscribe link of every letter, and its undoing."""
    router = APIRouter(include_in_schema=False)
    ledger = pages.services.core.ledger

    def page(request: Request, opened: OpenedReport, *, mail: Mail, done: bool) -> Response:
        return pages.page(request, "unsubscribe.html", opened=opened, mail=mail, done=done)

    @router.api_route("/unsubscribe/{token}", methods=["GET", "POST"], name="unsubscribe")
    async def unsubscribe(request: Request, token: str) -> Response:
        opened = await pages.open(token)
        if opened is None:
            return pages.unknown(request)
        if request.method != "POST":
            return page(request, opened, mail=opened.mail, done=False)
        await read_body(request, MAX_BODY_BYTES)  # a mail program's `List-Unsubscribe=One-Click`, or our own form
        await pages.pool.run(lambda: _unsubscribe(ledger, opened.recipient_key))
        mail = Mail.UNSUBSCRIBED if opened.mail is Mail.WANTED else opened.mail
        return page(request, opened, mail=mail, done=True)

    @router.post("/unsubscribe/{token}/undo", name="undo_unsubscribe")
    async def undo(request: Request, token: str) -> Response:
        opened = await pages.open(token)
        if opened is None:
            return pages.unknown(request)
        await read_body(request, MAX_BODY_BYTES)
        await pages.pool.run(lambda: _undo(ledger, opened.recipient_key))
        mail = opened.mail if opened.mail is Mail.BARRED else Mail.WANTED
        return page(request, opened, mail=mail, done=True)

    return router


def _unsubscribe(ledger: Ledger, recipient_key: str) -> None:
    with ledger.write() as tx:
        suppression.unsubscribe(tx, recipient_key)


def _undo(ledger: Ledger, recipient_key: str) -> None:
    with ledger.write() as tx:
        suppression.undo_unsubscribe(tx, recipient_key)
