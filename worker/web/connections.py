"""Bounds on connections that uvicorn does not have: how many a source may hold, and how long a request may take.

Without them one client closes the service, with idle connections or with headers and bodies that never end.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

IPV6_SOURCE_BITS = 56  # what one household gets
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one client may take up. A trusted proxy, which speaks for many, may hold any number of connections."""

    connections: int = 100
    """From one source: an IPv4 address or an IPv6 /56."""
    headers_s: float = 10.0
    """Seconds from the connection, or from the first byte of a further request, to the end of the headers."""
    body_s: float = 40.0
    """Seconds from the end of the headers to the end of the body."""


DEFAULT_BOUNDS = Bounds()


class Sources:
    """Counts the connections of each source."""

    def __init__(self, most: int, trusted_proxies: Sequence[str]) -> None:
        self._most = most
        self._trusted = [ipaddress.ip_network(proxy) for proxy in trusted_proxies]
        self._held: Counter[str] = Counter()

    def take(self, host: str | None) -> str | None:
        """Count a connection and return its source, "" for one that has no bound; None if the source holds enough."""
        source = self._source(host)
        if source and self._held[source] >= self._most:
            return None
        self._held[source] += 1
        return source

    def give_back(self, source: str) -> None:
        """Forget a connection of this source."""
        self._held[source] -= 1
        if not self._held[source]:
            del self._held[source]

    def _source(self, host: str | None) -> str:
        try:
            address = ipaddress.ip_address(host or "")
        except ValueError:  # a unix socket has no address
            return ""
        if any(address in network for network in self._trusted):
            return ""
        bits = IPV6_SOURCE_BITS if address.version == 6 else 32
        return str(ipaddress.ip_network((address, bits), strict=False))


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with bounds. `bounded_protocol` returns the class with its bounds."""

    bounds: ClassVar[Bounds]
    sources: ClassVar[Sources]
    _source: str | None = None
    _waits_for: object = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Take a connection, or drop it if its source holds enough."""
        peer = transport.get_extra_info("peername")
        self._source = self.sources.take(peer[0] if isinstance(peer, tuple) else None)
        if self._source is None:
            transport.abort()
            return
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._source is None:
            return
        self.sources.give_back(self._source)
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        """Have a deadline for the part of the request that is still to come: headers or body."""
        waits_for = self.conn.their_state
        if waits_for is self._waits_for:
            return
        self._stop_watching()
        if waits_for in (h11.IDLE, h11.SEND_BODY) and not self.transport.is_closing():
            seconds = self.bounds.headers_s if waits_for is h11.IDLE else self.bounds.body_s
            self._waits_for = waits_for
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._waits_for = self._deadline = None

    def _give_up(self) -> None:
        self._stop_watching()
        answering = bool(self.cycle) and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            self.transport.write(_TIMEOUT)
        self.transport.close()


def bounded_protocol(bounds: Bounds, trusted_proxies: Sequence[str]) -> type[BoundedProtocol]:
    """Return the protocol of one server."""
    attributes: dict[str, Any] = {"bounds": bounds, "sources": Sources(bounds.connections, trusted_proxies)}
    return type("BoundedProtocol", (BoundedProtocol,), attributes)
