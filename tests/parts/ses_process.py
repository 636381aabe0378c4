"""The tests' SES as a process of its own: it stays while workers are killed, and its CPU is not theirs."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.parts.ses_behaviour import Behaviour
from tests.ses_server import AcceptedMessage, read_log

ROOT = Path(__file__).resolve().parents[2]


class SesProcess:
    """A running server."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def tell(self, **script: Any) -> None:
        """Change the server's Script; names are its fields, Behaviours may be given as they are."""
        body = json.dumps(script, default=_as_json).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_script", data=body)).close()

    @property
    def posts(self) -> int:
        """How many SendEmail requests arrived."""
        with urllib.request.urlopen(f"{self.url}/_state") as answer:
            return int(json.load(answer)["posts"])

    @property
    def accepted(self) -> list[AcceptedMessage]:
        """What the log holds now."""
        return read_log(self._log)


def _as_json(value: Any) -> Any:
    return dataclasses.asdict(value) if isinstance(value, Behaviour) else list(value)


@contextlib.contextmanager
def ses_process(log: Path, *, raw: bool = False) -> Iterator[SesProcess]:
    """Start the server; ends it with the block."""
    command = [sys.executable, "-m", "tests.ses_server", "--log", str(log), *(["--raw"] if raw else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield SesProcess(process.stdout.readline().strip(), log)
        finally:
            process.terminate()
