"""Where the embedded redis-server of a state folder is, without redis-py, which is slow to import.

The socket's path is kept in the state folder, because the directory for temporary files may be another one for the next
process: a service's private /tmp, say.
"""

from __future__ import annotations

import os
from pathlib import Path

PID_FILE = "redis.pid"
SOCKET_FILE = "socket"


def home_of(state_dir: Path) -> Path:
    """The folder of the embedded server."""
    return (state_dir / "redis").absolute()


def known_socket(home: Path) -> Path | None:
    """The socket that the last server was started with; None where none was, or its file is damaged."""
    try:
        text = (home / SOCKET_FILE).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return Path(text) if text.startswith("/") else None


def living_process(home: Path) -> int | None:
    """The process id of the server, where it lives."""
    try:
        process = int((home / PID_FILE).read_text(encoding="ascii"))
        command = Path(f"/proc/{process}/cmdline").read_bytes() if Path("/proc/self").exists() else b"redis-server"
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process if b"redis" in command else None
