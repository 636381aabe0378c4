"""TLS in front of a server of the tests, with a certificate of its own, which can break in the middle of an answer."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import os
import socket
import ssl
import struct
import threading
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

POSTGRES_ASKS_FOR_TLS = struct.pack("!ii", 8, 80877103)  # SSLRequest
NO_TLS_RECORD = b"\x17\x03\x03\x00\x20" + bytes(32)  # looks like application data, and its seal is wrong


class TlsFront:
    """Passes what it decrypts to `target`, a port of 127.0.0.1 or a unix socket, and the answers back.

    `breaks`: the next answer becomes garbage. `asked_first`: TLS begins once the client has asked, as PostgreSQL's do.
    """

    def __init__(self, target: int | Path, home: Path, *, asked_first: bool = False) -> None:
        self.breaks = False
        self.authority = certificate(home)
        self._target, self._asked_first = target, asked_first
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.authority)
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="tls", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda _loop, _context: None)  # a client that does not trust us is no news
        at_once = None if self._asked_first else self._context
        server = await asyncio.start_server(self._pass, sock=self._listener, ssl=at_once)
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.05)  # so that transports close

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._asked_first and not await self._begin_tls(reader, writer):
            return
        if isinstance(self._target, Path):
            far_reader, far_writer = await asyncio.open_unix_connection(self._target)
        else:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        there = asyncio.create_task(_copy(reader, far_writer))
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
            while octets := await far_reader.read(65536):
                if self.breaks:
                    self.breaks = False
                    os.write(writer.get_extra_info("socket").fileno(), NO_TLS_RECORD)
                    break
                writer.write(octets)
                await writer.drain()
        there.cancel()
        far_writer.close()
        writer.transport.abort()

    async def _begin_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            if await reader.readexactly(8) == POSTGRES_ASKS_FOR_TLS:
                writer.write(b"S")
                await writer.drain()
                await writer.start_tls(self._context)
                return True
        writer.transport.abort()
        return False


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while octets := await reader.read(65536):
                writer.write(octets)
                await writer.drain()
    finally:
        writer.close()  # so that the other way ends too


def certificate(home: Path) -> Path:
    """A file with a key, and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ses of the tests")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = home / "tls.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
