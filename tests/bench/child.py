"""Programs that are measured from within.

Each is a process of its own, is asked to send N letters, and answers with the CPU that they took, user and system, to
the microsecond. Imports nothing of the project, so that a program in another environment can use it too.
"""

from __future__ import annotations

import base64
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def answer(action: Callable[[int], Mapping[str, float]]) -> None:
    """Serve a parent until it closes the pipe: each line asks for a number of letters.

    The action sends as many, and returns the CPU seconds that they took, by what these were spent on.
    """
    print("{}", flush=True)  # noqa: T201 - ready
    for line in sys.stdin:
        print(json.dumps(action(int(line))), flush=True)  # noqa: T201


class BenchError(Exception):
    """Something could not be measured; the text says what and why."""


class Child:
    """Such a program, seen from its parent. It starts by itself; whoever first asks it waits until it is ready."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self._ready = False

    def spend(self, count: int) -> dict[str, float]:
        """CPU seconds of one of `count` letters, by what they are spent on."""
        assert self._process.stdin is not None
        if not self._ready:
            self._ready = self._read() == {}
        print(count, file=self._process.stdin, flush=True)
        return {name: seconds / count for name, seconds in self._read().items()}

    def close(self) -> None:
        """End it, and wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError(f"a program of the benchmark has ended:\n{self._log.read_text()[-2000:]}")
        return dict(json.loads(line))


def write_letters(path: Path, letters: Sequence[Mapping[str, Any]]) -> None:
    """Keep letters, `message` in octets, for the programs that send them ready-made."""
    lines = [json.dumps({**letter, "message": base64.b64encode(letter["message"]).decode()}) for letter in letters]
    path.write_text("\n".join(lines), encoding="utf-8")


def read_letters(path: Path) -> list[dict[str, Any]]:
    """The inverse of `write_letters`."""
    letters = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{**letter, "message": base64.b64decode(letter["message"])} for letter in letters]
