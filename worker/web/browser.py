"""The checks of a browser's signup that replace a server's token: an allowed origin, a form token, a person's pace.

The answer reveals nothing about anybody: it has the same words, after the same time, for new and for known people.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer

from worker.intake.address_typos import intended_address
from worker.setting_types import read_origin
from worker.settings import Settings
from worker.signing_keys import SigningKeys
from worker.web.challenge import FIELDS as CHALLENGE_FIELDS
from worker.web.problems import Problem, retry_after

TOKEN_MAX_AGE_S = 24 * 3600
NETWORK_CHARS = 16
ANSWER_STEP_S = 0.25  # an answer leaves at a multiple of this after its request arrived
HONEYPOT = "website"  # people do not see this field; programs fill it in
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
CONFIRMED_FIELD = "email_confirmed"  # the address again, where the visitor says that it is no slip of the finger


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Signed tokens that say when a form was opened, and from which network. Nothing is stored."""

    keys: SigningKeys
    min_fill_s: float

    def issue(self, now: datetime, network: str = "") -> str:
        """Return the token of a form that is opened now from a network, which is named by a key of it."""
        return self._serializer().dumps([int(now.timestamp()), secrets.token_hex(8), network[:NETWORK_CHARS]])

    def nonce(self, token: object, now: datetime, network: str = "") -> str:
        """Return the random part of a token.

        Raises Problem if the token is not ours, was given to another network, or is too old or too young.
        """
        try:
            opened, nonce, given_to = self._serializer().loads(token if isinstance(token, str) else "")
        except (BadSignature, ValueError, TypeError):
            detail = "The form's token is missing or not valid; please load the form again."
            raise Problem(422, "form-token", detail) from None
        if given_to != network[:NETWORK_CHARS]:
            raise Problem(422, "form-token", "The form was opened from another network; please load it again.")
        age = now.timestamp() - opened
        if age > TOKEN_MAX_AGE_S:
            raise Problem(422, "form-token", "The form was opened too long ago; please load it again.")
        if age < self.min_fill_s:
            detail = "The form was sent too quickly; please wait a moment and send it again."
            raise Problem(429, "too-fast", detail, headers=retry_after(self.min_fill_s - age))
        return str(nonce)

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.keys.oldest_first, salt="form")


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins whose pages may post a signup, besides our own."""

    allowed: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Origins:
        """WORKER_ALLOWED_ORIGINS, and WORKER_SERVICE_URL's: a proxy that hides TLS or the port changes our own."""
        service = urlsplit(settings.service_url or "")
        ours = {read_origin(f"{service.scheme}://{service.netloc}")} if service.netloc else set()
        return cls(frozenset(settings.allowed_origins) | ours)

    def check(self, origin: str | None, *, own: str) -> None:
        """Check an Origin header. Raises Problem: 401 without one, 403 if the origin may not post."""
        if origin is None:
            detail = "A server must send `Authorization: Bearer` with its token; a browser sends an Origin."
            raise Problem(401, "token-required", detail, headers={"WWW-Authenticate": 'Bearer realm="signups"'})
        if origin != own and origin not in self.allowed:
            raise Problem(403, "origin-not-allowed", "Pages of this origin may not sign people up.")


_NOT_OF_THE_CONTRACT = {HONEYPOT, TOKEN_FIELD, CONFIRMED_FIELD, "consented_at", *CHALLENGE_FIELDS}
"""Fields of a form that are no part of a signup. The consent of who sends a form is the time of receipt."""


def browser_signup(form: Mapping[str, Any], *, nonce: str, ip: str | None) -> dict[str, Any]:
    """Return the signup of a browser's form: the form's fields, a signup_id of ours, and the visitor's IP address.

    The id follows from token and content: a second click is the same signup, a corrected form is another.
    Raises Problem if the honeypot is filled in.
    """
    if form.get(HONEYPOT):
        raise Problem(422, "not-a-person", f"The field {HONEYPOT} must stay empty.")
    fields = {name: value for name, value in form.items() if name not in _NOT_OF_THE_CONTRACT}
    digest = hashlib.sha256(json.dumps([nonce, fields], sort_keys=True, default=str).encode()).hexdigest()
    given = fields.get("source")
    source = {**(given if isinstance(given, Mapping) else {}), "ip": ip}  # always, for the limits count by it
    return {"version": 1, **fields, "source": source, "signup_id": f"form:{digest[:32]}"}


def ask_about_typo(form: Mapping[str, Any]) -> None:
    """Raises Problem 422 if the address seems to misspell a well-known domain, unless the visitor has confirmed it."""
    email = form.get("email")
    if not isinstance(email, str) or form.get(CONFIRMED_FIELD) == email:
        return
    intended = intended_address(email)
    if intended is not None:
        domain = intended.rpartition("@")[2]
        raise Problem(422, "address-typo", f"Did you mean {domain}?", suggested_domain=domain)


def until_answer(elapsed_s: float) -> float:
    """Return for how many seconds to hold an answer back, so that its time does not reveal the work behind it."""
    return max(1, math.ceil(elapsed_s / ANSWER_STEP_S)) * ANSWER_STEP_S - elapsed_s
