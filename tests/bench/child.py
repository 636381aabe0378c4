"""Programs that are measured from within: each is a process of its own, is asked to do something N times, and answers
with the CPU that it took, user and system, to the microsecond.

Imports nothing of the project, so that a program in another environment can use it too.
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


def answer(actions: Mapping[str, Callable[[int], float]]) -> None:
    """Serve a parent until it closes the pipe: each line asks for an action and a number, `{"do": "bare", "count": 9}`.

    An action does something so many times, and returns the CPU seconds of it.
    """
    print("{}", flush=True)  # noqa: T201 - ready
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"cpu_s": actions[asked["do"]](asked["count"])}), flush=True)  # noqa: T201


def spent_on(action: Callable[[int], object], count: int) -> float:
    """CPU seconds of `count` calls of the action; each gets its number."""
    before = cpu_s()
    for number in range(count):
        action(number)
    return cpu_s() - before


class Child:
    """Such a program, seen from its parent."""

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
        self._read()

    def cpu_s(self, do: str, count: int) -> float:
        """CPU seconds of one of `count` times of what is to be done."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, "count": count}), file=self._process.stdin, flush=True)
        return float(self._read()["cpu_s"]) / count

    def close(self) -> None:
        """End it, and wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a program of the benchmark has ended:\n{self._log.read_text()[-2000:]}")
        return dict(json.loads(line))


def write_letters(path: Path, letters: Sequence[Mapping[str, Any]]) -> None:
    """Keep letters, `message` in octets, for the programs that send them ready-made."""
    lines = [json.dumps({**letter, "message": base64.b64encode(letter["message"]).decode()}) for letter in letters]
    path.write_text("\n".join(lines), encoding="utf-8")


def read_letters(path: Path) -> list[dict[str, Any]]:
    """The inverse of `write_letters`."""
    letters = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{**letter, "message": base64.b64decode(letter["message"])} for letter in letters]
