"""A key for local use, made on first need and kept in a file."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from worker.errors import ConfigurationError

MIN_KEY_CHARS = 32


def local_key(path: Path) -> str:
    """Read the key at `path`, making it (mode 0600) if it is not there; safe when several processes or threads start.

    Raises ConfigurationError where it cannot be read or made, or is too short to be one of ours.
    """
    try:
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise ConfigurationError("WORKER_STATE_DIR", f"{path}: {error.strerror}") from None
    if len(key) < MIN_KEY_CHARS:
        raise ConfigurationError(
            "WORKER_STATE_DIR", f"{path} holds no key of {MIN_KEY_CHARS} characters; remove it to have one made"
        )
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own also among the threads of this process: another would write its key over the one in use.
    descriptor, mine = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(32))
    with contextlib.suppress(FileExistsError):
        os.link(mine, path)  # unlike rename, never replaces the key another process or thread has just made
    Path(mine).unlink()
