"""POST /v1/signups: a server signs people up with a token, a browser without. Both call the same use case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Security
from fastapi.security import HTTPAuthorizationCredentials
from starlette.requests import Request

from worker.boot.web import WebServices
from worker.errors import InvalidSignup, TurnedAway
from worker.intake.bounds import MAX_PAYLOAD_BYTES
from worker.intake.canaries import CANARY_TOKEN
from worker.intake.contract import Signup
from worker.intake.json_text import decode
from worker.intake.limits import WINDOW_S
from worker.intake.receive import Receipt
from worker.ledger.channels import Channel
from worker.ledger.outcomes import Outcome
from worker.settings import Settings
from worker.web.api_tokens import token_name
from worker.web.body_size import media_type, read_body
from worker.web.browser import (
    TOKEN_FIELD,
    TOKEN_MAX_AGE_S,
    FormTokens,
    Origins,
    ask_about_typo,
    browser_signup,
    until_answer,
)
from worker.web.challenge import Challenge
from worker.web.openapi import BEARER, OPTIONAL_TOKEN, documented, examples, request_body
from worker.web.problems import Problem, retry_after, unavailable
from worker.web.request_limits import visitor_address
from worker.web.signup_bodies import (
    BROWSER_EXAMPLE,
    RECEIPT_EXAMPLES,
    SERVER_EXAMPLE,
    BrowserReceipt,
    BrowserSignup,
    FormToken,
    ServerReceipt,
)
from worker.web.spent_tokens import SpentTokens
from worker.web.thread_pool import ThreadPool
from worker.web.visitor_words import visitor_errors
from worker.wording import reason_words

_REFUSALS = (
    Problem(400, "http", "A header is malformed, or the body is incomplete."),
    Problem(401, "token-refused", "The token is missing or not valid."),
    Problem(403, "origin-not-allowed", "Pages of this origin may not sign people up."),
    Problem(409, "signup-id-conflict", "This signup_id was used for another signup."),
    Problem(413, "too-large", f"The body may have at most {MAX_PAYLOAD_BYTES} bytes."),
    Problem(415, "not-json", "The body is not application/json, or it is compressed."),
    Problem(
        422, "invalid-signup", "The signup is invalid.", errors=[{"field": "email", "problem": "not an email address"}]
    ),
    Problem(429, "rate-limited", "Too many signups.", headers=retry_after(WINDOW_S)),
    unavailable("The ledger is not available; nothing was recorded."),
)


@dataclass(frozen=True, slots=True)
class SignupChannel:
    """Receives signups over HTTP."""

    services: WebServices
    pool: ThreadPool
    tokens: FormTokens
    spent: SpentTokens
    origins: Origins
    challenge: Challenge | None

    @classmethod
    def of(cls, services: WebServices, pool: ThreadPool) -> SignupChannel:
        """Build the channel of this process."""
        settings = services.core.settings
        tokens = FormTokens(settings.secrets, settings.form_min_fill_s)
        spent = SpentTokens(services.core.redis, keep_s=TOKEN_MAX_AGE_S)
        secret = settings.challenge_secret.value if settings.challenge_secret else None
        challenge = Challenge(settings.challenge_url, secret) if settings.challenge_url else None
        return cls(services, pool, tokens, spent, Origins.of(settings), challenge)

    async def from_server(self, request: Request, credentials: HTTPAuthorizationCredentials | None) -> ServerReceipt:
        """Receive the signup of a server and return its outcome. Raises Problem if it is refused."""
        sender = _require_token(credentials, self.services.core.settings)
        body = await _json_body(request)
        channel = Channel.CANARY if sender == CANARY_TOKEN else Channel.SERVER
        receipt = await self.pool.run(
            lambda: self.services.core.receiver.receive(body, channel=channel, noted={"token": sender})
        )
        _raise_refusals(receipt)
        answer = ServerReceipt(outcome=receipt.outcome, reason=receipt.reason, signup=receipt.signup_row)
        if receipt.outcome in {Outcome.ADMITTED, Outcome.DUPLICATE}:
            answer.report = receipt.report_id
        if receipt.outcome is Outcome.UNKNOWN_ROLE:
            answer.kept_days = self.services.core.settings.retention_days
        return answer

    async def from_browser(self, request: Request) -> BrowserReceipt:
        """Receive the signup of a browser; the answer is the same for everybody. Raises Problem if it is refused."""
        self.origins.check(request.headers.get("origin"), own=own_origin(request))
        try:
            fields = decode(await _json_body(request))
        except InvalidSignup as error:
            errors = [{"field": field, "problem": problem} for field, problem in error.problems]
            raise Problem(422, "invalid-signup", "The body is not a JSON object.", errors=errors) from None
        if not isinstance(fields, dict):
            raise Problem(422, "invalid-signup", "The body is not a JSON object.", errors=[])
        return await self.receive_form(request, fields)

    async def receive_form(self, request: Request, fields: Mapping[str, Any]) -> BrowserReceipt:
        """Receive the fields of a form; takes equally long for everybody. Raises Problem if they are refused."""
        started = time.monotonic()
        ip = visitor_address(request)
        nonce = self.tokens.nonce(fields.get(TOKEN_FIELD), datetime.now(UTC), self.network(ip))
        signup = browser_signup(fields, nonce=nonce, ip=ip)
        ask_about_typo(fields)
        receipt = await self.pool.run(lambda: self._receive_form(signup, nonce, fields, ip))
        await asyncio.sleep(until_answer(time.monotonic() - started))
        if receipt is None:
            raise _limited("no report will be sent for this one. Sign up again later, as a new signup.")
        if receipt.limited:
            days = self.services.core.settings.retention_days
            raise _limited(f"we have kept this one and will write if we can within {days} days.")
        if receipt.outcome is Outcome.INVALID:
            errors = visitor_errors(receipt.problems, receipt.reason)
            raise Problem(422, "invalid-signup", "Please correct this and send the form again.", errors=errors)
        return BrowserReceipt(status="received", role_known=receipt.role_known, title=receipt.title)

    def issue_token(self, request: Request) -> str:
        """Return the token of a form that is opened now, for the network of its visitor."""
        return self.tokens.issue(datetime.now(UTC), self.network(visitor_address(request)))

    def network(self, ip: str | None) -> str:
        """Return the key of the network around an address that a form token is bound to: a /56, or an IPv4 /24."""
        return self.services.core.identity.sources(ip)[1].key if ip else ""

    def _receive_form(
        self, signup: dict[str, Any], nonce: str, fields: Mapping[str, Any], ip: str | None
    ) -> Receipt | None:
        """None where the source has had too many refusals for another row. Raises Problem."""
        spent = self.spent.spend(nonce, signup["signup_id"])
        if spent is False:
            raise Problem(422, "form-token", "This form was sent already; please load it again.")
        passed = self.challenge.passed(fields, ip) if self.challenge else True
        if passed is False:
            self.spent.take_back(nonce)
            raise Problem(422, "challenge", "Please answer the challenge of the form, and send it again.")
        skipped = [name for name, checked in (("form_token", spent), ("challenge", passed)) if checked is None]
        noted = {"checks_skipped": skipped} if skipped else {}
        receipt: Receipt | None
        try:
            receipt = self.services.core.receiver.receive(signup, channel=Channel.BROWSER, noted=noted)
        except TurnedAway:
            receipt = None
        if receipt is None or receipt.limited or receipt.outcome is Outcome.INVALID:
            self.spent.take_back(nonce)  # so a flood leaves no more keys in Redis than its limits allow
        return receipt


def routes(channel: SignupChannel) -> APIRouter:
    """POST /v1/signups and GET /v1/form-token."""
    router = APIRouter(prefix="/v1", tags=["signups"])

    @router.post(
        "/signups",
        operation_id="signUp",
        summary="Sign a person up for their one report",
        status_code=202,
        response_description="Received, and committed.",
        response_model=ServerReceipt | BrowserReceipt,
        response_model_exclude_unset=True,
        responses=examples(202, RECEIPT_EXAMPLES) | documented(*_REFUSALS),
        openapi_extra=OPTIONAL_TOKEN
        | request_body(
            {"application/json": Signup | BrowserSignup},
            examples={"server": SERVER_EXAMPLE, "browser": BROWSER_EXAMPLE},
        ),
    )
    async def sign_up(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
    ) -> ServerReceipt | BrowserReceipt:
        """From a server: a bearer token and the signup contract; the answer says the outcome. The same signup_id with
        the same content gets the same answer again, with other content 409. A 429 is for browsers alone.

        From a browser: no token, an allowed Origin, and a form token; the answer is the same for everybody.

        202 means that the signup is committed to the ledger.
        """  # noqa: D205 - the text of the OpenAPI document
        if "authorization" in request.headers:
            return await channel.from_server(request, credentials)
        return await channel.from_browser(request)

    @router.get("/form-token", operation_id="formToken", summary="A token for a form that was opened just now")
    async def form_token(request: Request) -> FormToken:
        settings = channel.services.core.settings
        return FormToken(form_token=channel.issue_token(request), min_fill_s=settings.form_min_fill_s)

    return router


def own_origin(request: Request) -> str:
    """The origin under which this request reached us."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _require_token(credentials: HTTPAuthorizationCredentials | None, settings: Settings) -> str:
    """Return the name of the token. Raises Problem 401."""
    presented = credentials.credentials if credentials else None
    name = token_name(presented, settings.api_tokens, datetime.now(UTC).date())
    if name is None:
        headers = {"WWW-Authenticate": 'Bearer realm="signups", error="invalid_token"'}
        raise Problem(401, "token-refused", "The bearer token is not valid.", headers=headers)
    return name


async def _json_body(request: Request) -> bytes:
    if media_type(request) != "application/json":
        raise Problem(415, "not-json", "Send the signup as application/json.", headers={"Accept": "application/json"})
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "compressed", "Send the signup uncompressed.", headers={"Accept-Encoding": "identity"})
    return await read_body(request, MAX_PAYLOAD_BYTES)


def _raise_refusals(receipt: Receipt) -> None:
    if receipt.reason == "signup_id_conflict":
        raise Problem(409, "signup-id-conflict", "This signup_id was used for another signup.")
    if receipt.outcome is Outcome.INVALID:
        raise _invalid(receipt)


def _invalid(receipt: Receipt) -> Problem:
    errors = [{"field": field, "problem": problem} for field, problem in receipt.problems]
    if not errors:
        errors = [{"field": "email", "problem": reason_words(receipt.reason)}]
    return Problem(422, "invalid-signup", "The signup is invalid.", errors=errors)


def _limited(consequence: str) -> Problem:
    return Problem(429, "rate-limited", f"Too many signups; {consequence}", headers=retry_after(WINDOW_S))
