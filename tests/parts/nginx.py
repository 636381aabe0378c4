"""A real nginx with `deploy/nginx.conf`: TLS, ports and files of this machine are all that a test changes in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.parts.programs import find_program
from tests.parts.tls_front import certificate
from tests.parts.watchdog import run_directory

CONFIG = Path(__file__).parents[2] / "deploy" / "nginx.conf"
_HOST = "127.0.0.1"
_AROUND = """
daemon off;
{account}
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/start.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    include {home}/worker.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """An nginx whose ports are taken and which does not run yet. `url` is its https address."""

    home: Path
    https: socket.socket
    http: socket.socket
    authority: Path

    @property
    def url(self) -> str:
        """The address behind which `worker serve` is."""
        return f"https://{_HOST}:{self.https.getsockname()[1]}"

    @property
    def plain_url(self) -> str:
        """The address without TLS."""
        return f"http://{_HOST}:{self.http.getsockname()[1]}"

    @contextlib.contextmanager
    def running(self, upstream: str) -> Iterator[None]:
        """Pass requests on to the `http://` address `upstream` until the block ends."""
        (self.home / "worker.conf").write_text(self._config(upstream))
        account = "user root;" if os.geteuid() == 0 else ""  # or its processes could not reach the run's files
        (self.home / "nginx.conf").write_text(_AROUND.format(home=self.home, account=account))
        sockets = [self.https.fileno(), self.http.fileno()]
        command = [
            find_nginx(),
            "-p",
            str(self.home),
            "-c",
            str(self.home / "nginx.conf"),
            "-e",
            str(self.home / "start.log"),
        ]
        process = subprocess.Popen(
            command,
            # It takes over sockets that already listen, as in its own upgrade: nobody else can take the ports.
            env={**os.environ, "NGINX": "".join(f"{number};" for number in sockets)},
            pass_fds=sockets,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
            assert process.poll() is None, self.logs()
        finally:
            process.terminate()
            process.wait()

    def logs(self) -> str:
        """Everything that it logged."""
        return "\n".join(path.read_text() for path in sorted(self.home.glob("*.log")))

    def _config(self, upstream: str) -> str:
        text = CONFIG.read_text(encoding="utf-8")
        for here, there in {
            "listen 80;": f"listen {self.plain_url.removeprefix('http://')};",
            "listen 443 ssl;": f"listen {self.url.removeprefix('https://')} ssl;",
            "server 127.0.0.1:8000;": f"server {upstream.removeprefix('http://')};",
            "/etc/ssl/certs/worker.pem": str(self.authority),
            "/etc/ssl/private/worker.key": str(self.authority),
            "/var/log/nginx/": f"{self.home}/",
            "worker.example.com": _HOST,
        }.items():
            assert here in text, f"{CONFIG.name} has no {here}"
            text = text.replace(here, there)
        return text


def find_nginx() -> str:
    """The path of nginx; without it the test is skipped, or fails."""
    return find_program("nginx", remedy="install the package nginx-light")


@contextlib.contextmanager
def nginx() -> Iterator[Nginx]:
    """Take two ports of this machine for an nginx of this test's own."""
    find_nginx()
    home = Path(tempfile.mkdtemp(prefix="nginx-", dir=run_directory()))
    with socket.create_server((_HOST, 0)) as https, socket.create_server((_HOST, 0)) as http:
        for listening in (https, http):
            listening.setblocking(False)  # as nginx expects of a socket that it takes over
        yield Nginx(home, https, http, certificate(home))
    shutil.rmtree(home, ignore_errors=True)
