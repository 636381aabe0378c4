"""The board: marketing's counts of a period, beside the period before, each a link to the log; and as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from worker.ledger import counting
from worker.ledger.channels import LANES, Channel, Lane
from worker.ledger.counting import Grouping, Period, Row
from worker.ledger.letter_results import LetterResult
from worker.ledger.log_filter import DatedBy
from worker.ledger.outcomes import Outcome
from worker.ledger.patience import COUNTING_S
from worker.ledger.unknown_roles import UnknownRole, unknown_roles
from worker.spreadsheet import BOM, csv_text
from worker.web.log.board_figures import Both, funnel_of, tiles_of, top_and_other
from worker.web.log.board_links import LogLinks
from worker.web.log.board_tables import Counted, Table, csv_rows, table_of
from worker.web.log.downloads import CSV_TYPE, attached
from worker.web.log.periods import PRESETS, AskedPeriod, read_period
from worker.web.log.plots import bar, stacked_days
from worker.web.log.views import SEE_OTHER, LogView
from worker.web.posted_form import query_fields
from worker.wording import lane_words

SHOWN = 12  # groups of each table; one grouping alone shows up to SHOWN_ALONE, its CSV all
SHOWN_ALONE = 500
UNKNOWN_SHOWN = 12
TABLES = {Grouping.DAY: "By day", Grouping.PAGE: "By page", Grouping.CAMPAIGN: "By campaign", Grouping.ROLE: "By role"}
_LETTER_KINDS = (LetterResult.DELIVERED, LetterResult.BOUNCED, LetterResult.REJECTED, LetterResult.NO_WORD)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: the period and the one before, by which date; `alone` is a grouping to show by itself."""

    asked: AskedPeriod
    dated_by: DatedBy
    alone: Grouping | None

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a query that asks for it, without `alone`."""
        return {**self.asked.fields, "dated_by": self.dated_by}


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was counted for the board."""

    tables: Mapping[Grouping, Counted]
    channels: list[Row]
    bounces: list[tuple[str | None, int]]
    silent: list[tuple[str | None, int]]
    unknown: list[UnknownRole]
    any_signup: bool


class Board(LogView):
    """The counts of a period, for marketing."""

    title = "Board"

    def routes(self) -> APIRouter:
        """Return the routes of the page, of its CSV, and of the page's former address."""
        router = APIRouter()
        router.add_api_route("/board", self.index, methods=["GET"], name="board")
        router.add_api_route("/board/export", self.export, methods=["GET"], name="board_export")
        router.add_api_route("/summary", self.former, methods=["GET"])
        return router

    async def index(self, request: Request) -> Response:
        """Show the counts of a period, by default the last thirty days."""
        scope = _scope(query_fields(request), today=datetime.now(UTC).date())
        figures = await self._pool.run(lambda: self._count(scope))
        return self.page(request, "board.html", **self._context(request, scope, figures))

    async def export(self, request: Request) -> Response:
        """Send one table, every group of it, as CSV."""
        scope = _scope(query_fields(request), today=datetime.now(UTC).date())
        grouping = scope.alone or Grouping.DAY
        counted = await self._pool.run(lambda: self._read(scope, grouping))
        text = BOM + csv_text(csv_rows(counted, scope.asked.period, scope.dated_by))
        return Response(text, headers=attached(f"board-by-{grouping}"), media_type=CSV_TYPE)

    async def former(self, request: Request) -> Response:
        """Redirect from where the page was."""
        query = urlencode(query_fields(request))
        return RedirectResponse(f"{request.url_for('log:board').path}?{query}".rstrip("?"), SEE_OTHER)

    def _read(self, scope: Scope, grouping: Grouping) -> Counted:
        with self._services.core.ledger.read(wait_s=COUNTING_S) as tx:
            return _counted(tx, scope, grouping)

    def _count(self, scope: Scope) -> Figures:
        period, dated_by = scope.asked.period, scope.dated_by
        groupings = list(TABLES) if scope.alone is None else [scope.alone]
        with self._services.core.ledger.read(wait_s=COUNTING_S) as tx:
            tables = {grouping: _counted(tx, scope, grouping) for grouping in groupings}
            if scope.alone is not None:
                return Figures(tables, [], [], [], [], any_signup=True)
            return Figures(
                tables,
                counting.count(tx, period, Grouping.CHANNEL, dated_by),
                counting.bounce_reasons(tx, period, dated_by),
                counting.silent_domains(tx, period, dated_by),
                unknown_roles(tx, limit=UNKNOWN_SHOWN, first=period.first, last=period.last),
                any_signup=counting.any_signup(tx),
            )

    def _context(self, request: Request, scope: Scope, figures: Figures) -> dict[str, Any]:
        board = request.url_for("log:board").path
        links = LogLinks(request.url_for("log:index").path, scope.dated_by)
        tables = {g: self._table(board, links, scope, counted) for g, counted in figures.tables.items()}
        context: dict[str, Any] = {"scope": scope, "presets": PRESETS, "tables": tables, "titles": TABLES}
        context |= {"query": urlencode(scope.fields), "asked": scope.fields, "dated_by": DatedBy, "path": board}
        context["rows_from"] = (datetime.now(UTC) - timedelta(days=self._services.core.settings.rows_days)).date()
        if scope.alone is not None:
            return context
        period = scope.asked.period
        now, before = (counting.total(rows) for rows in _page_rows(figures))
        both = Both(now, before, period, links)
        by_signup = LogLinks(links.path, DatedBy.SIGNED_UP)
        kinds = tuple(Outcome) if scope.dated_by is DatedBy.SIGNED_UP else _LETTER_KINDS
        return context | {
            "both": both,
            "tiles": tiles_of(both),
            "funnel": funnel_of(both),
            "kinds": kinds,
            "bar": bar,
            "days_plot": _plot(figures.tables[Grouping.DAY].now, kinds, period),
            "bounces": [(why, n, _why_link(links, period, why)) for why, n in figures.bounces],
            "silent": [
                (name, n, _silent_link(links, period, name)) for name, n in top_and_other(figures.silent)
            ],
            "unknown": [
                (role, by_signup.to(period, {"outcome": Outcome.UNKNOWN_ROLE, "written": role.text}))
                for role in figures.unknown
            ],
            "lanes": _lanes(figures.channels),
            "any_signup": figures.any_signup,
            "mailer": self._services.core.settings.mailer,
        }  # fmt: skip

    def _table(self, board: str, links: LogLinks, scope: Scope, counted: Counted) -> Table:
        most = len(scope.asked.period.days) if counted.grouping is Grouping.DAY else SHOWN
        all_link = f"{board}?{urlencode({**scope.fields, 'by': counted.grouping})}"
        return table_of(
            counted, scope.asked.period, scope.asked.before, links, all_link=all_link,
            most=most if scope.alone is None else SHOWN_ALONE,
        )  # fmt: skip


def _scope(query: Mapping[str, str], *, today: date) -> Scope:
    dated_by = DatedBy.SENT if query.get("dated_by") == DatedBy.SENT else DatedBy.SIGNED_UP
    by = query.get("by")
    return Scope(read_period(query, today=today), dated_by, Grouping(by) if by in set(TABLES) else None)


def _counted(tx: Connection, scope: Scope, grouping: Grouping) -> Counted:
    now = counting.count(tx, scope.asked.period, grouping, scope.dated_by)
    if grouping is Grouping.DAY:
        return Counted(grouping, now, [])
    return Counted(grouping, now, counting.count(tx, scope.asked.before, grouping, scope.dated_by))


def _page_rows(figures: Figures) -> tuple[list[Row], list[Row]]:
    """Every signup is in one row by page, in the period as in the one before."""
    by_page = figures.tables[Grouping.PAGE]
    return list(by_page.now), list(by_page.before)


def _plot(days: Any, kinds: tuple[Any, ...], period: Period) -> Any:
    counts = {row.group: row.outcomes | row.letters for row in days}
    drawn = {day: {kind: counted[kind] for kind in kinds} for day, counted in counts.items()}
    title = "Signups by day and outcome" if Outcome.ADMITTED in kinds else "Letters by day and what became of them"
    return stacked_days(drawn, kinds, since=period.first, until=period.until.date(), title=title)


def _why_link(links: LogLinks, period: Period, why: str | None) -> str:
    return links.to(period, {"letter": LetterResult.BOUNCED, **({"feedback_detail": why} if why else {})})


def _silent_link(links: LogLinks, period: Period, domain: str | None) -> str:
    named = domain is not None and domain != "other"
    return links.to(period, {"letter": LetterResult.SILENT, **({"domain": str(domain)} if named else {})})


def _lanes(channels: list[Row]) -> list[tuple[str, Row]]:
    """The letters of each lane that has sent any."""
    rows = {
        lane: counting.total(row for row in channels if row.group and LANES[Channel(row.group)] is lane)
        for lane in Lane
    }
    return [(lane_words(lane), row) for lane, row in rows.items() if row.sent]
