"""Amazon SES through boto3's SESv2 client.

Three facts carry the protocol. The intent is committed inside botocore's `before-send` event: the request is signed by
then (AWS refuses it once the signature is old, so a frozen process cannot post late), and an exception raised there
keeps the bytes from leaving. One call makes one POST: botocore's own retries are off, which boot verifies. And every
POST ends: botocore's timeouts bound each byte, not the answer, so a call runs in a thread that can be left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from worker.check_results import CheckResult
from worker.errors import ConfigurationError, OutcomeUnknown, SendError, Transient, WorkerError
from worker.mailers.account import HEALTHY, Account
from worker.mailers.calls import Call, CallThreads
from worker.mailers.mailer import Accepted, BeforePost, BuiltMailer, Outgoing
from worker.mailers.ses_account import SesAccount
from worker.mailers.ses_connections import YoungConnections
from worker.mailers.ses_errors import FOREIGN, map_error
from worker.mailers.ses_event_destinations import EventDestination, read_event_destinations
from worker.mailers.ses_identity import DONE, SenderIdentity
from worker.mailers.ses_suppression_list import SesSuppressionList
from worker.settings import Settings
from worker.unexpected import count_unexpected

ATTEMPT_TAG = "attempt"
_BEFORE_SEND = "before-send.sesv2.SendEmail"
_BEFORE_SIGNING = "before-call.sesv2"  # of every request


def build(settings: Settings) -> BuiltMailer:
    """Build the mailer and the reader of its account. Make it once per process, after the fork.

    Raises ConfigurationError.
    """
    client = _client(settings, threads=settings.threads)
    mailer = SesMailer(client, configuration_set=settings.ses_configuration_set)
    return BuiltMailer(mailer, account=_account(client, settings))


def suppression_list(settings: Settings) -> SesSuppressionList:
    """SES's list for the account in this region. Raises ConfigurationError."""
    return SesSuppressionList(_client(settings, threads=1))


def sender_identity(settings: Settings) -> SenderIdentity | None:
    """See SesAccount.identity. Raises ConfigurationError, or a SendError."""
    return _account(_client(settings, threads=1), settings).identity()


def event_destinations(settings: Settings, configuration_set: str) -> tuple[EventDestination, ...] | None:
    """See read_event_destinations. Raises ConfigurationError, EventPathUnreadable."""
    return read_event_destinations(_client(settings, threads=1), configuration_set)


def check(settings: Settings) -> Iterator[CheckResult]:
    """Ask SES whether the account, the sending identity and the configuration set are ready.

    Raises ConfigurationError, or a SendError where SES cannot be asked.
    """
    reader = _account(_client(settings, threads=1), settings)
    yield from _check_account(reader.read())
    domain, identity = reader.identities[0], reader.identity()
    if identity is None:
        yield CheckResult(False, f"WORKER_FROM: neither {domain} nor its address is a verified identity in this region")
    else:
        yield CheckResult(True, f"sending identity {domain} is verified")
        yield from _check_signing(identity)
    name = reader.configuration_set
    if name is None:
        yield CheckResult(
            None, "no WORKER_SES_CONFIGURATION_SET: no delivery events, so an unknown send cannot heal by itself"
        )
    else:
        exists = reader.configuration_set_exists()
        yield CheckResult(exists, f"configuration set {name} {'exists' if exists else 'does not exist'}")


def _check_signing(identity: SenderIdentity) -> Iterator[CheckResult]:
    """What SES itself says about DKIM and the MAIL FROM domain; `worker doctor --dns` asks the DNS."""
    if identity.dkim_status not in {None, DONE}:
        yield CheckResult(
            False,
            f"DKIM of {identity.name} is {identity.dkim_status}, so many mailboxes refuse the letters: add the three "
            "CNAME records that SES names; `worker doctor --dns` compares them",
        )
    if identity.mail_from_domain is not None and identity.mail_from_status not in {None, DONE}:
        yield CheckResult(
            False,
            f"MAIL FROM domain {identity.mail_from_domain} is {identity.mail_from_status}: add its MX and SPF records; "
            "`worker doctor --dns` compares them",
        )


def _check_account(account: Account) -> Iterator[CheckResult]:
    yield CheckResult(
        account.sending_enabled, f"account sending {'enabled' if account.sending_enabled else 'DISABLED'}"
    )
    yield CheckResult(account.enforcement == HEALTHY or None, f"account status {account.enforcement}")
    if account.production_access:
        yield CheckResult(True, "production access")
    else:
        yield CheckResult(
            False, "the account is in the sandbox: only verified addresses can be sent to; ask for production access"
        )
    quota, limit = "no daily quota", account.max_24_hour_send
    if limit >= 0:
        quota = f"{limit - account.sent_last_24_hours:.0f} of {limit:.0f} letters left in these 24 hours"
    exhausted = 0 <= limit <= account.sent_last_24_hours
    yield CheckResult(None if exhausted else True, f"{account.max_send_rate:g} letters/s, {quota}")


def _client(settings: Settings, *, threads: int) -> Any:
    return ses_client(
        threads=threads,
        connect_timeout_s=settings.ses_connect_timeout_s,
        read_timeout_s=settings.ses_read_timeout_s,
        region=settings.aws_region,
    )


def _account(client: Any, settings: Settings) -> SesAccount:
    """The domain may be verified as a whole, or the address alone."""
    address = parseaddr(settings.sender)[1]
    return SesAccount(client, (address.rpartition("@")[2], address), settings.ses_configuration_set)


def ses_client(*, threads: int, connect_timeout_s: float, read_timeout_s: float, region: str | None = None) -> Any:
    """Return a sesv2 client that posts once per call. With `region` None, boto3's own configuration decides.

    Raises ConfigurationError where the region or credentials configuration is unusable, or where botocore would still
    retry by itself.
    """
    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},  # `max_attempts: 1` would make two
        connect_timeout=connect_timeout_s,
        read_timeout=read_timeout_s,
        max_pool_connections=threads + 1,
        user_agent_extra="exposure-report-worker",
    )
    try:
        client = boto3.session.Session(region_name=region).client("sesv2", config=config)
    except aws.BotoCoreError as error:
        raise ConfigurationError("AWS_REGION", str(error)) from error
    refuse_hidden_retries(client)
    client.meta.events.register(_BEFORE_SIGNING, YoungConnections(client))
    return client


def refuse_hidden_retries(client: Any) -> None:
    """Raises ConfigurationError unless one call of this client makes exactly one POST."""
    attempts = (client.meta.config.retries or {}).get("total_max_attempts")
    if attempts != 1:
        raise ConfigurationError(
            "WORKER_MAILER", f"the SES client makes up to {attempts} POSTs per send; it must make 1"
        )


class SesMailer:
    """Sends raw messages through SESv2 SendEmail, tagged with the attempt id."""

    name = "ses"

    def __init__(self, client: Any, *, configuration_set: str | None = None) -> None:
        refuse_hidden_retries(client)
        self._client = client
        self._configuration_set = configuration_set
        config = client.meta.config
        self._deadline_s: float = config.connect_timeout + config.read_timeout
        self._threads = CallThreads(self._make)
        self._running = threading.local()  # `.call`: botocore hands its event no context of the caller's
        client.meta.events.register(_BEFORE_SEND, self._on_signed)

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """One POST. Raises a SendError, or what `before_post` raised (then nothing was posted)."""
        request: dict[str, Any] = {
            "Content": {"Raw": {"Data": outgoing.message}},
            "Destination": {"ToAddresses": [outgoing.recipient]},
            "EmailTags": [{"Name": ATTEMPT_TAG, "Value": outgoing.attempt_id}],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        call = Call(before_post)
        self._threads.start(call, request)
        return call.wait(self._deadline_s)

    def _make(self, call: Call, request: dict[str, Any]) -> None:
        self._running.call = call
        try:
            call.end(_accepted(self._client.send_email(**request)))
        except WorkerError as error:
            call.end(error)
        except Exception as error:  # noqa: BLE001 - `send` raises it, in the thread that waits
            if not isinstance(error, FOREIGN) and not call.intent_failed:
                count_unexpected("ses", error)
            mapped = map_error(error, posted=call.posted) if not call.intent_failed else _not_intended(error)
            mapped.__cause__ = error
            call.end(mapped)

    def _on_signed(self, request: Any, **_event: Any) -> None:
        call: Call = self._running.call
        call.before_send(_signing_time(request))


def _not_intended(error: Exception) -> SendError:
    """A defect in the intent: nothing was posted, and SES has no part in it."""
    return Transient(type(error).__name__, "the intent could not be recorded")


def _accepted(answer: dict[str, Any]) -> Accepted:
    """Interpret a 200. One of SES's own means accepted even if its body was cut off: an event will bring the id.

    Raises OutcomeUnknown where it has no AWS request id: then a proxy answered, not SES.
    """
    ses_message_id = answer.get("MessageId")
    if ses_message_id is None and "RequestId" not in answer["ResponseMetadata"]:
        raise OutcomeUnknown("NoRequestId", "a 200 that did not come from SES")
    return Accepted(ses_message_id=ses_message_id)


def _signing_time(request: Any) -> datetime:
    stamp = request.headers.get("X-Amz-Date")
    if stamp is None:
        return datetime.now(UTC)
    text = stamp.decode() if isinstance(stamp, bytes) else str(stamp)
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
