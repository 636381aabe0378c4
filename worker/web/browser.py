"""What a browser's signup must show that a server's need not: an allowed origin, a form token, a person's pace.

A browser learns nothing about anybody: its answer is the same, in words and in time, for new and for known people.
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

from itsdangerous import BadSignature, URLSafeSerializer

from worker.web.problems import Problem, retry_after

TOKEN_MAX_AGE_S = 24 * 3600
ANSWER_STEP_S = 0.25  # answers leave at multiples of this after their request came
HONEYPOT = "website"  # a field people do not see; programs that fill in everything do
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Signed tokens that say when a form was opened. Nothing is stored: a token is its own record."""

    secret: str
    min_fill_s: float

    def issue(self, now: datetime) -> str:
        """A token for a form opened now."""
        return self._serializer().dumps([int(now.timestamp()), secrets.token_hex(8)])

    def nonce(self, token: object, now: datetime) -> str:
        """The token's own part. Raises Problem where it is not ours, too old, or too young to be typed."""
        try:
            opened, nonce = self._serializer().loads(token if isinstance(token, str) else "")
        except (BadSignature, ValueError, TypeError):
            told = "The form's token is missing or not ours; please load the form again."
            raise Problem(422, "form-token", told) from None
        age = now.timestamp() - opened
        if age > TOKEN_MAX_AGE_S:
            raise Problem(422, "form-token", "The form was opened too long ago; please load it again.")
        if age < self.min_fill_s:
            wait = self.min_fill_s - age
            raise Problem(429, "too-fast", "That was quicker than a person fills in a form.", headers=retry_after(wait))
        return str(nonce)

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="form")


@dataclass(frozen=True, slots=True)
class Origins:
    """Whose pages may post: the allow-list, and our own."""

    allowed: frozenset[str]

    def check(self, origin: str | None, *, own: str) -> None:
        """Raises Problem: 401 for what is no browser at all, 403 for a page that is not on the list."""
        if origin is None:
            told = "A server must send `Authorization: Bearer` with its token; a browser sends an Origin."
            raise Problem(401, "token-required", told, headers={"WWW-Authenticate": 'Bearer realm="signups"'})
        if origin != own and origin not in self.allowed:
            raise Problem(403, "origin-not-allowed", "Pages of this origin may not sign people up.")


def browser_signup(given: Mapping[str, Any], *, nonce: str, ip: str | None) -> dict[str, Any]:
    """The signup a browser's form amounts to: its own fields, our id, and its peer's address.

    The id follows from token and content, so a second click is the same signup and a mended one is another.
    Raises Problem where the honeypot is filled in.
    """
    if given.get(HONEYPOT):
        raise Problem(422, "not-a-person", f"The field {HONEYPOT} must stay empty.")
    fields = {name: value for name, value in given.items() if name not in {HONEYPOT, TOKEN_FIELD}}
    digest = hashlib.sha256(json.dumps([nonce, fields], sort_keys=True, default=str).encode()).hexdigest()
    source = fields.get("source")
    if isinstance(source, Mapping) or source is None:
        source = {**(source or {}), **({"ip": ip} if ip else {})}
    return {"version": 1, **fields, "source": source, "signup_id": f"form:{digest[:32]}"}


def until_answer(elapsed_s: float) -> float:
    """Seconds to hold an answer back, so that the work behind it does not show in its time."""
    return max(1, math.ceil(elapsed_s / ANSWER_STEP_S)) * ANSWER_STEP_S - elapsed_s
