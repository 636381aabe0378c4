"""Connections that bring nothing, or too little too late: one client cannot close the service with them."""

import contextlib
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.web.connections import Bounds, Sources

ONE_CLIENT, ANOTHER = "127.0.0.2", "127.0.0.3"  # addresses of this machine that are no trusted proxy
HEAD = b"POST /v1/signups HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def impatient(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path)
    with web_server(services, bounds=Bounds(headers_s=0.4, body_s=0.8)) as site:
        yield site
    services.core.ledger.close()


def connect(site, source=ONE_CLIENT):
    parts = urlsplit(site.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10, source_address=(source, 0))


def answers(connection):
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        return connection.recv(64).startswith(b"HTTP/1.1 200")
    return False


def all_of(connection):
    """What the server sends until it closes the connection; fails if it does not within ten seconds."""
    received = b""
    while part := connection.recv(4096):
        received += part
    return received


def test_a_request_whose_end_is_ambiguous_is_refused_and_what_follows_is_not_read(one_site):
    hidden = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connect(one_site) as connection:
        both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(HEAD + both + b"2\r\n{}\r\n0\r\n\r\n" + hidden)
        answered = all_of(connection)
    assert answered.startswith(b"HTTP/1.1 400")
    assert answered.count(b"HTTP/1.1") == 1


def test_idle_connections_of_one_client_leave_room_for_others(one_site):
    with contextlib.ExitStack() as held:
        for _ in range(1100):
            held.enter_context(connect(one_site))
        assert one_site.get("/healthz").status_code == 200
        assert answers(held.enter_context(connect(one_site, ANOTHER)))
        with contextlib.suppress(ConnectionError):
            assert not answers(held.enter_context(connect(one_site)))
    for _ in range(50):  # what it gives back, it may take again
        with connect(one_site) as connection:
            assert answers(connection)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET",
        HEAD,
        HEAD + b"Content-Length: 100\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n1\r\na\r\n",
        HEAD.replace(b"/v1/signups", b"/unsubscribe/x") + b"Content-Length: 100\r\n\r\na",
    ],
)
def test_a_request_that_does_not_end_is_ended(impatient, sent):
    with connect(impatient) as connection:
        connection.sendall(sent)
        received = all_of(connection)
    assert received.startswith(b"HTTP/1.1 4")
    assert impatient.get("/healthz").status_code == 200


def test_drops_that_keep_coming_do_not_help(impatient):
    with connect(impatient) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(HEAD)
        connection.settimeout(0.1)
        for _ in range(200):  # 20 seconds of drops
            connection.sendall(b"X-Drop: 1\r\n")
            with contextlib.suppress(TimeoutError):
                received = connection.recv(64)
                assert received.startswith(b"HTTP/1.1 408") or not received
                break
        else:
            pytest.fail("the server took every drop")


def test_a_second_request_on_a_connection_has_its_own_time(impatient):
    with requests.Session() as session:
        for _ in range(3):
            assert session.get(impatient.url + "/healthz", timeout=10).status_code == 200
            assert session.post(impatient.url + "/v1/signups", data=b"{}", timeout=10).status_code == 401
    with connect(impatient) as connection:
        assert answers(connection)
        connection.sendall(b"GET / HT")
        assert b"408" in all_of(connection)


def test_a_source_is_an_ipv4_address_or_an_ipv6_household():
    sources = Sources(1, ["127.0.0.1", "10.0.0.0/8"])
    assert sources.take("203.0.113.7") == "203.0.113.7/32"
    assert [sources.take("203.0.113.7"), sources.take("203.0.113.8")] == [None, "203.0.113.8/32"]
    assert sources.take("2001:db8:0:1::1") == "2001:db8::/56"
    assert [sources.take("2001:db8:0:ff::1"), sources.take("2001:db8:0:100::1")] == [None, "2001:db8:0:100::/56"]
    assert [sources.take(host) for host in ("127.0.0.1", "10.1.2.3", "10.1.2.3", None)] == ["", "", "", ""]
    sources.give_back("203.0.113.7/32")
    assert sources.take("203.0.113.7") == "203.0.113.7/32"
