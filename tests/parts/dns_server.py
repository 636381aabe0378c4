"""A name server of the tests, on 127.0.0.1: it knows the records that a test gives it, and nothing else."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]
"""Name and type -> the texts of its records."""


@contextlib.contextmanager
def name_server(records: Records) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks a server with these records. The mapping may change meanwhile; an empty list: no answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(endpoint, records), daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], endpoint.getsockname()[1]
        resolver.timeout, resolver.lifetime = 5.0, 5.0
        try:
            yield resolver
        finally:
            endpoint.sendto(b"", endpoint.getsockname())  # the last message
            thread.join()


def _serve(endpoint: socket.socket, records: Records) -> None:
    while True:
        octets, client = endpoint.recvfrom(4096)
        if not octets:
            return
        query = dns.message.from_wire(octets)
        [question] = query.question
        name, kind = question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if (name, "refused") in records:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found := records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif not any(known == name for known, _ in records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        endpoint.sendto(answer.to_wire(), client)
