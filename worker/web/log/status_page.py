"""The status page: the verdict, both sums, what waits, pace, queue and pause. Operators may pause and resume."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from worker.findings import Verdict
from worker.ledger.lifecycle import ReportState
from worker.ledger.status import Status
from worker.operations import pause as pausing
from worker.operations.health.facts import Facts
from worker.operations.health.verdict import verdict_on
from worker.operations.pause import NotResumed
from worker.redis_queues import DELIVER_QUEUE
from worker.web.log.forms import given_reason
from worker.web.log.views import LogView, require_operator, user_of


@dataclass(frozen=True, slots=True)
class Live:
    """The verdict and the figures of the page. The lengths of the queues are None while Redis is away."""

    verdict: Verdict
    facts: Facts

    @property
    def status(self) -> Status:
        """The state of the ledger."""
        return self.facts.status

    @property
    def waiting(self) -> int:
        """Reports that are to be sent."""
        states = self.status.conservation.states
        return sum(states[state] for state in (ReportState.READY, ReportState.CLAIMED, ReportState.SENDING))

    @property
    def queued_signups(self) -> int | None:
        """Signups on the queue, not received yet."""
        return self.facts.queues.signups

    @property
    def queued_reports(self) -> int | None:
        """Reports on the queue."""
        depths = self.facts.queues.depths
        return None if depths is None else depths[DELIVER_QUEUE]

    @property
    def eta_s(self) -> float | None:
        """Seconds until nothing waits, at the pace of the last hour; None if nothing was sent in it."""
        if not self.waiting:
            return 0.0
        return self.waiting * 3600 / self.status.sent_last_hour if self.status.sent_last_hour else None


class StatusPage(LogView):
    """Every user sees the figures; operators see the buttons too."""

    title = "Status"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router, operators = APIRouter(prefix="/status"), [Depends(require_operator)]
        router.add_api_route("", self.index, methods=["GET"], name="status")
        router.add_api_route("/pause", self.pause, methods=["POST"], name="pause", dependencies=operators)
        router.add_api_route("/resume", self.resume, methods=["POST"], name="resume", dependencies=operators)
        return router

    async def index(self, request: Request) -> Response:
        """Show the figures; the page refreshes them by itself."""
        live = await self._pool.run(self._read)
        settings = self._services.core.settings
        return self.page(request, "status.html", live=live, rate=settings.send_rate_per_s, mailer=settings.mailer)

    async def pause(self, request: Request) -> Response:
        """Stop all sending."""
        reason = await given_reason(request)
        if not reason:
            return self.back(request, "status", "Give a reason for the pause.", kind="warning")
        actor, ledger = user_of(request).actor, self._services.core.ledger
        done = await self._pool.run(lambda: pausing.pause(ledger, actor=actor, reason=reason))
        return self.back(request, "status", "Sending is paused already." if done.was_paused else "Sending is paused.")

    async def resume(self, request: Request) -> Response:
        """Resume sending."""
        actor, ledger = user_of(request).actor, self._services.core.ledger
        done = await self._pool.run(lambda: pausing.resume(ledger, actor=actor))
        if isinstance(done, NotResumed):
            return self.back(request, "status", f"Not resumed: {done.why}.", kind="error")
        return self.back(request, "status", "Sending is resumed.")

    def _read(self) -> Live:
        facts = self._services.core.health.facts()
        return Live(verdict_on(facts), facts)
