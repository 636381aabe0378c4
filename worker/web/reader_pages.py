"""What the pages behind a reader's link share: the report that the token opens, and the answer where it opens none."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from worker.boot.web import WebServices
from worker.report_page.opened import OpenedReport, open_report
from worker.web.browser import until_answer
from worker.web.security import content_security_policy
from worker.web.thread_pool import ThreadPool


class ReaderPages:
    """Opens reports and renders pages of templates/web/report/. No page holds an address."""

    def __init__(self, services: WebServices, pool: ThreadPool, templates: Jinja2Templates) -> None:
        self.services = services
        self.pool = pool
        self._templates = templates
        mark = services.core.theme.mark
        self._headers = {"Content-Security-Policy": content_security_policy(images=mark.image)}

    async def open(self, token: str) -> OpenedReport | None:
        """The report that the token opens; None where it opens none.

        A token that is none takes as long as one that nobody has, so that the time of the answer says nothing of how a
        token looks. Raises LedgerUnavailable.
        """
        started = time.monotonic()
        opened = await self.pool.run(lambda: open_report(self.services.core.ledger, token))
        if opened is None:
            await asyncio.sleep(until_answer(time.monotonic() - started))
        return opened

    def page(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """Render a page with the theme."""
        settings = self.services.core.settings
        shared = {"theme": self.services.core.theme, "postal_address": settings.postal_address}
        return self._templates.TemplateResponse(
            request, f"report/{template}", {**shared, **context}, status_code=status, headers=self._headers
        )

    def unknown(self, request: Request) -> Response:
        """404, in words."""
        return self.page(request, "unknown_link.html", status=404)
