"""/report/{token}, for readers: the report in depth. Corrections change what is shown and are stored nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from worker.errors import LetterError
from worker.privacy.eraser import ErasedEverywhere
from worker.report_page.forgotten import forget
from worker.report_page.opened import OpenedReport
from worker.report_page.shown import PageMaker, Shown
from worker.report_page.week_form import MAX_FIELDS, NEW_ROWS, OTHER_TITLE, read_form
from worker.web.posted_form import posted_fields
from worker.web.reader_pages import ReaderPages
from worker.web.request_limits import RequestLimit
from worker.web.roles import RoleList

MAX_FORM_BYTES = 128 * 1024  # 40 tasks and 60 skills of 200 characters each, percent-encoded
CORRECTIONS_PER_HOUR = 240  # from one source: each makes a report


def routes(pages: ReaderPages, roles: RoleList) -> APIRouter:
    """The report page, its corrections, and "forget me"."""
    return _ReportPage(pages, roles).routes()


class _ReportPage:
    def __init__(self, pages: ReaderPages, roles: RoleList) -> None:
        core = pages.services.core
        self._pages = pages
        self._core = core
        self._titles = roles.titles()
        self._maker = PageMaker(core.catalogue, core.matcher, core.composer.template_version)
        self._limit = RequestLimit(core, "report-page", CORRECTIONS_PER_HOUR)

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/report/{token}", include_in_schema=False)
        router.add_api_route("", self.show, methods=["GET"], name="report")
        router.add_api_route("", self.correct, methods=["POST"])
        router.add_api_route("/forget", self.forget, methods=["GET", "POST"], name="forget")
        return router

    async def show(self, request: Request, token: str) -> Response:
        """The report as the ledger has it."""
        opened = await self._pages.open(token)
        if opened is None:
            return self._pages.unknown(request)
        if opened.forgotten_at is not None:
            return self._pages.page(request, "forgotten.html", opened=opened, just_now=False, may_leave_until=None)
        return await self._answer(request, opened, lambda: self._maker.as_kept(opened))

    async def correct(self, request: Request, token: str) -> Response:
        """The report with the reader's corrections. Nothing is stored, and no letter is sent."""
        opened = await self._pages.open(token)
        if opened is None:
            return self._pages.unknown(request)
        if opened.forgotten_at is not None:
            return self._pages.page(request, "forgotten.html", opened=opened, just_now=False, may_leave_until=None)
        form = read_form(await posted_fields(request, max_bytes=MAX_FORM_BYTES, max_fields=MAX_FIELDS))
        await self._pages.pool.run(lambda: self._limit.count(request))
        return await self._answer(request, opened, lambda: self._maker.corrected(opened, form))

    async def forget(self, request: Request, token: str) -> Response:
        """Ask once; with `sure`, erase the reader."""
        opened = await self._pages.open(token)
        if opened is None:
            return self._pages.unknown(request)
        if opened.forgotten_at is not None:
            return self._pages.page(request, "forgotten.html", opened=opened, just_now=False, may_leave_until=None)
        sure = ""
        if request.method == "POST":
            sure = (await posted_fields(request, max_bytes=4096, max_fields=10)).get("sure", "")
        if sure != "yes":
            return self._pages.page(request, "forget.html", opened=opened)
        erased = await self._pages.pool.run(lambda: self._forget(opened))
        until = erased.may_leave_until
        return self._pages.page(request, "forgotten.html", opened=opened, just_now=True, may_leave_until=until)

    async def _answer(self, request: Request, opened: OpenedReport, make: Callable[[], Shown]) -> Response:
        try:
            shown = await self._pages.pool.run(make)
        except LetterError:
            return self._pages.page(request, "no_report.html", opened=opened)
        return self._pages.page(request, "page.html", **page_context(opened, shown, self._titles))

    def _forget(self, opened: OpenedReport) -> ErasedEverywhere:
        return forget(self._core.ledger, self._core.eraser, opened)


def page_context(opened: OpenedReport, shown: Shown, titles: Sequence[str]) -> dict[str, Any]:
    """The names that report/page.html uses, beside those of every page. `titles` are offered while one is typed."""
    return {
        "opened": opened, "shown": shown, "title_list": titles, "new_rows": NEW_ROWS, "other_title": OTHER_TITLE,
    }  # fmt: skip
