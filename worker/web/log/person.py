"""The page of one person: every event in order, and the letter as it was sent."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from worker.operations import person as people
from worker.operations.person import Left, LetterAgain, Person
from worker.web.log.filters import is_recipient_key
from worker.web.log.views import LogView, require_operator, user_of
from worker.web.log.words import comparison_words

# The letter brings its own styles. Its frame runs no script, follows no link, posts no form and loads nothing.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


class PersonPage(LogView):
    """A person's timeline; the send log links to it."""

    title = "Timeline"

    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""
        router, operators = APIRouter(prefix="/people/{key}"), [Depends(require_operator)]
        router.add_api_route("", self.index, methods=["GET"], name="person")
        router.add_api_route("/unmask", self.unmask, methods=["POST"], name="unmask", dependencies=operators)
        router.add_api_route("/letter", self.letter, methods=["GET"], name="letter")
        return router

    async def index(self, request: Request) -> Response:
        """Show the timeline with the address masked."""
        person = await self._pool.run(lambda: self._find(request))
        return await self._show(request, person, address=None)

    async def unmask(self, request: Request) -> Response:
        """Show the same page with the address in clear, once; recorded."""
        person = await self._pool.run(lambda: self._find(request))
        actor, ledger = user_of(request).actor, self._services.core.ledger
        address = await self._pool.run(lambda: people.unmask(ledger, person, actor=actor))
        return await self._show(request, person, address=address)

    async def letter(self, request: Request) -> Response:
        """Show the letter composed again, for the frame on the page: address masked, unsubscribe link removed."""
        person = await self._pool.run(lambda: self._find(request))
        letter = await self._pool.run(lambda: self._compose(person))
        if letter is None or not letter.html:
            raise HTTPException(404, "There is no letter to show.")
        headers = {"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(letter.html, headers=headers)

    def _find(self, request: Request) -> Person:
        key = str(request.path_params["key"])
        person = people.find_person(self._services.core.ledger, key) if is_recipient_key(key) else None
        if person is None:
            raise HTTPException(404, "No person has this key.")
        return person

    def _compose(self, person: Person) -> LetterAgain | None:
        services = self._services
        return people.compose_again(services.core.ledger, services.core.composer, services.core.links, person)

    async def _show(self, request: Request, person: Person, *, address: str | None) -> Response:
        letter = await self._pool.run(lambda: self._compose(person))
        has_address = person.report is not None and person.report.has_address
        return self.page(
            request,
            "person.html",
            person=person,
            address=address or person.address or "(erased)",
            can_unmask=user_of(request).operator and address is None and has_address,
            letter=letter,
            comparison=_comparison(person, letter),
        )


def _comparison(person: Person, letter: LetterAgain | None) -> str:
    if letter is None:
        return "No report is owed to this person."
    return comparison_words(letter.comparison, person.letter.left if person.letter else Left.NO)
