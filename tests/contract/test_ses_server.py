"""The tests' SES against the real boto3: each behaviour must be what botocore would meet."""

import base64
import hashlib
import json
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore import exceptions as aws
from botocore.config import Config

from tests.parts import ses_behaviour as does
from tests.parts.ses_process import ses_process
from tests.ses_server import SEND, read_log

RAW = b"From: reports@example.com\r\nSubject: hello\r\n\r\nA report.\r\n"
READ_TIMEOUT_S = 0.5


def client_of(environment, *, read_timeout_s=READ_TIMEOUT_S):
    session = boto3.session.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=read_timeout_s)
    return session.client("sesv2", endpoint_url=environment["AWS_ENDPOINT_URL_SESV2"], config=once)


@pytest.fixture
def client(ses):
    return client_of(ses.environment)


def send(client, recipient="ada@example.com", attempt="attempt-1", **more):
    return client.send_email(
        Content={"Raw": {"Data": RAW}},
        Destination={"ToAddresses": [recipient]},
        EmailTags=[{"Name": "attempt", "Value": attempt}],
        **more,
    )


def test_an_accepted_message_is_in_the_log_before_the_answer(ses, client, tmp_path):
    answer = send(client)
    (line,) = read_log(tmp_path / "ses.jsonl")
    (kept,) = ses.accepted
    assert line.ses_message_id == kept.ses_message_id == answer["MessageId"]
    assert (line.attempt, line.destination) == ("attempt-1", "ada@example.com")
    assert line.sha256 == hashlib.sha256(RAW).hexdigest()
    assert (line.raw, kept.raw) == (None, RAW)
    assert ses.posts == 1


UNANSWERED = {
    "accept then hang": (does.ACCEPT_THEN_HANG, aws.ReadTimeoutError, True),
    "accept then drop": (does.ACCEPT_THEN_DROP, aws.ConnectionClosedError, True),
    "accept then reset": (does.ACCEPT_THEN_RESET, aws.ConnectionClosedError, True),
    "hang": (does.HANG, aws.ReadTimeoutError, False),
    "drop before reading": (does.DROP_UNREAD, aws.ConnectionClosedError, False),
    "reset after reading": (does.RESET_AFTER_READING, aws.ConnectionClosedError, False),
    "slower than the read timeout": (does.slow(4 * READ_TIMEOUT_S), aws.ReadTimeoutError, True),
}


@pytest.mark.parametrize(("behaviour", "raises", "accepted"), UNANSWERED.values(), ids=UNANSWERED)
def test_no_answer_that_can_be_read(ses, client, behaviour, raises, accepted):
    ses.script.queue.append(behaviour)
    with pytest.raises(raises):
        send(client)
    assert (ses.posts, len(ses.accepted)) == (1, int(accepted))
    assert send(client)["MessageId"] == ses.accepted[-1].ses_message_id


@pytest.mark.parametrize("name", does.STATUS_OF_ERROR)
def test_every_error_by_name(ses, client, name):
    ses.script.queue.append(does.error(name, "What SES says."))
    with pytest.raises(aws.ClientError) as caught:
        send(client)
    answer = caught.value.response
    assert answer["Error"] == {"Code": name, "Message": "What SES says."}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == does.STATUS_OF_ERROR[name]
    assert ses.accepted == []


def test_the_errors_are_those_of_the_service_model(client):
    shapes = [shape for shape in client.meta.service_model.error_shapes if shape.metadata.get("exception")]
    modelled = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in shapes}
    assert modelled == dict(list(does.STATUS_OF_ERROR.items())[: len(modelled)])
    assert {shape.name for shape in client.meta.service_model.operation_model("SendEmail").error_shapes} < set(modelled)


def test_an_answer_that_is_not_ses_own(ses, client):
    ses.script.queue.append(does.ERROR_503_HTML)
    with pytest.raises(aws.ClientError) as caught:
        send(client)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert ses.accepted == []


def test_accepted_and_still_a_500(ses, client):
    ses.script.queue.append(does.ACCEPT_THEN_500)
    with pytest.raises(aws.ClientError, match="InternalServiceErrorException"):
        send(client)
    assert len(ses.accepted) == 1


SILENT = {
    "no message id": (does.NO_MESSAGE_ID, True),
    "truncated": (does.TRUNCATED, True),
    "junk": (does.JUNK, True),
    "a proxy's page": (does.PROXY_200, False),
}


@pytest.mark.parametrize(("behaviour", "accepted"), SILENT.values(), ids=SILENT)
def test_a_200_that_botocore_passes_on_without_a_message_id(ses, client, behaviour, accepted):
    """botocore raises for none of these: it neither checks Content-Length nor minds a body that is no JSON."""
    ses.script.queue.append(behaviour)
    answer = send(client)
    assert "MessageId" not in answer
    assert ("RequestId" in answer["ResponseMetadata"]) is accepted
    assert len(ses.accepted) == int(accepted)


def test_a_trickle_outlasts_the_read_timeout_without_tripping_it(ses, client):
    ses.script.queue.append(does.trickle(between_bytes_s=0.01))
    started = time.monotonic()
    assert send(client)["MessageId"] == ses.accepted[0].ses_message_id
    assert time.monotonic() - started > READ_TIMEOUT_S


def test_a_storm_ends(ses, client):
    ses.script.queue.extend([does.THROTTLED] * 3)
    for _ in range(3):
        with pytest.raises(client.exceptions.TooManyRequestsException):
            send(client)
    send(client)
    assert (ses.posts, len(ses.accepted)) == (4, 1)


def test_a_behaviour_for_one_recipient(ses, client):
    ses.script.recipients["grace@"] = does.SUSPENDED
    send(client)
    with pytest.raises(client.exceptions.AccountSuspendedException):
        send(client, recipient="grace@example.com")
    assert [message.destination for message in ses.accepted] == ["ada@example.com"]


def test_a_default_behaviour(ses, client):
    ses.script.default = does.PAUSED
    with pytest.raises(client.exceptions.SendingPausedException):
        send(client)


def test_connections_are_kept_alive(ses, client):
    for number in range(20):
        send(client, attempt=str(number))
    assert ses.connections == 1
    assert [message.attempt for message in ses.accepted] == [str(number) for number in range(20)]


def test_many_at_once(ses):
    client = client_of(ses.environment, read_timeout_s=60)  # each is written to the disk before its answer
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda number: send(client, attempt=str(number)), range(200)))
    assert {message.attempt for message in ses.accepted} == {str(number) for number in range(200)}
    assert ses.posts == 200


def test_a_request_that_is_no_letter_is_refused(ses):
    for body in (b"{", b"{}", b'{"Content": {"Raw": {"Data": "***"}}, "Destination": {"ToAddresses": ["a@b.c"]}}'):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(ses.url + SEND, data=body)
    assert (ses.posts, ses.accepted) == (3, [])


def test_a_configuration_set_must_exist(ses, client):
    with pytest.raises(client.exceptions.NotFoundException):
        send(client, ConfigurationSetName="events")
    ses.script.configuration_sets.add("events")
    send(client, ConfigurationSetName="events")
    assert [message.configuration_set for message in ses.accepted] == ["events"]


def test_the_account(ses, client):
    assert client.get_account()["SendQuota"] == {"Max24HourSend": 50000, "MaxSendRate": 14, "SentLast24Hours": 0}
    ses.script.account = does.account(MaxSendRate=1.0, ProductionAccessEnabled=False, SendingEnabled=False)
    answer = client.get_account()
    assert answer["SendQuota"]["MaxSendRate"] == 1
    assert (answer["ProductionAccessEnabled"], answer["SendingEnabled"]) == (False, False)
    ses.script.operations["GetAccount"] = does.error("TooManyRequestsException")
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.get_account()
    with pytest.raises(TypeError, match="MaxRate"):
        does.account(MaxRate=1)


def test_identities_and_configuration_sets(ses, client):
    ses.script.identities = {"example.com": True, "reports@example.org": False}
    ses.script.configuration_sets = {"events"}
    assert client.get_email_identity(EmailIdentity="example.com")["VerifiedForSendingStatus"] is True
    assert client.get_email_identity(EmailIdentity="reports@example.org")["VerifiedForSendingStatus"] is False
    assert client.get_configuration_set(ConfigurationSetName="events")["ConfigurationSetName"] == "events"
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_email_identity(EmailIdentity="example.net")
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_configuration_set(ConfigurationSetName="others")


def test_it_listens_on_loopback_only(ses):
    assert ses.url.startswith("http://127.0.0.1:")
    other = socket.gethostbyname(socket.gethostname())
    if not other.startswith("127."):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((other, int(ses.url.rsplit(":")[-1])), timeout=2)


def test_as_a_process_of_its_own(ses, tmp_path):
    log = tmp_path / "process.jsonl"
    with ses_process(log, raw=True) as process:
        client = client_of({**ses.environment, "AWS_ENDPOINT_URL_SESV2": process.url})
        process.tell(queue=[does.REJECTED, does.ACCEPT_THEN_DROP], configuration_sets={"events"})
        with pytest.raises(client.exceptions.MessageRejected):
            send(client, attempt="refused")
        with pytest.raises(aws.ConnectionClosedError):
            send(client, attempt="dropped")
        send(client, attempt="third", ConfigurationSetName="events")
        assert process.posts == 3
        assert [(message.attempt, message.raw) for message in process.accepted] == [("dropped", RAW), ("third", RAW)]
    with pytest.raises(urllib.error.URLError):
        process.tell(default=does.ACCEPT)
    assert base64.b64decode(json.loads(log.read_bytes().splitlines()[0])["raw"]) == RAW
