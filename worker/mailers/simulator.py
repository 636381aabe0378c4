"""SES's mailbox simulator: addresses of no person, to which a letter may go at any time.

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

import re
from enum import StrEnum

_ADDRESS = re.compile(
    r"(success|bounce|ooto|complaint|suppressionlist)([+][A-Za-z0-9._-]{1,40})?@simulator[.]amazonses[.]com"
)


class Simulated(StrEnum):
    """What SES does with a letter to one of these addresses."""

    SUCCESS = "success"
    BOUNCE = "bounce"
    OUT_OF_OFFICE = "ooto"
    COMPLAINT = "complaint"
    SUPPRESSED = "suppressionlist"


def simulated(address: str) -> Simulated | None:
    """What SES simulates for this address, with any +label; None where it is not the simulator's."""
    found = _ADDRESS.fullmatch(address)
    return None if found is None else Simulated(found[1])
