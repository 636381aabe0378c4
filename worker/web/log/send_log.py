"""The list of signups: filters that narrow together, search by address, export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from worker.errors import InvalidSignup
from worker.ledger.filter_choices import FilterChoices, filter_choices
from worker.ledger.patience import COUNTING_S
from worker.ledger.send_log import PAGE_COLUMNS, count_up_to
from worker.operations import send_log
from worker.operations.role_filter import read_role
from worker.operations.send_log import Page
from worker.spreadsheet import BOM
from worker.web.log.downloads import CSV_TYPE, attached
from worker.web.log.filters import CODES, DATED_BY, AskedFilter, read_filter
from worker.web.log.forms import form_fields
from worker.web.log.views import SEE_OTHER, LogView, require_operator, user_of
from worker.web.posted_form import query_fields

PAGE_ROWS = 50
COUNT_UP_TO = 1000


@dataclass(frozen=True, slots=True)
class _Listed:
    """One page of the log. `number` signups match; more than that where they are `uncounted`."""

    asked: AskedFilter
    page: Page
    number: int
    uncounted: bool
    choices: FilterChoices


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
        query = query_fields(request)
        listed = await self._pool.run(lambda: self._read(query))
        return self._list(request, listed)

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
        in_clear = fields.get("unmask") == "yes"
        if in_clear:
            require_operator(request)
        ledger, actor = self._services.core.ledger, user_of(request).actor

        def rows() -> Iterator[str]:
            which = read_filter(fields, self._read_role).which
            return send_log.export_csv(ledger, which, actor=actor, in_clear=in_clear)

        found = chain([BOM], await self._pool.run(rows))
        return StreamingResponse(found, headers=attached("send-log"), media_type=CSV_TYPE)

    def _read_role(self, text: str) -> tuple[str, ...]:
        return read_role(self._services.core.matcher, text)

    def _read(self, query: Mapping[str, str]) -> _Listed:
        asked, most = read_filter(query, self._read_role), None if query.get("count") == "all" else COUNT_UP_TO + 1
        page = send_log.read_page(self._services.core.ledger, asked.which, limit=PAGE_ROWS)
        with self._services.core.ledger.read(wait_s=COUNTING_S) as tx:
            number = count_up_to(tx, replace(asked.which, before_id=None), most=most)
            return _Listed(asked, page, number, most is not None and number >= most, filter_choices(tx))

    def _list(self, request: Request, listed: _Listed) -> Response:
        asked, page = listed.asked, listed.page
        older = urlencode({**asked.fields, "before": page.entries[-1].signup_row}) if page.more else None
        return self.page(
            request,
            "send_log.html",
            columns=PAGE_COLUMNS,
            entries=page.entries,
            count=f"more than {COUNT_UP_TO:,}" if listed.uncounted else f"{listed.number:,}",
            count_all=urlencode({**asked.fields, "count": "all"}) if listed.uncounted else None,
            older=older,
            continued=asked.which.before_id is not None,
            asked=asked,
            codes=CODES,
            dated_by=DATED_BY,
            choices=listed.choices,
        )
