"""The list of signups: filters that narrow together, search by address, export."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from worker.errors import InvalidSignup
from worker.ledger.patience import COUNTING_S
from worker.ledger.send_log import PAGE_COLUMNS, LogFilter, count_up_to
from worker.operations import send_log
from worker.operations.send_log import Page
from worker.web.log.filters import CODES, AskedFilter, read_filter
from worker.web.log.forms import form_fields
from worker.web.log.views import SEE_OTHER, LogView, require_operator, user_of
from worker.web.posted_form import query_fields

PAGE_ROWS = 50
COUNT_UP_TO = 1000


class SendLog(LogView):
    """The first page under /log."""

    title = "Send log"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter()
        router.add_api_route("/", self.index, methods=["GET"], name="index")
        router.add_api_route("/search", self.search, methods=["POST"], name="search")
        router.add_api_route("/export", self.export, methods=["POST"], name="export")
        return router

    async def index(self, request: Request) -> Response:
        """Show one page of the log, newest first."""
        asked = read_filter(query_fields(request))
        page, count = await self._pool.run(lambda: self._read(asked.which))
        return self._list(request, asked, page, count)

    async def search(self, request: Request) -> Response:
        """Find a person by address; recorded. The link that follows holds the person's key, not the address."""
        email, actor = (await form_fields(request)).get("email", ""), user_of(request).actor
        ledger, identity = self._services.core.ledger, self._services.core.identity
        try:
            key = await self._pool.run(lambda: send_log.look_up(ledger, identity, email, actor=actor))
        except InvalidSignup as error:
            return self.back(request, "index", str(error), kind="error")
        return RedirectResponse(f"{request.url_for('log:index').path}?person={key}", SEE_OTHER)

    async def export(self, request: Request) -> Response:
        """Send every matching row as CSV; recorded before the first row leaves."""
        fields = await form_fields(request)
        which, in_clear = read_filter(fields).which, fields.get("unmask") == "yes"
        if in_clear:
            require_operator(request)
        ledger, actor = self._services.core.ledger, user_of(request).actor
        rows = await self._pool.run(lambda: send_log.export_csv(ledger, which, actor=actor, in_clear=in_clear))
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        headers = {"Content-Disposition": f'attachment; filename="send-log-{day}.csv"'}
        return StreamingResponse(rows, headers=headers, media_type="text/csv; charset=utf-8")

    def _read(self, which: LogFilter) -> tuple[Page, int]:
        page = send_log.read_page(self._services.core.ledger, which, limit=PAGE_ROWS)
        with self._services.core.ledger.read(wait_s=COUNTING_S) as tx:
            return page, count_up_to(tx, replace(which, before_id=None), most=COUNT_UP_TO + 1)

    def _list(self, request: Request, asked: AskedFilter, page: Page, count: int) -> Response:
        older = urlencode({**asked.fields, "before": page.entries[-1].signup_row}) if page.more else None
        return self.page(
            request,
            "send_log.html",
            columns=PAGE_COLUMNS,
            entries=page.entries,
            count=f"more than {COUNT_UP_TO:,}" if count > COUNT_UP_TO else f"{count:,}",
            older=older,
            continued=asked.which.before_id is not None,
            asked=asked,
            codes=CODES,
            roles=sorted(self._services.core.catalogue.roles),
        )
