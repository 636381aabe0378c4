"""For operators: an unknown send, what is known about it, and the decision, as by `worker resolve`."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from worker.ledger.unknown_sends import UnknownSend, unknown_sends
from worker.operations import resolve
from worker.operations.resolve import Decision, NotResolved, objection
from worker.web.log.forms import form_fields, given_reason
from worker.web.log.views import LogView, require_operator, user_of

MAX_ID_DIGITS = 18  # fit in a database's big integer
_DONE = {
    Decision.SENT: "Report {} counts as sent; it is not sent again.",
    Decision.ASSUME_UNSENT: "Report {} is ready to be sent again.",
}


class Unknown(LogView):
    """The page of one unknown send; the list of what needs attention links to it."""

    title = "Unknown send"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter(prefix="/unknown/{report}", dependencies=[Depends(require_operator)])
        router.add_api_route("", self.index, methods=["GET"], name="unknown")
        router.add_api_route("/decide", self.decide, methods=["POST"], name="decide")
        return router

    async def index(self, request: Request) -> Response:
        """Show what is known, and what may be decided now. Changes nothing."""
        return await self._show(request)

    async def decide(self, request: Request) -> Response:
        """Decide it, once. Objections to the decision are checked again, on what is known now."""
        fields = await form_fields(request)
        decision, reason = _decision(fields.get("decision", "")), await given_reason(request)
        if decision is None or not reason:
            return await self._show(request, problem="Choose what happened to it and give a reason: both are kept.")
        if decision is Decision.ASSUME_UNSENT and fields.get("may_come_twice") != "yes":
            return await self._show(request, problem="To send it again, confirm that the reader may get it twice.")
        looked_at = _moment(fields.get("looked_at", ""))
        if decision is Decision.ASSUME_UNSENT and looked_at is None:
            return await self._show(
                request, problem="To send it again, say when you last looked for it in SES, in UTC."
            )
        report_id, actor, ledger = _report_id(request), user_of(request).actor, self._services.core.ledger
        done = await self._pool.run(
            lambda: resolve.resolve(ledger, report_id, decision, actor=actor, reason=reason, looked_at=looked_at)
        )  # fmt: skip
        if isinstance(done, NotResolved):
            return self.back(request, "attention", f"Report {report_id} was not decided: {done.why}.", kind="error")
        return self.back(request, "attention", _DONE[decision].format(report_id))

    async def _show(self, request: Request, *, problem: str | None = None) -> Response:
        report_id = _report_id(request)
        evidence, why_not = await self._pool.run(lambda: self._find(report_id))
        if evidence is None:
            return self.back(request, "attention", f"Report {report_id}: {why_not}.", kind="warning")
        return self.page(
            request,
            "unknown.html",
            status=200 if problem is None else 422,
            send=evidence,
            problem=problem,
            decisions=Decision,
            against=objection(evidence, Decision.ASSUME_UNSENT),
        )

    def _find(self, report_id: int) -> tuple[UnknownSend | None, str]:
        with self._services.core.ledger.read() as tx:
            found = unknown_sends(tx, limit=1, report_id=report_id)
            return (found[0], "") if found else (None, resolve.why_not_unknown(tx, report_id))


def _report_id(request: Request) -> int:
    """Return the report id of the URL. Raises HTTPException 404 if it is no number."""
    text = str(request.path_params["report"])
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS):
        raise HTTPException(404, "There is no such report.")
    return int(text)


def _decision(text: str) -> Decision | None:
    return Decision(text) if text in set(Decision) else None


def _moment(text: str) -> datetime | None:
    """A moment in UTC as a browser's date field gives it; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
