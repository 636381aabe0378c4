"""One letter to SES's mailbox simulator, and the wait for its event: the whole way, once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from worker.check_results import CheckResult
from worker.delivery.composer import Composer, Reader, Uncomposable
from worker.errors import ConfigurationError, OutcomeUnknown, SendError
from worker.feedback.recorder import FeedbackRecorder
from worker.feedback.sqs import FeedbackPoller, sqs_client
from worker.feedback.trials import new_trial_id
from worker.ledger.feedback import trial_events
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.revision import require_migrated
from worker.ledger.store import Ledger, open_ledger
from worker.mailers.mailer import Outgoing
from worker.mailers.registry import mailer_module
from worker.mailers.simulator import simulated
from worker.settings import Settings

_POLL_S = 2  # of one look into the queue
_LINK_TOKEN = "0" * 22  # of no report
_ROLE = "ml-engineer"


def read_simulator_address(text: str) -> str:
    """The address, where it is one of SES's simulator. Raises ConfigurationError for any other: people get reports."""
    if simulated(text) is None:
        raise ConfigurationError(
            "--send", "must be an address of SES's simulator, such as success@simulator.amazonses.com"
        )
    return text


def send_trial(settings: Settings, composer: Composer, address: str, *, wait_s: float) -> Iterator[CheckResult]:
    """Send a letter to `address` and wait up to `wait_s` seconds until this ledger has an event that says how it ended.

    The events of other letters that wait on the queue meanwhile are recorded as `worker run` records them. Raises
    ConfigurationError, SendError, FeedbackUnavailable or LedgerUnavailable.
    """
    if not settings.mailer.reports_events:
        yield CheckResult(False, f"WORKER_MAILER={settings.mailer} sends nothing to SES: --send needs ses")
        return
    ledger = open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)
    try:
        require_migrated(ledger)
        trial = new_trial_id()
        sent = _send(settings, composer, trial, address)
        yield sent
        if sent.ok is not False:
            yield _wait(settings, ledger, trial, wait_s)
    finally:
        ledger.close()


def _send(settings: Settings, composer: Composer, trial: str, address: str) -> CheckResult:
    reader = Reader(_LINK_TOKEN, address, _ROLE, _ROLE, None)
    composed = composer.compose(reader, attempt_id=trial, date=datetime.now(UTC))
    if isinstance(composed, Uncomposable):
        return CheckResult(False, f"no letter can be made: {composed.problem}")
    letter = composed.letter
    mailer = mailer_module(settings).build(settings).mailer
    try:
        accepted = mailer.send(Outgoing(trial, address, letter.message, letter.html), lambda _signed_at: None)
    except OutcomeUnknown as error:
        return CheckResult(None, f"SES may have accepted the letter: {error}; its event will say")
    except SendError as error:
        return CheckResult(False, f"SES refused the letter: {error}")
    return CheckResult(True, f"SES accepted a letter to {address} as {accepted.ses_message_id}")


def _wait(settings: Settings, ledger: Ledger, trial: str, wait_s: float) -> CheckResult:
    poller = None
    if settings.feedback_queue_url is not None:
        client = sqs_client(region=settings.aws_region, long_poll_s=_POLL_S)
        poller = FeedbackPoller(client, settings.feedback_queue_url, FeedbackRecorder(ledger), long_poll_s=_POLL_S)
    begun, waited_s = time.monotonic(), 0.0
    kinds: list[str] = []
    while waited_s < wait_s:
        if poller is not None:
            poller.poll()
        else:
            time.sleep(_POLL_S)  # `worker serve` records what SNS posts to it
        waited_s = time.monotonic() - begun
        with ledger.read() as tx:
            kinds = trial_events(tx, trial)
        ends = [kind for kind in kinds if kind not in {FeedbackKind.SENT, FeedbackKind.DELAYED}]
        if ends:
            return CheckResult(True, f"its event came after {waited_s:.0f} s: {', '.join(ends)}")
    so_far = f"only {', '.join(kinds)}" if kinds else "none"
    return CheckResult(
        False,
        f"no event said within {wait_s:g} s how the letter ended ({so_far} came): run `worker doctor`",
    )
