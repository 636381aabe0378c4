"""A scripted SESv2 over HTTP, for tests with the real boto3. Listens on 127.0.0.1 only.

It logs each message it accepts as one JSON line, fsynced before any answer: the ground truth of what was sent. How it
misbehaves is a Script (tests/parts/ses_behaviour.py). In a test it runs in a thread of the test's own process:

    with SesServer(log=path) as ses:
        ses.script.queue.append(ACCEPT_THEN_DROP)

or as a process, set up by POST /_script and read by GET /_state:

    python -m tests.ses_server --port 0 --log FILE [--raw]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import contextlib
import dataclasses
import hashlib
import json
import os
import re
import signal
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from tests.parts.ses_behaviour import ACCEPT, BAD_REQUEST, Behaviour, Ending, Script, error

SEND = "/v2/email/outbound-emails"
ACCOUNT = "/v2/email/account"
IDENTITIES = "/v2/email/identities/"
SUPPRESSED = "/v2/email/suppression/addresses/"
CONFIGURATION_SETS = "/v2/email/configuration-sets/"
DESTINATIONS = "/event-destinations"
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 429: "Too Many Requests"}
AMZ_DATE = "%Y%m%dT%H%M%SZ"
MAX_SKEW = timedelta(minutes=5)  # between a signature's time and AWS's own, as AWS's documentation says
HANG_UP_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: closing resets the connection


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """One line of the log. `at` is Unix time in seconds; `raw` is None where the log was not asked to keep it."""

    attempt: str | None
    destination: str
    sha256: str
    ses_message_id: str
    at: float
    configuration_set: str | None
    raw: bytes | None

    def as_line(self, *, with_raw: bool) -> bytes:
        """This message as the log keeps it."""
        raw = base64.b64encode(self.raw).decode() if with_raw and self.raw is not None else None
        return json.dumps({**dataclasses.asdict(self), "raw": raw}).encode() + b"\n"


def read_log(path: Path) -> list[AcceptedMessage]:
    """All messages a server has accepted, oldest first."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
    return [AcceptedMessage(**{**line, "raw": line["raw"] and base64.b64decode(line["raw"])}) for line in lines]


@dataclass(frozen=True, slots=True)
class Request:
    """A request's line and headers; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def length(self) -> int:
        """Octets of the body."""
        return int(self.headers.get("content-length", "0"))


class SesServer:
    """The server and all it has seen.

    `posts` counts the SendEmail requests that arrived, with any result; `connections` those made to it.
    """

    def __init__(self, *, log: Path, port: int = 0, log_raw: bool = False) -> None:
        self.script = Script()
        self.posts = 0
        self.connections = 0
        self.accepted: list[AcceptedMessage] = []
        self.keys: set[str] = set()  # the access keys that signed requests
        self.on_accepted: Callable[[AcceptedMessage], None] | None = None  # what follows, before SES answers
        self._log = log.open("ab", buffering=0)
        self._log_raw = log_raw
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="ses", daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 finds this server and nothing else."""
        return {
            "AWS_ENDPOINT_URL_SESV2": self.url,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "no-secret",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._log.close()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._converse, sock=self._listener, limit=2**20)
        self._started.set()
        await self._stop.wait()
        server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(await _read_request(reader), reader, writer):
                pass
        writer.transport.abort()

    async def _exchange(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection goes on."""
        sends = request.method == "POST" and request.path == SEND
        self.posts += sends
        unread = self.script.without_reading() if sends else None
        if unread is not None:
            return await _answer(unread, {}, reader, writer)
        body = await reader.readexactly(request.length)
        self.keys |= set(re.findall(r"Credential=(\w+)/", request.headers.get("authorization", "")))
        skewed = _signature_out_of_time(request)
        if skewed is not None:
            return await _answer(skewed, {}, reader, writer)
        behaviour, answer = self._send(body) if sends else self._look_up(request, body)
        return await _answer(behaviour, answer, reader, writer)

    def _send(self, body: bytes) -> tuple[Behaviour, dict[str, Any]]:
        try:
            sent = json.loads(body)
            raw = base64.b64decode(sent["Content"]["Raw"]["Data"], validate=True)
            (recipient,) = sent["Destination"]["ToAddresses"]
            tags = {tag["Name"]: tag["Value"] for tag in sent.get("EmailTags", [])}
        except (ValueError, KeyError, TypeError, binascii.Error):
            return BAD_REQUEST, {}
        configuration_set = sent.get("ConfigurationSetName")
        if configuration_set is not None and configuration_set not in self.script.configuration_sets:
            return error("NotFoundException", f"Configuration set <{configuration_set}> does not exist."), {}
        behaviour = self.script.for_send(recipient)
        if not behaviour.accepts:
            return behaviour, {}
        message = AcceptedMessage(
            attempt=tags.get("attempt"),
            destination=recipient,
            sha256=hashlib.sha256(raw).hexdigest(),
            ses_message_id=f"{time.time_ns() // 1_000_000:016x}-{uuid.uuid4()}-000000",
            at=time.time(),
            configuration_set=configuration_set,
            raw=raw,
        )
        self._log.write(message.as_line(with_raw=self._log_raw))
        os.fsync(self._log.fileno())
        self.accepted.append(message)
        if self.on_accepted is not None:
            self.on_accepted(message)
        return behaviour, {"MessageId": message.ses_message_id}

    def _suppressed(self, method: str, address: str) -> tuple[Behaviour, dict[str, Any]]:
        listed = self.script.suppressed
        if "/" in address:  # as SES does: boto3 issue 2870
            return BAD_REQUEST, {}
        if address not in listed:
            return error("NotFoundException"), {}
        reason = listed.pop(address) if method == "DELETE" else listed[address]
        destination = {"EmailAddress": address, "Reason": reason, "LastUpdateTime": time.time()}
        return ACCEPT, {} if method == "DELETE" else {"SuppressedDestination": destination}

    def _look_up(self, request: Request, body: bytes) -> tuple[Behaviour, dict[str, Any]]:
        script, path = self.script, request.path
        if path == "/_script":
            script.update(json.loads(body))
            return ACCEPT, {}
        if path == "/_state":
            return ACCEPT, {"posts": self.posts, "accepted": len(self.accepted)}
        if path == ACCOUNT:
            return script.operations.get("GetAccount", ACCEPT), script.account
        operation = ""
        answer: dict[str, Any] | None = None
        if path.startswith(IDENTITIES):
            operation, name = "GetEmailIdentity", unquote(path.removeprefix(IDENTITIES))
            if name in script.identities:
                details = script.identity_details.get(name, {})
                answer = {"VerifiedForSendingStatus": script.identities[name], **details}
        elif path.startswith(SUPPRESSED):
            return self._suppressed(request.method, unquote(path.removeprefix(SUPPRESSED)))
        elif path.startswith(CONFIGURATION_SETS):
            operation, name = "GetConfigurationSet", unquote(path.removeprefix(CONFIGURATION_SETS))
            if name.endswith(DESTINATIONS):
                operation, name = "GetConfigurationSetEventDestinations", name.removesuffix(DESTINATIONS)
            if name in script.configuration_sets:
                answer = {"ConfigurationSetName": name, "EventDestinations": script.event_destinations.get(name, [])}
        known = ACCEPT if answer is not None else error("NotFoundException", "There is no such thing here.")
        return script.operations.get(operation, known), answer or {}


def _signature_out_of_time(request: Request) -> Behaviour | None:
    """AWS's refusal of a request signed more than five minutes from now, by the server's clock."""
    stamp = request.headers.get("x-amz-date")
    if stamp is None:
        return None
    signed, now = datetime.strptime(stamp, AMZ_DATE).replace(tzinfo=UTC), datetime.now(UTC)
    if abs(signed - now) <= MAX_SKEW:
        return None
    message = f"Signature expired: {stamp} is now earlier than {now - MAX_SKEW:{AMZ_DATE}}"
    if signed > now:
        message = f"Signature not yet current: {stamp} is still later than {now + MAX_SKEW:{AMZ_DATE}}"
    return error("InvalidSignatureException", message)


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _version = head[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    return Request(method, path, {name.lower(): value for name, value in headers.items()})


async def _answer(
    behaviour: Behaviour, answer: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer as the behaviour says; whether the connection goes on."""
    if behaviour.delay_s:
        await asyncio.sleep(behaviour.delay_s)
    while behaviour.until is not None and not behaviour.until.is_set():  # noqa: ASYNC110 - a test's thread sets it
        await asyncio.sleep(0.02)
    octets, body_length = _http(behaviour, answer)
    match behaviour.ending:
        case Ending.ANSWER:
            writer.write(octets)
            await writer.drain()
            return True
        case Ending.HANG:
            await reader.read()  # until the client gives up
        case Ending.RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP_AT_ONCE)
        case Ending.TRICKLE:
            for position in range(len(octets)):
                writer.write(octets[position : position + 1])
                await writer.drain()
                await asyncio.sleep(behaviour.between_bytes_s)
            return True
        case Ending.TRUNCATE:
            writer.write(octets[: len(octets) - body_length // 2])
            await writer.drain()
        case Ending.DROP:
            pass
    return False


def _http(behaviour: Behaviour, answer: dict[str, Any]) -> tuple[bytes, int]:
    """The answer's octets, and how many of them are its body."""
    text = behaviour.body
    if behaviour.error is not None:
        text = json.dumps({"message": behaviour.body})
    body = (json.dumps(answer) if text is None else text).encode()
    lines = [
        f"HTTP/1.1 {behaviour.status} {REASONS.get(behaviour.status, 'Status')}",
        *([f"x-amzn-RequestId: {uuid.uuid4()}"] if behaviour.from_ses else []),
        *([f"x-amzn-ErrorType: {behaviour.error}"] if behaviour.error is not None else []),
        f"Content-Type: {behaviour.content_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body, len(body)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tests.ses_server", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--log", type=Path, required=True, help="file for the accepted messages, one JSON line each")
    parser.add_argument("--raw", action="store_true", help="keep the messages themselves in the log too")
    arguments = parser.parse_args()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # in the server's thread too, which inherits it
    with SesServer(log=arguments.log, port=arguments.port, log_raw=arguments.raw) as server:
        print(server.url, flush=True)  # noqa: T201 - the process that started it waits for this line
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
