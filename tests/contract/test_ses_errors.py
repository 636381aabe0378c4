"""The mapping from botocore to the error tree, for every answer of SES, through the real botocore over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import boto3
import botocore.session
import pytest
from botocore.config import Config

from tests.parts.ses_behaviour import (
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    ACCEPT_THEN_HANG,
    ACCEPT_THEN_RESET,
    DROP_UNREAD,
    ERROR_503_HTML,
    HANG,
    JUNK,
    NO_MESSAGE_ID,
    PAUSED,
    QUOTA_EXCEEDED,
    REJECTED,
    RESET_AFTER_READING,
    SUSPENDED,
    THROTTLED,
    TRUNCATED,
    UNVERIFIED,
    Behaviour,
    Ending,
    error,
    trickle,
)
from tests.parts.waiting import wait_for
from tests.ses_server import SesServer
from worker.errors import (
    AccountBlocked,
    ConfigurationError,
    LostClaim,
    OutcomeUnknown,
    Permanent,
    SendError,
    Throttled,
    Transient,
)
from worker.mailers.mailer import Accepted, Outgoing
from worker.mailers.ses import SesMailer, refuse_hidden_retries, ses_client

LETTER = Outgoing("attempt-1", "ada@example.com", b"Subject: hello\r\n\r\nhello\r\n", "<p>hello</p>")

# What each exception that the model of SendEmail knows must mean; `test_every_modelled_error_is_mapped` keeps it whole.
MODELLED: dict[str, type[SendError]] = {
    "AccountSuspendedException": AccountBlocked,
    "BadRequestException": Permanent,
    "LimitExceededException": Throttled,
    "MailFromDomainNotVerifiedException": AccountBlocked,
    "MessageRejected": Permanent,
    "NotFoundException": AccountBlocked,
    "SendingPausedException": AccountBlocked,
    "TooManyRequestsException": Throttled,
}

ANSWERS: dict[str, tuple[Behaviour, type[SendError]]] = {
    **{name: (error(name, "From SES."), meaning) for name, meaning in MODELLED.items()},
    "ConflictException": (error("ConflictException"), Transient),
    "ConcurrentModificationException": (error("ConcurrentModificationException"), OutcomeUnknown),
    "InternalServiceErrorException": (error("InternalServiceErrorException"), OutcomeUnknown),
    "AccessDeniedException": (error("AccessDeniedException"), AccountBlocked),
    "ExpiredTokenException": (error("ExpiredTokenException"), AccountBlocked),
    "InvalidSignatureException": (error("InvalidSignatureException"), AccountBlocked),
    "MissingAuthenticationTokenException": (error("MissingAuthenticationTokenException"), AccountBlocked),
    "UnrecognizedClientException": (error("UnrecognizedClientException"), AccountBlocked),
    "signature too old": (error("InvalidSignatureException", "Signature expired: 20261124T..."), Transient),
    "signature too new": (error("InvalidSignatureException", "Signature not yet current: 20261124T..."), Transient),
    "rate": (THROTTLED, Throttled),
    "daily quota": (QUOTA_EXCEEDED, Throttled),
    "sending paused": (PAUSED, AccountBlocked),
    "account suspended": (SUSPENDED, AccountBlocked),
    "identity not verified": (UNVERIFIED, AccountBlocked),
    "content rejected": (REJECTED, Permanent),
    "429 of a proxy": (Behaviour(accepts=False, status=429, body="<html>", content_type="text/html"), Throttled),
    "403 of a proxy": (Behaviour(accepts=False, status=403, body="<html>", content_type="text/html"), Transient),
    "413 of a proxy": (Behaviour(accepts=False, status=413, body="<html>", content_type="text/html"), Transient),
    **{
        f"{status} as {kind}": (Behaviour(accepts=False, status=status, body=body, content_type=kind), OutcomeUnknown)
        for status in (500, 502, 503, 504)
        for kind, body in {"application/json": '{"message": "Internal failure."}', "text/html": "<html></html>"}.items()
    },
    "503 of a load balancer": (ERROR_503_HTML, OutcomeUnknown),
    "500 after accepting": (ACCEPT_THEN_500, OutcomeUnknown),
    "hangs": (HANG, OutcomeUnknown),
    "hangs after accepting": (ACCEPT_THEN_HANG, OutcomeUnknown),
    "drops after accepting": (ACCEPT_THEN_DROP, OutcomeUnknown),
    "resets after accepting": (ACCEPT_THEN_RESET, OutcomeUnknown),
    "drops unread": (DROP_UNREAD, OutcomeUnknown),
    "resets after reading": (RESET_AFTER_READING, OutcomeUnknown),
    "one byte per 0.7 s": (trickle(0.7), OutcomeUnknown),
}


class Posting:
    """The mailer over the real client, counting the intents it asks for.

    Patient, so that a busy machine gives the same answers. `deadline_s` is for those who test silence.
    """

    def __init__(self, *, connect_s: float = 20.0, deadline_s: float | None = None) -> None:
        self.intents = 0
        self.client = ses_client(threads=1, connect_timeout_s=connect_s, read_timeout_s=deadline_s or 40.0)
        self.mailer = SesMailer(self.client)
        self.mailer._deadline_s = deadline_s or self.mailer._deadline_s

    def send(self, outgoing: Outgoing = LETTER) -> Accepted:
        """Send one letter."""
        return self.mailer.send(outgoing, self._count)

    def _count(self, _signed_at: object) -> None:
        self.intents += 1


@pytest.fixture
def posting(ses: SesServer) -> Iterator[Posting]:
    posting = Posting()
    yield posting
    posting.client.close()


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_has_one_meaning_and_one_post(ses, answer):
    behaviour, meaning = ANSWERS[answer]
    ses.script.default = behaviour
    posting = Posting(deadline_s=1.5 if behaviour.ending in {Ending.HANG, Ending.TRICKLE} else None)
    with pytest.raises(SendError) as raised:
        posting.send()
    wait_for(lambda: ses.posts == 1 and len(ses.accepted) == behaviour.accepts, "the POST at its end")
    posting.client.close()
    assert type(raised.value) is meaning, raised.value
    assert raised.value.code
    assert "example.com" not in str(raised.value)
    assert posting.intents == 1
    # A letter reported as not accepted must not have been accepted, even if the mapping is wrong otherwise.
    assert meaning is OutcomeUnknown or not behaviour.accepts


def test_every_modelled_error_is_mapped():
    service = botocore.session.get_session().get_service_model("sesv2")
    assert {shape.name for shape in service.operation_model("SendEmail").error_shapes} == set(MODELLED)


def test_the_daily_quota_is_distinguished_from_the_rate(ses, posting):
    ses.script.queue.extend([THROTTLED, QUOTA_EXCEEDED])
    for daily in (False, True):
        with pytest.raises(Throttled) as raised:
            posting.send()
        assert raised.value.daily is daily


def test_accepted(ses, posting):
    assert posting.send().ses_message_id == ses.accepted[0].ses_message_id
    assert ses.accepted[0].attempt == LETTER.attempt_id


@pytest.mark.parametrize("answer", [NO_MESSAGE_ID, TRUNCATED, JUNK], ids=["no id", "truncated", "junk"])
def test_accepted_under_an_unknown_id(ses, posting, answer):
    ses.script.default = answer
    assert posting.send().ses_message_id is None
    assert (ses.posts, len(ses.accepted)) == (1, 1)


@pytest.mark.parametrize("body", [b"<html>Welcome to the hotel's network</html>", b"{}", b""])
def test_a_200_that_is_not_from_ses_proves_nothing(ses, monkeypatch, body):
    with socket.create_server(("127.0.0.1", 0)) as portal:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{portal.getsockname()[1]}")
        answering = threading.Thread(target=_answer_200, args=(portal, body))
        answering.start()
        with pytest.raises(OutcomeUnknown):
            Posting().send()
        answering.join()


def _answer_200(portal: socket.socket, body: bytes) -> None:
    connection, _peer = portal.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


def test_connection_refused(ses, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{port}")
    with pytest.raises(Transient):
        Posting().send()


def test_name_not_found(ses, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://no-such-host.invalid:80")
    with pytest.raises(Transient):
        Posting().send()


def test_connect_timeout(ses, monkeypatch):
    with socket.create_server(("127.0.0.1", 0), backlog=1) as full:
        address = full.getsockname()
        fillers = []
        for _ in range(8):  # nothing accepts connections: once the backlog is full, the next SYN gets no answer
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{address[1]}")
        with pytest.raises(Transient) as raised:
            Posting(connect_s=0.5).send()
        assert raised.value.code == "ConnectTimeoutError"
        for filler in fillers:
            filler.close()


def test_no_credentials(ses, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    posting = Posting()
    with pytest.raises(AccountBlocked):
        posting.send()
    assert (ses.posts, posting.intents) == (0, 0)


def test_a_request_botocore_refuses_names_no_address(ses):
    posting = Posting()
    outgoing = Outgoing("attempt-1", ["ada@example.com"], b"", "")  # type: ignore[arg-type]
    with pytest.raises(Permanent) as raised:
        posting.send(outgoing)
    assert "ada" not in str(raised.value)
    assert (ses.posts, posting.intents) == (0, 0)


def test_nothing_is_posted_without_an_intent(ses, posting):
    def refuse(_signed_at: object) -> None:
        raise LostClaim("another process holds it")

    with pytest.raises(LostClaim):
        posting.mailer.send(LETTER, refuse)
    assert (ses.posts, ses.connections) == (0, 0)


def test_a_bug_before_the_post_is_known_not_accepted(ses, posting):
    def break_down(_signed_at: object) -> None:
        raise KeyError("a bug of ours")

    with pytest.raises(Transient):
        posting.mailer.send(LETTER, break_down)
    assert ses.posts == 0


def test_an_abandoned_call_does_not_affect_later_calls(ses, posting):
    ses.script.queue.append(trickle(0.7))
    patience_s, posting.mailer._deadline_s = posting.mailer._deadline_s, 1.5
    with pytest.raises(OutcomeUnknown):
        posting.send()
    posting.mailer._deadline_s = patience_s
    wait_for(lambda: len(ses.accepted) == 1, "the first letter accepted")
    assert posting.send().ses_message_id == ses.accepted[1].ses_message_id
    assert ses.posts == 2


@pytest.mark.parametrize(
    "config",
    [
        Config(),
        Config(retries={"max_attempts": 1}),  # the trap: one *re*try
        Config(retries={"total_max_attempts": 2, "mode": "standard"}),
        Config(retries={"mode": "adaptive"}),
    ],
    ids=["botocore's defaults", "max_attempts 1", "total_max_attempts 2", "adaptive"],
)
def test_a_client_that_retries_by_itself_is_refused(ses, config):
    client = boto3.session.Session().client("sesv2", config=config)
    with pytest.raises(ConfigurationError, match="POSTs per send"):
        refuse_hidden_retries(client)
    with pytest.raises(ConfigurationError, match="POSTs per send"):
        SesMailer(client)


@pytest.mark.parametrize("set_in", ["environment", "config file"])
def test_retries_configured_in_the_environment_stay_off(ses, monkeypatch, tmp_path, set_in):
    if set_in == "environment":
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
        monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    else:
        config = tmp_path / "config"
        config.write_text("[default]\nmax_attempts = 5\nretry_mode = legacy\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    ses.script.default = ERROR_503_HTML
    with pytest.raises(OutcomeUnknown):
        Posting().send()
    assert ses.posts == 1


def test_botocore_s_defaults_would_repeat_these_requests(ses):
    """The control: were our client made as most are, the server would see it."""
    ses.script.default = ERROR_503_HTML
    client = boto3.session.Session().client("sesv2")
    with pytest.raises(client.exceptions.ClientError):
        client.send_email(Content={"Raw": {"Data": LETTER.message}}, Destination={"ToAddresses": [LETTER.recipient]})
    assert ses.posts == 3


def test_a_second_post_would_be_stopped(ses):
    """Were a retry to slip through all the same, its bytes would not leave."""
    posting = Posting()
    posting.client.meta.events.register(
        "needs-retry.sesv2.SendEmail", lambda attempts, **_: 0.001 if attempts < 3 else None
    )
    ses.script.default = ERROR_503_HTML
    with pytest.raises(OutcomeUnknown):
        posting.send()
    assert (ses.posts, posting.intents) == (1, 1)
