"""The one place where botocore's and SES's errors are mapped to this project's."""

from __future__ import annotations

import re
import ssl
import traceback
from collections.abc import Iterator
from typing import Any

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from worker.errors import AccountBlocked, OutcomeUnknown, Permanent, SendError, Throttled, Transient
from worker.masking import mask_text

# Error codes that would refuse every letter, not only this one.
_BLOCKING_CODES = frozenset({
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException",
    "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId",
    "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken",
    "MissingAuthenticationTokenException", "AccessDeniedException", "AccessDenied", "OptInRequired", "NotAuthorized",
})  # fmt: skip
_THROTTLING_CODES = frozenset(
    {"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException"}
)
_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.NoRegionError,
    aws.SSOError,
)
_SES_OPERATIONS = frozenset({
    "SendEmail", "GetAccount", "GetConfigurationSet", "GetConfigurationSetEventDestinations", "GetEmailIdentity",
    "GetSuppressedDestination", "DeleteSuppressedDestination",
})  # fmt: skip
FOREIGN = (aws.BotoCoreError, aws.ClientError, ResponseParserError)
"""What botocore raises; anything else that a call of it raises is a defect."""
_SKEWED = re.compile(r"signature (?:expired|not yet current)", re.IGNORECASE)
_NEVER_CONNECTED = (aws.EndpointConnectionError, aws.ConnectTimeoutError, aws.ProxyConnectionError)


def map_error(error: Exception, *, posted: bool) -> SendError:
    """Return the SendError that an exception of a send means. `posted`: whether bytes may have left.

    Before the POST nothing can have been accepted, and what fails there without an answer of SES's would fail for every
    letter: credentials, an identity provider, configuration. After it, only an answer can mean "not accepted".
    """
    mapped = map_query_error(error)
    if isinstance(error, (aws.ClientError, aws.ParamValidationError)) or isinstance(mapped, AccountBlocked):
        return mapped
    if not posted:
        return AccountBlocked(mapped.code, mapped.reason)
    if isinstance(error, ResponseParserError):
        return OutcomeUnknown("UnreadableAnswer", "SES's answer could not be read")
    if isinstance(error, _NEVER_CONNECTED) or _handshake_failed(error):
        return mapped
    return OutcomeUnknown(mapped.code, mapped.reason)


def map_query_error(error: Exception) -> SendError:
    """Return the SendError that an exception of another request to SES means, which may be made again."""
    if isinstance(error, aws.ClientError):
        if error.operation_name not in _SES_OPERATIONS:  # an identity provider's answer, asked for credentials
            return AccountBlocked(*_code_and_message(error))
        return _map_answer(error)
    name, text = type(error).__name__, _foreign(str(error))
    if isinstance(error, _NO_CREDENTIALS):
        return AccountBlocked(name, text)
    if isinstance(error, aws.ParamValidationError):
        return Permanent(name, "botocore refused the request's parameters")  # its text repeats them, the address too
    return Transient(name, text, counts=False)


def _map_answer(error: aws.ClientError) -> SendError:
    code, message = _code_and_message(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status >= 500 or status < 400:
        return OutcomeUnknown(code or f"HTTP{status}", message)
    if code in _THROTTLING_CODES or status == 429:
        daily = code == "LimitExceededException" or "daily" in message.lower()
        return Throttled(code, message, daily=daily)
    if _SKEWED.search(message):  # this process slept too long between signing and posting, or its clock is wrong
        return Transient(code, message, counts=False)
    if code in _BLOCKING_CODES or (code == "MessageRejected" and "not verified" in message.lower()):
        return AccountBlocked(code, message)
    if code in {"MessageRejected", "BadRequestException"}:
        return Permanent(code, message)
    return Transient(code or f"HTTP{status}", message or "an answer that SES does not document; perhaps a proxy's")


def _code_and_message(error: aws.ClientError) -> tuple[str, str]:
    answer = error.response.get("Error", {})
    return _foreign(str(answer.get("Code", ""))), _foreign(str(answer.get("Message", "")))


def _foreign(text: str) -> str:
    """Make foreign text fit for log and ledger: no address, no character that a database would not store."""
    return "".join(character if character.isprintable() else "?" for character in mask_text(text))


def _handshake_failed(error: BaseException) -> bool:
    """Whether the error arose in a TLS handshake, which ends before any byte of the request leaves.

    Its class does not say so: a TLS error in the middle of a POST has the same.
    """
    return any(
        frame.f_code is ssl.SSLSocket.do_handshake.__code__
        for cause in _causes(error)
        for frame, _line in traceback.walk_tb(cause.__traceback__)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    pending: list[Any] = [error]
    while pending:
        cause = pending.pop()
        if isinstance(cause, BaseException):
            yield cause
            pending += [cause.__cause__, getattr(cause, "kwargs", {}).get("error"), *cause.args]
