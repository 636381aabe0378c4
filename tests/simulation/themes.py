"""What a seed tells most of: rare stories need several rare things in one order, so some seeds make those likelier.

A theme only changes how likely a choice is, never what it means: recorded choices are played without one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

Theme = Mapping[str, Mapping[str, float]]
"""What is chosen -> option -> how much likelier it is."""

_SHORT_TIMES = {"90000": 0.05, "4000": 0.2}

THEMES: Mapping[str, Theme] = {
    "anything": {},
    "what is under way": {
        "POST": {"under way": 10.0},
        "command": {"resolve": 6.0},
        "job begins": {"person": 2.5, "deliver": 1.5, "event": 0.3},
        "time": _SHORT_TIMES,
        "arrives in": {"880": 4.0},
        "decides in": {"1200": 6.0},
        "event": {"never": 3.0},
        "event is late": {"3600": 5.0},
    },
    "what came back": {
        "letter": {"comes back, and arrives after all": 16.0, "comes back, the mailbox is full": 5.0},
        "event is late": {"172800": 0.2},
        "time": {"90000": 8.0},
        "command": {"replay": 6.0},
        "job begins": {"event": 3.0, "periodic task": 1.5, "person": 2.0, "signup": 0.3},
    },
    "what the ledger loses": {
        "trouble": {"a snapshot is made": 5.0, "the ledger goes back": 5.0},
        "time": _SHORT_TIMES,
    },
}


_SHARES = (2, 3, 3, 2)


def theme_of(seed: int) -> Theme:
    """The theme of a seed."""
    return THEMES[random.Random(f"theme {seed}").choices(list(THEMES), _SHARES)[0]]
