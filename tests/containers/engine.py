"""Podman or Docker, by its command line, which is the same for what is needed here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 1800
BUILD_OPTIONS = "TRY_CONTAINERS_BUILD_OPTIONS"
"""The environment variable with options of `build` that this machine needs, such as --network=host."""


class EngineFailed(Exception):
    """A command of the engine failed; the message has its last lines."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The program, and options that every call needs."""

    program: str

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command; returns what it printed. Raises EngineFailed."""
        ended = self.attempt(*arguments, stdin=stdin)
        if ended.returncode != 0:
            last = (ended.stdout + ended.stderr).strip().splitlines()[-15:]
            raise EngineFailed(f"{self.program} {' '.join(arguments[:6])} ...: " + "\n".join(last))
        return ended.stdout

    def attempt(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever its end."""
        command = [self.program, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, input=stdin or ""
        )

    def build(self, file: Path, *, tag: str, context: Path) -> None:
        """Build an image. Raises EngineFailed."""
        options = shlex.split(os.environ.get(BUILD_OPTIONS, ""))
        self("build", *options, "--file", str(file), "--tag", tag, str(context))

    def create(self, name: str, image: str, *command: str, options: Sequence[str], hosts: Path) -> None:
        """Make a container that does not run yet, with `hosts` as its /etc/hosts. Raises EngineFailed."""
        self("create", f"--name={name}", f"--volume={hosts}:/etc/hosts:ro", *options, image, *command)

    def inside(self, container: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a running container, whatever its end."""
        return self.attempt("exec", container, *command)

    def has(self, image: str) -> bool:
        """Whether the image is on this machine."""
        return self.attempt("image", "inspect", image).returncode == 0

    def pull(self, images: Sequence[str]) -> bool:
        """Fetch images that are not on this machine; False where a registry cannot be reached."""
        return all(self.has(image) or self.attempt("pull", "--quiet", image).returncode == 0 for image in images)


def find_engine() -> Engine | None:
    """The engine of this machine, podman first; None where there is none that works."""
    for program in ("podman", "docker"):
        if shutil.which(program):
            engine = Engine(program)
            if engine.attempt("info").returncode == 0:
                return engine
    return None
