"""An optional hook: a service of the website's choice says whether a browser's answer to its challenge is right.

It gets what CAPTCHA services call `siteverify`: a form with `response`, `remoteip` and, where one is set, `secret`. It
answers JSON with `success`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import structlog
import urllib3

log = structlog.get_logger(__name__)

FIELDS = ("challenge", "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response")
"""Fields of a form that may hold the answer: ours, and those that the usual widgets add."""
MAX_ANSWER_CHARS = 4096
TIMEOUT_S = 3.0


class Challenge:
    """Asks the service. It has `timeout_s` in all, and is asked once."""

    def __init__(self, url: str, secret: str | None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._secret = secret
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=timeout_s), retries=False, num_pools=1)

    def passed(self, form: Mapping[str, Any], ip: str | None) -> bool | None:
        """Return whether the form's answer is right; None where the service gives no verdict."""
        answer = next((form[name] for name in FIELDS if isinstance(form.get(name), str) and form[name]), None)
        if answer is None or len(answer) > MAX_ANSWER_CHARS:
            return False
        asked = {"response": answer, "remoteip": ip, "secret": self._secret}
        body = urlencode({name: value for name, value in asked.items() if value is not None})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            response = self._pool.request("POST", self._url, body=body, headers=headers, redirect=False)
            verdict = json.loads(response.data)["success"] if response.status == 200 else None
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("challenge not checked", error=type(error).__name__)
            return None
        if not isinstance(verdict, bool):
            log.warning("challenge not checked", status=response.status)
            return None
        return verdict
