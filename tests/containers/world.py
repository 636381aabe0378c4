"""The containers and volumes of one trial, and what can be done with them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.containers.compose_file import BUILT, Service, read_services
from tests.containers.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
OWN_IMAGE = "localhost/exposure-report-worker:trial"
HOSTS = "127.0.0.1 localhost redis postgres\n"
"""All containers share one network, so each is at this address."""
SES = "http://127.0.0.1:8025"
TOKEN = "a-token-of-the-trial-of-20"
WAIT_S = 180.0
_POST = """
import json, sys, urllib.request
for name in sys.argv[2:]:
    signup = {"version": 1, "signup_id": name, "email": name + "@example.com", "role": "ml-engineer"}
    request = urllib.request.Request("http://127.0.0.1:8000/v1/signups", json.dumps(signup).encode(),
        {"Authorization": "Bearer " + sys.argv[1], "Content-Type": "application/json"})
    assert urllib.request.urlopen(request, timeout=30).status == 202
"""
_GET = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=30).read().decode())"


class TrialFailed(Exception):
    """Something is not as it should be; the message says what."""


class World:
    """One set of containers and volumes, of one mailer."""

    def __init__(self, engine: Engine, mailer: str, images: dict[str, str], scratch: Path) -> None:
        self.engine = engine
        self.prefix = f"exposure-trial-{mailer}-{secrets.token_hex(3)}"
        environ = environment(mailer)
        self.services = read_services(
            ROOT / "docker-compose.yml",
            environ,
            images={**images, BUILT: OWN_IMAGE},
            scratch=scratch,
            prefix=self.prefix,
        )
        self._made: list[str] = []
        self._hosts = scratch / "hosts"
        self._hosts.write_text(HOSTS)

    def name(self, service: str) -> str:
        """The name of a service's container."""
        return f"{self.prefix}-{service}"

    def open(self) -> None:
        """Make the network that all share, with the SES server in it."""
        options = (
            "--network=none", "--tmpfs=/tmp", "--env=PYTHONPATH=/repository", "--workdir=/tmp",
            f"--volume={ROOT}/tests:/repository/tests:ro", "--entrypoint=python",
        )  # fmt: skip
        command = ("-m", "tests.ses_server", "--port", "8025", "--log", "/tmp/ses.jsonl")
        self._create("ses", OWN_IMAGE, *command, options=options)
        self.engine("start", self.name("ses"))
        network = f"--network=container:{self.name('ses')}"
        for service in self.services.values():
            self._create(service.name, service.image, *service.command, options=(network, *service.options))

    def _create(self, name: str, image: str, *command: str, options: Sequence[str]) -> None:
        self.engine.create(self.name(name), image, *command, options=options, hosts=self._hosts)
        self._made.append(name)

    def start(self, *names: str) -> None:
        """Start services, and wait until each is healthy by its own check."""
        for name in names:
            self.engine("start", self.name(name))
            wait_for(lambda: self.healthy(self.services[name]), f"{name} is healthy", lambda: self.logs(name))  # noqa: B023

    def healthy(self, service: Service) -> bool:
        """Whether the service's own check is content."""
        return self.engine.inside(self.name(service.name), *service.healthcheck).returncode == 0

    def migrate(self) -> None:
        """Run the service that ends. Raises TrialFailed where it ends badly."""
        ended = self.engine.attempt("start", "--attach", self.name("migrate"))
        expect(ended.returncode == 0, f"migrate: {ended.stdout}{ended.stderr}")

    def stop(self, name: str) -> None:
        """Stop a service; it must end by itself, with status 0."""
        self.engine("stop", self.name(name))
        status = self.engine("inspect", "--format={{.State.ExitCode}}", self.name(name)).strip()
        expect(status == "0", f"{name} ends with status {status} when it is stopped: {self.logs(name)}")

    def worker(self, *words: str) -> str:
        """What `worker ...` prints in the worker's container."""
        ended = self.engine.inside(self.name("worker"), "worker", *words)
        expect(ended.returncode == 0, f"worker {' '.join(words)}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def sign_up(self, *names: str) -> None:
        """Sign people up over HTTP, from within the network."""
        ended = self.engine.inside(self.name("serve"), "python", "-c", _POST, TOKEN, *names)
        expect(ended.returncode == 0, f"signup over HTTP: {ended.stderr}")

    def accepted(self) -> int:
        """How many letters SES has accepted."""
        ended = self.engine.inside(self.name("ses"), "python", "-c", _GET, f"{SES}/_state")
        return int(json.loads(ended.stdout)["accepted"]) if ended.returncode == 0 else -1

    def sent(self) -> int:
        """How many reports the ledger calls sent; the sums must hold."""
        ended = self.engine.inside(self.name("worker"), "worker", "status", "--json")  # 1 where somebody must act
        expect(ended.returncode in (0, 1), f"worker status: {ended.stdout}{ended.stderr}")
        status = json.loads(ended.stdout)
        return int(status["conservation"]["states"]["sent"])

    def logs(self, name: str) -> str:
        """The end of a container's log."""
        ended = self.engine.attempt("logs", "--tail=25", self.name(name))
        return ended.stdout + ended.stderr

    def close(self) -> None:
        """Remove containers and volumes."""
        for name in reversed(self._made):
            self.engine.attempt("rm", "--force", "--volumes", self.name(name))
        for volume in ("postgres-data", "redis-data", "worker-state"):
            self.engine.attempt("volume", "rm", f"{self.prefix}-{volume}")


def environment(mailer: str) -> dict[str, str]:
    """The .env file."""
    return {
        "POSTGRES_PASSWORD": secrets.token_hex(12), "REDIS_PASSWORD": secrets.token_hex(12), "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "no-secret", "AWS_ENDPOINT_URL_SESV2": SES,
        "AWS_EC2_METADATA_DISABLED": "true", "WORKER_MAILER": mailer, "WORKER_SEND_RATE_PER_S": "50",
        "WORKER_FROM": "AI Exposure Report <reports@outlook.example.com>", "WORKER_API_TOKENS": f"trial={TOKEN}",
        "WORKER_PUBLIC_URL": "https://outlook.example.com", "WORKER_POSTAL_ADDRESS": "1 Example Street, Example City",
        "WORKER_SECRET_KEY": secrets.token_hex(16), "WORKER_IDENTITY_KEY": secrets.token_hex(16),
    }  # fmt: skip


def expect(holds: bool, problem: str) -> None:
    """Raises TrialFailed with the problem unless it holds."""
    if not holds:
        raise TrialFailed(problem)


def wait_for(condition: Callable[[], bool], what: str, describe: Callable[[], str] = str) -> None:
    """Wait until the condition holds. Raises TrialFailed after WAIT_S seconds."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        expect(time.monotonic() < deadline, f"timed out: {what}\n{describe()}")
        time.sleep(0.5)
