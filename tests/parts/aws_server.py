"""SQS and SNS over HTTP on loopback: moto's services behind the standard library's server, for the real boto3."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from moto.moto_api._internal.models import moto_api_backend

REGION = "eu-west-1"


class AwsServer:
    """A running server. `down` makes it refuse everything with a 503; `calls` lists the operations that came."""

    def __init__(self) -> None:
        self.down = False
        self.calls: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 finds this server."""
        return {
            "AWS_ENDPOINT_URL_SQS": self.url,
            "AWS_ENDPOINT_URL_SNS": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "no-secret",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """A plain boto3 client of this server, for the test itself."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # a name known only when the test runs
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="no-secret",
        )

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no longer; forget everything."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        moto_api_backend.reset()

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's own below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                service = self.headers.get("Authorization", "").split("/")[3]
                server.calls.append(_operation(self.headers.get("X-Amz-Target", ""), body))
                status, headers, answer = (503, {}, "") if server.down else self._ask_moto(service, body)
                octets = answer.encode() if isinstance(answer, str) else answer
                self.send_response(int(status))
                for name, value in headers.items():
                    if name.lower() not in {"content-length", "server", "date"}:
                        self.send_header(name, str(value))
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                with contextlib.suppress(OSError):  # the client was killed while it waited
                    self.wfile.write(octets)

            def _ask_moto(self, service: str, body: bytes) -> Any:
                headers = HTTPHeaders()
                for name, value in self.headers.items():
                    headers[name] = value
                url = f"https://{service}.{REGION}.amazonaws.com{self.path}"
                request = AWSPreparedRequest("POST", url, headers, body, stream_output=False)
                return BotocoreStubber().process_request(request)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Say nothing."""

        return Handler


def _operation(target: str, body: bytes) -> str:
    """The operation that a request asks for: SQS names it in a header, SNS in the form."""
    return target.rpartition(".")[2] or parse_qs(body.decode("latin-1")).get("Action", [""])[0]


@contextlib.contextmanager
def aws_server() -> Iterator[AwsServer]:
    """Start a server; it and all it holds are gone with the block."""
    server = AwsServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
