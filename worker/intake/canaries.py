"""Canaries: signups of no person, whose letters SES's simulator takes, so that somebody notices first when none arrive.

`worker canary` signs one up over HTTP with the API token of this name. Such a token signs up nobody else.
"""

from __future__ import annotations

from worker.errors import InvalidSignup
from worker.mailers.simulator import Simulated, simulated

CANARY_TOKEN = "canary"  # noqa: S105 - the name of a token in WORKER_API_TOKENS
CANARY_ADDRESS = "success+canary@simulator.amazonses.com"


def require_canary(email: str) -> None:
    """Raises InvalidSignup unless the address is the simulator's for letters that arrive, with any +label."""
    if simulated(email) is not Simulated.SUCCESS:
        problem = f"the API token named {CANARY_TOKEN} signs up {CANARY_ADDRESS} alone; use another token for people"
        raise InvalidSignup([("email", problem)])
