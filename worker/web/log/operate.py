"""Pages for operators: reports that stopped, their replay as by the command, suppressions, and the audit trail."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from worker.errors import InvalidSignup
from worker.intake.identity import read_address
from worker.ledger.audit import Action, latest_actions
from worker.ledger.lifecycle import ReportState
from worker.ledger.log_filter import LogFilter
from worker.ledger.send_log import Entry, entries
from worker.ledger.stopped_reports import Selection
from worker.ledger.suppressions import SuppressedRecipient, latest_suppressions
from worker.operations import replay
from worker.operations.replay import Group, Plan
from worker.privacy.suppression import suppress
from worker.web.log.forms import form_fields, given_reason, ticked
from worker.web.log.views import LogView, require_operator, user_of

SHOWN = 200  # rows of each list; `worker log` and `worker replay` list all
STATES = (ReportState.FAILED, ReportState.QUARANTINED, ReportState.UNKNOWN, ReportState.RETURNED)


class Attention(LogView):
    """Reports that an operator must decide: failed, quarantined, unknown and returned."""

    title = "Needs attention"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter(prefix="/attention", dependencies=[Depends(require_operator)])
        router.add_api_route("", self.index, methods=["GET"], name="attention")
        router.add_api_route("/plan", self.plan, methods=["POST"], name="plan")
        router.add_api_route("/replay", self.act, methods=["POST"], name="replay")
        return router

    async def index(self, request: Request) -> Response:
        """List failed, quarantined, unknown and returned reports with their reasons."""
        lists = await self._pool.run(self._read)
        return self.page(request, "attention.html", lists=lists, shown=SHOWN)

    async def plan(self, request: Request) -> Response:
        """Show what a replay of the ticked reports would do. Changes nothing; the next page has the button."""
        ids = await ticked(request, "report")
        if not ids:
            return self.back(request, "attention", "Tick the reports to replay first.", kind="warning")
        plan = await self._pool.run(lambda: self._plan(ids))
        return self._show(request, plan)

    async def act(self, request: Request) -> Response:
        """Put the safe reports back to ready, each checked again."""
        ids, reason = await ticked(request, "report"), await given_reason(request)
        if not reason:
            plan = await self._pool.run(lambda: self._plan(ids))
            return self._show(request, plan, problem="Give a reason: it is kept with each report.", status=422)
        actor = user_of(request).actor
        done = await self._pool.run(lambda: replay.act(self._services.core.ledger, ids, actor=actor, reason=reason))
        left = f", {len(done.left_alone)} left alone" if done.left_alone else ""
        count = len(done.put_back)
        reports = "1 report" if count == 1 else f"{count} reports"
        return self.back(request, "attention", f"{reports} put back to ready{left}.")

    def _show(self, request: Request, plan: Plan, *, problem: str | None = None, status: int = 200) -> Response:
        return self.page(request, "replay.html", plan=plan, groups=tuple(Group), problem=problem, status=status)

    def _plan(self, ids: tuple[int, ...]) -> Plan:
        with self._services.core.ledger.read() as tx:
            return replay.plan(tx, Selection(ids=ids))

    def _read(self) -> dict[ReportState, list[Entry]]:
        with self._services.core.ledger.read() as tx:
            return {state: entries(tx, LogFilter(state=state), limit=SHOWN) for state in STATES}


class Suppressions(LogView):
    """People who must not be mailed."""

    title = "Suppressions"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter(prefix="/suppressions", dependencies=[Depends(require_operator)])
        router.add_api_route("", self.index, methods=["GET"], name="suppressions")
        router.add_api_route("/add", self.add, methods=["POST"], name="add_suppression")
        return router

    async def index(self, request: Request) -> Response:
        """List the newest suppressions; they hold no address."""
        rows = await self._pool.run(self._read)
        return self.page(request, "suppressions.html", rows=rows, shown=SHOWN)

    async def add(self, request: Request) -> Response:
        """Suppress one person by address."""
        fields = await form_fields(request)
        try:
            key = self._services.core.identity.recipient_key(read_address(fields.get("email", "")))
        except InvalidSignup as error:
            return self.back(request, "suppressions", str(error), kind="error")
        actor, reason = user_of(request).actor, await given_reason(request) or "operator"
        new = await self._pool.run(lambda: self._suppress(key, reason, actor))
        return self.back(request, "suppressions", "Suppressed." if new else "This person is suppressed already.")

    def _suppress(self, key: str, reason: str, actor: str) -> bool:
        with self._services.core.ledger.write() as tx:
            return suppress(tx, key, reason=reason, actor=actor).new

    def _read(self) -> list[SuppressedRecipient]:
        with self._services.core.ledger.read() as tx:
            return latest_suppressions(tx, limit=SHOWN)


class Audit(LogView):
    """The audit trail: who did what, and why."""

    title = "Audit"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter(prefix="/audit", dependencies=[Depends(require_operator)])
        router.add_api_route("", self.index, methods=["GET"], name="audit")
        return router

    async def index(self, request: Request) -> Response:
        """List the newest actions."""
        rows = await self._pool.run(self._read)
        return self.page(request, "audit.html", rows=rows, shown=SHOWN)

    def _read(self) -> list[Action]:
        with self._services.core.ledger.read() as tx:
            return latest_actions(tx, limit=SHOWN)
