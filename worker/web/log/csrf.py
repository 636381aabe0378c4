"""Cross-site protection of the send log's forms: each form carries a token that is bound to its session.

`OwnPagesOnly` checks in addition from which page a browser sends a form.
"""

from __future__ import annotations

import hmac
import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer
from markupsafe import Markup
from starlette.requests import Request

from worker.signing_keys import SigningKeys
from worker.web.log.forms import form_fields
from worker.web.security import SAFE_METHODS

FIELD = "csrftoken"
_SESSION_KEY = "form"


class FormExpired(Exception):
    """The form's token is missing, too old, or of another session: then nothing was done."""


class CsrfTokens:
    """Makes and checks the tokens. Nothing is stored beside the session's own cookie."""

    def __init__(self, keys: SigningKeys, max_age_s: float) -> None:
        self._serializer = URLSafeTimedSerializer(keys.oldest_first, salt="send-log-form")
        self._max_age_s = int(max_age_s)

    def hidden_input(self, request: Request) -> Markup:
        """Return the hidden input that every form with method POST needs."""
        secret = request.session.setdefault(_SESSION_KEY, secrets.token_urlsafe(16))
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, self._serializer.dumps(secret))

    async def check(self, request: Request) -> None:
        """Dependency of every route. Raises FormExpired if a request that may change something lacks its token.

        Raises Problem if its form cannot be read.
        """
        if request.method in SAFE_METHODS:
            return
        fields = await form_fields(request)
        try:
            secret = self._serializer.loads(fields.get(FIELD, ""), max_age=self._max_age_s)
        except BadSignature:
            raise FormExpired from None
        expected = request.session.get(_SESSION_KEY)
        if not isinstance(secret, str) or not isinstance(expected, str) or not hmac.compare_digest(secret, expected):
            raise FormExpired
