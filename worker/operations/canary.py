"""A canary: a signup over HTTP like a reader's, and the wait until SES's event says that its letter was delivered."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import urllib3

from worker.errors import ConfigurationError
from worker.intake.canaries import CANARY_ADDRESS, CANARY_TOKEN
from worker.ledger.canaries import CanaryReport, CanaryResult, canary_report, record_canary
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.heartbeats import ProcessKind, processes
from worker.ledger.holds import current_hold
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.pauses import current_pause
from worker.ledger.store import Ledger, database_now
from worker.settings import Settings
from worker.wording import feedback_words, reason_words, state_words

ROLE = "ml-engineer"
HTTP_TIMEOUT_S = 15.0
POLL_S = 0.5
_ENDED = (ReportState.FAILED, ReportState.QUARANTINED, ReportState.CANCELLED)
_BAD_FEEDBACK = (FeedbackKind.BOUNCED, FeedbackKind.COMPLAINED, FeedbackKind.REJECTED)


@dataclass(frozen=True, slots=True)
class CanaryRun:
    """How a run ended, in words that name the leg which failed; `took_s` in seconds from the signup on."""

    result: CanaryResult
    words: str
    took_s: float
    report_id: int | None = None


def canary_token(settings: Settings) -> str:
    """The API token that signs canaries up. Raises ConfigurationError where there is none."""
    today = datetime.now(UTC).date()
    for token in settings.api_tokens:
        if token.name == CANARY_TOKEN and token.valid_on(today):
            return token.value
    raise ConfigurationError(
        "WORKER_API_TOKENS",
        f"has no token named {CANARY_TOKEN}: add {CANARY_TOKEN}=TOKEN, here and for `worker serve`",
    )


class Canary:
    """Signs a canary up at `url` and watches its report in `ledger`, which must be the one behind that address."""

    def __init__(
        self, ledger: Ledger, url: str, token: str, *, clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._url = url
        self._token = token
        self._clock = clock
        self._sleep = sleep

    def run(self, *, wait_s: float) -> CanaryRun:
        """Do it once, for up to `wait_s` seconds from the signup on, and record how it ended.

        Raises LedgerUnavailable; ConfigurationError where the address leads to another ledger's `worker serve`.
        """
        begun = self._clock()
        signup_id = f"canary-{secrets.token_hex(12)}"
        answer = _sign_up(self._url, self._token, signup_id)
        if isinstance(answer, str):
            ended = CanaryRun(CanaryResult.REFUSED, f"refused over HTTP: {answer}", self._clock() - begun)
        elif answer["outcome"] != Outcome.ADMITTED:
            ended = self._not_admitted(answer, self._clock() - begun)
        else:
            ended = self._watch(answer["signup"], signup_id, begun, wait_s)
        with self._ledger.write() as tx:
            record_canary(tx, ended.result, ended.words, took_s=ended.took_s)
        return ended

    def _not_admitted(self, answer: Mapping[str, Any], took_s: float) -> CanaryRun:
        if answer["outcome"] == Outcome.DUPLICATE and answer.get("report") is not None:
            why = f"received, but the canary before it has not been sent yet; {self._why_not_sent()}"
            return CanaryRun(CanaryResult.NOT_SENT, why, took_s, answer["report"])
        why = f"received over HTTP, but {answer['outcome']}: {reason_words(answer.get('reason'))}"
        return CanaryRun(CanaryResult.REFUSED, why, took_s)

    def _watch(self, signup_row: int, signup_id: str, begun: float, wait_s: float) -> CanaryRun:
        sent_s: float | None = None
        while True:
            with self._ledger.read() as tx:
                found = canary_report(tx, signup_row=signup_row, signup_id=signup_id)
            if found is None:
                raise ConfigurationError(
                    "WORKER_SERVICE_URL", f"{self._url} admitted the canary to another ledger than DATABASE_URL"
                )
            took_s = self._clock() - begun
            if sent_s is None and found.state is ReportState.SENT:
                sent_s = took_s
            judged = _judge(found, sent_s, took_s)
            if judged is None and took_s >= wait_s:
                judged = self._overdue(found, sent_s, wait_s)
            if judged is not None:
                return CanaryRun(*judged, took_s, found.id)
            self._sleep(min(POLL_S, max(0.0, wait_s - took_s)))

    def _overdue(self, found: CanaryReport, sent_s: float | None, wait_s: float) -> tuple[CanaryResult, str]:
        if sent_s is not None:
            so_far = feedback_words(found.feedback) if found.feedback else "none"
            return CanaryResult.NOT_DELIVERED, (
                f"sent after {sent_s:.1f} s, but no event said within {wait_s:g} s that it was delivered (events so "
                f"far: {so_far}); `worker doctor` walks the events' way"
            )
        state = state_words(found.state)
        reason = f" ({reason_words(found.reason)})" if found.reason else ""
        words = f"admitted, but not sent within {wait_s:g} s: report {found.id} is {state}{reason}"
        return CanaryResult.NOT_SENT, f"{words}; {self._why_not_sent()}"

    def _why_not_sent(self) -> str:
        with self._ledger.read() as tx:
            pause, hold, at = current_pause(tx), current_hold(tx), database_now(tx)
            lives = any(each.kind == ProcessKind.RUN and each.lives(at) for each in processes(tx))
        if pause is not None:
            return f"sending is paused by {pause.holder}: {pause.reason}"
        if hold is not None:
            return f"sending waits for quota: {hold.reason}"
        return "`worker status` says why" if lives else "no `worker run` lives"


def _judge(found: CanaryReport, sent_s: float | None, took_s: float) -> tuple[CanaryResult, str] | None:
    """How the run ends; None where there is more to wait for."""
    if found.state in _ENDED:
        why = found.reason_text or reason_words(found.reason)
        words = f"admitted, but not sent: report {found.id} is {state_words(found.state)}: {why}"
        return CanaryResult.NOT_SENT, words
    if found.state is ReportState.RETURNED or found.feedback in _BAD_FEEDBACK:
        said = feedback_words(found.feedback or FeedbackKind.BOUNCED)
        detail = f" ({found.feedback_detail})" if found.feedback_detail else ""
        return CanaryResult.NOT_DELIVERED, f"sent, but its event says {said}{detail}"
    if found.state is not ReportState.SENT or sent_s is None:
        return None
    if found.mailer is not None and not found.mailer.reports_events:
        words = f"written by the {found.mailer} mailer after {sent_s:.1f} s; no event tells of its letters"
        return CanaryResult.WRITTEN, words
    if found.feedback == FeedbackKind.DELIVERED:
        return CanaryResult.DELIVERED, f"sent after {sent_s:.1f} s, delivered by its event after {took_s:.1f} s"
    return None


def _sign_up(url: str, token: str, signup_id: str) -> dict[str, Any] | str:
    """What `worker serve` answers to the signup; or in words why it is not received."""
    signup = {"version": 1, "signup_id": signup_id, "email": CANARY_ADDRESS, "role": ROLE}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "User-Agent": "worker canary"}
    address = f"{url}/v1/signups"
    try:
        with urllib3.PoolManager(timeout=urllib3.Timeout(total=HTTP_TIMEOUT_S), retries=False, num_pools=1) as pool:
            body = json.dumps(signup).encode()
            answer = pool.request("POST", address, body=body, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        return f"{address} does not answer: {error}"
    try:
        read = json.loads(answer.data)
    except ValueError:
        read = None
    if answer.status == 202 and isinstance(read, dict) and isinstance(read.get("signup"), int) and "outcome" in read:
        return read
    detail = read.get("detail") or "" if isinstance(read, dict) else "and not as `worker serve` does"
    return f"{address} answers {answer.status} {detail}".rstrip()
