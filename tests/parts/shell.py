"""Runs `worker` commands as a person types them, in this process."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from worker.cli.main import run


class Shell:
    """Runs `worker` in a directory and an environment of its own."""

    def __init__(self, home: Path, environment: pytest.MonkeyPatch) -> None:
        self.home = home
        self._environment = environment

    def __call__(self, *arguments: str, expect: int = 0, stdin: str | bytes = "", **environment: str) -> str:
        printed = io.StringIO()
        with self._environment.context() as changed:
            for name, value in environment.items():
                changed.setenv(name, value)
            changed.setattr(
                "sys.stdin", io.TextIOWrapper(io.BytesIO(stdin if isinstance(stdin, bytes) else stdin.encode()))
            )
            umask = os.umask(0o022)  # a command narrows it for its whole process, which is the test's here
            try:
                with redirect_stdout(printed), redirect_stderr(printed), pytest.raises(SystemExit) as ended:
                    run(arguments)
            finally:
                os.umask(umask)
        assert (ended.value.code or 0) == expect, printed.getvalue()
        return printed.getvalue()
