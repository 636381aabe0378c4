"""TLS to SES: broken in the middle it proves nothing, while a handshake that fails is known not accepted."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from tests.contract.test_ses_errors import Posting
from tests.parts.tls_front import TlsFront
from tests.ses_server import HANG_UP_AT_ONCE
from worker.errors import OutcomeUnknown, Transient


@pytest.fixture
def front(ses, tmp_path, monkeypatch):
    """SES behind TLS; boto3 knows its certificate."""
    with TlsFront(int(ses.url.rpartition(":")[2]), tmp_path) as front:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", front.url)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(front.authority))
        yield front


def test_a_letter_over_tls(ses, front):
    posting = Posting()
    assert posting.send().ses_message_id == ses.accepted[0].ses_message_id
    assert posting.send().ses_message_id == ses.accepted[1].ses_message_id


def test_tls_that_breaks_in_the_middle_of_a_post_is_unknown(ses, front):
    posting = Posting()
    posting.send()
    front.breaks = True
    with pytest.raises(OutcomeUnknown):
        posting.send()
    assert len(ses.accepted) == 2, "SES had accepted it"


def test_tls_that_breaks_in_the_first_post_of_a_connection_is_unknown(ses, front):
    front.breaks = True
    with pytest.raises(OutcomeUnknown):
        Posting().send()
    assert len(ses.accepted) == 1


def test_a_certificate_of_somebody_else_is_not_accepted(ses, front, monkeypatch):
    monkeypatch.delenv("AWS_CA_BUNDLE")
    with pytest.raises(Transient) as raised:
        Posting().send()
    assert not raised.value.counts
    assert ses.posts == 0


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", None], ids=["no-tls", "closed", "reset"])
def test_a_handshake_that_fails_is_not_accepted(ses, answer, monkeypatch):
    """Not a byte of the request has left before it: the letter is tried again, which counts towards nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"https://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=shake_badly, args=(listener, answer), daemon=True).start()
        with pytest.raises(Transient) as raised:
            Posting().send()
    assert not raised.value.counts
    assert ses.posts == 0


def shake_badly(listener, answer):
    """Take one connection, read the greeting, and answer no handshake."""
    client, _peer = listener.accept()
    with client, contextlib.suppress(OSError):
        client.recv(65536)
        if answer is None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP_AT_ONCE)
        else:
            client.sendall(answer)
