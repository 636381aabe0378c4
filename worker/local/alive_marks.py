"""Files by which `worker run` knows that its worker processes live and consume: one each, touched again and again.

Their times are of the monotonic clock, which all processes of a machine share and nobody sets.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

MARK_S = 5.0  # seconds between two marks of a process
LIVES_S = 60.0  # a process without a mark for this long counts as hung


def mark_alive(folder: Path) -> None:
    """Mark this process as alive and consuming. Raises OSError."""
    path, now = folder / str(os.getpid()), time.monotonic()
    path.touch()
    os.utime(path, (now, now))


def alive(folder: Path, *, within_s: float = LIVES_S) -> int:
    """How many processes were marked in the last `within_s` seconds."""
    now = time.monotonic()
    return sum(1 for path in folder.iterdir() if now - path.stat().st_mtime < within_s)
