"""The page for operators that takes back refusals of intake, as `worker readmit` does: the plan, then the action."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from worker.intake.readmit import Group, Plan, Readmission, Readmitted
from worker.ledger.outcomes import READMITTABLE, Outcome
from worker.ledger.refused_signups import RefusalSelection
from worker.reader_links import new_link_token
from worker.web.log.forms import given_reason, ticked
from worker.web.log.views import LogView, require_operator, user_of
from worker.web.posted_form import query_fields

SHOWN = 200  # newest refusals; `worker readmit` takes all


class Refusals(LogView):
    """Signups refused for their role or for a limit, and which of them can be admitted now."""

    title = "Refusals"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its action."""
        router = APIRouter(prefix="/refusals", dependencies=[Depends(require_operator)])
        router.add_api_route("", self.index, methods=["GET"], name="refusals")
        router.add_api_route("/readmit", self.act, methods=["POST"], name="readmit")
        return router

    async def index(self, request: Request) -> Response:
        """Show the plan for the newest refusals, all or of one outcome. Changes nothing."""
        asked = query_fields(request).get("outcome", "")
        return await self._show(request, asked if asked in READMITTABLE else "")

    async def act(self, request: Request) -> Response:
        """Admit the ticked signups, each checked again."""
        ids, reason = await ticked(request, "signup"), await given_reason(request)
        if not ids or not reason:
            problem = "Give a reason: it is kept with each signup." if ids else "Tick the signups to admit first."
            return await self._show(request, "", problem=problem, status=422)
        actor = user_of(request).actor
        done = await self._pool.run(lambda: self._act(ids, actor, reason))
        left = f", {len(done.left_alone)} left alone" if done.left_alone else ""
        count = len(done.admitted)
        return self.back(request, "refusals", f"{count} signup{'' if count == 1 else 's'} admitted{left}.")

    async def _show(self, request: Request, outcome: str, *, problem: str | None = None, status: int = 200) -> Response:
        plan = await self._pool.run(lambda: self._plan(outcome))
        return self.page(
            request, "refusals.html", plan=plan, admissible=Group.ADMISSIBLE, outcomes=READMITTABLE, outcome=outcome,
            shown=SHOWN, problem=problem, status=status,
        )  # fmt: skip

    def _plan(self, outcome: str) -> Plan:
        outcomes = (Outcome(outcome),) if outcome else READMITTABLE
        return self._readmission().plan(RefusalSelection(outcomes=outcomes), limit=SHOWN)

    def _act(self, ids: tuple[int, ...], actor: str, reason: str) -> Readmitted:
        return self._readmission().act(ids, actor=actor, reason=reason)

    def _readmission(self) -> Readmission:
        core = self._services.core
        return Readmission(core.ledger, core.matcher, new_link_token)
