"""The page of unsubscribes: batches that marketing carries over to its other lists, and ticks off."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from worker.ledger import unsubscribe_batches
from worker.ledger.unsubscribe_batches import Batch
from worker.operations import unsubscribes
from worker.privacy.suppression import UNSUBSCRIBED
from worker.web.log.downloads import CSV_TYPE, attached
from worker.web.log.forms import form_fields
from worker.web.log.views import LogView, require_operator, user_of

SHOWN = 200
MAX_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class _Read:
    new: int
    batches: list[Batch]


class Unsubscribes(LogView):
    """Who left, in batches: each person is in one."""

    title = "Unsubscribes"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router = APIRouter(prefix="/unsubscribes")
        router.add_api_route("", self.index, methods=["GET"], name="unsubscribes")
        router.add_api_route("/make", self.make, methods=["POST"], name="make_batch")
        router.add_api_route("/{batch}/download", self.download, methods=["POST"], name="download_batch")
        router.add_api_route("/{batch}/tick-off", self.tick_off, methods=["POST"], name="tick_off_batch")
        return router

    async def index(self, request: Request) -> Response:
        """Show how many are new, and the batches."""
        read = await self._pool.run(self._read)
        return self.page(request, "unsubscribes.html", new=read.new, batches=read.batches, shown=SHOWN)

    async def make(self, request: Request) -> Response:
        """Put all new unsubscribes into a batch."""
        actor, ledger = user_of(request).actor, self._services.core.ledger
        batch = await self._pool.run(lambda: unsubscribes.make(ledger, actor=actor))
        if batch is None:
            return self.back(request, "unsubscribes", "Nobody has unsubscribed since the last batch.", kind="warning")
        return self.back(request, "unsubscribes", f"Batch {batch.id} is made: download it, then tick it off.")

    async def download(self, request: Request) -> Response:
        """Send a batch as CSV, as often as it is asked for; recorded."""
        batch_id, fields = _batch_id(request), await form_fields(request)
        in_clear = fields.get("unmask") == "yes"
        if in_clear:
            require_operator(request)
        actor, ledger = user_of(request).actor, self._services.core.ledger
        text = await self._pool.run(
            lambda: unsubscribes.download(ledger, batch_id, actor=actor, in_clear=in_clear)
        )  # fmt: skip
        if text is None:
            raise HTTPException(404, "There is no such batch.")
        return Response(text, headers=attached(f"unsubscribes-batch-{batch_id}"), media_type=CSV_TYPE)

    async def tick_off(self, request: Request) -> Response:
        """Record that a batch was carried over."""
        batch_id, actor, ledger = _batch_id(request), user_of(request).actor, self._services.core.ledger
        if await self._pool.run(lambda: unsubscribes.tick_off(ledger, batch_id, actor=actor)):
            return self.back(request, "unsubscribes", f"Batch {batch_id} is ticked off.")
        return self.back(request, "unsubscribes", f"Batch {batch_id} was ticked off before.", kind="warning")

    def _read(self) -> _Read:
        with self._services.core.ledger.read() as tx:
            new = unsubscribe_batches.new_count(tx, because=UNSUBSCRIBED)
            return _Read(new, unsubscribe_batches.latest_batches(tx, limit=SHOWN))


def _batch_id(request: Request) -> int:
    """Return the batch's id in the URL. Raises HTTPException 404 if it is no number."""
    text = str(request.path_params["batch"])
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS):
        raise HTTPException(404, "There is no such batch.")
    return int(text)
