"""The summary page: signups by day and outcome, the funnel, rates, roles, campaigns, and roles that we do not have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from worker.ledger.outcomes import Outcome
from worker.ledger.patience import COUNTING_S
from worker.ledger.summary import Summary, summarise
from worker.web.log.plots import bar, ranked, stacked_days
from worker.web.log.views import LogView
from worker.web.posted_form import query_fields

DEFAULT_DAYS = 30
MAX_DAYS = 366


class SummaryPage(LogView):
    """The figures of a period, for marketing."""

    title = "Summary"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter(prefix="/summary")
        router.add_api_route("", self.index, methods=["GET"], name="summary")
        return router

    async def index(self, request: Request) -> Response:
        """Show the figures of a period, by default the last thirty days."""
        since, until = _span(query_fields(request), today=datetime.now(UTC).date())
        summary = await self._pool.run(lambda: self._summarise(since, until))
        funnel = [
            ("signups", summary.signups), ("admitted", summary.admitted), ("sent", summary.sent),
            ("delivered", summary.delivered),
        ]  # fmt: skip
        return self.page(
            request,
            "summary.html",
            summary=summary,
            since=since,
            last=until - timedelta(days=1),
            outcomes=tuple(Outcome),
            days_plot=stacked_days(summary.days, tuple(Outcome), since=since, until=until),
            bar=bar,
            funnel_plot=ranked(funnel, title="Funnel from signup to delivery"),
            rates=[("bounced", _rate(summary.bounced, summary)), ("complained", _rate(summary.complained, summary))],
        )

    def _summarise(self, since: date, until: date) -> Summary:
        with self._services.core.ledger.read(wait_s=COUNTING_S) as tx:
            return summarise(tx, since=_midnight(since), until=_midnight(until))


def _span(query: Mapping[str, str], *, today: date) -> tuple[date, date]:
    """Return the period that was asked for as [since, until): not in the future, and a year at most."""
    last = min(_date(query.get("until", "")) or today, today)
    since = _date(query.get("since", "")) or last - timedelta(days=DEFAULT_DAYS - 1)
    return max(min(since, last), last - timedelta(days=MAX_DAYS - 1)), last + timedelta(days=1)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= 2000 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _rate(count: int, summary: Summary) -> str:
    return "no letter sent" if not summary.sent else f"{count:,} of {summary.sent:,} sent ({count / summary.sent:.2%})"
