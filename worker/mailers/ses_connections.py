"""Drops connections to SES before a network can have forgotten them.

A NAT gateway or a firewall forgets a connection that is idle for some minutes, and answers the next packet on it with a
reset: the letter is not accepted, and nobody can know. So no connection is used that is older than LIFE_S.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

LIFE_S = 20.0  # AWS's NAT gateways remember for 350 s, other networks for a minute; a new connection costs milliseconds


class YoungConnections:
    """Called by botocore before each request of `client`, and before the request is signed. Shared by threads."""

    def __init__(self, client: Any, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._since = clock()

    def __call__(self, **_event: Any) -> None:
        """Drop all connections if the oldest may be too old; those in use are dropped after their answer."""
        with self._lock:
            if self._clock() - self._since > LIFE_S:
                self._client.close()
                self._since = self._clock()
