"""The level of a task: a word, dots and a shade, so that none of them has to say it alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.report.report import Band


class Shade(StrEnum):
    """The colour of a level. What we could not place lies outside the scale."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Level:
    """`word` is "High exposure", `short` is "High"; `dots` are for the eye only: hide them from screen readers."""

    shade: Shade
    word: str
    short: str
    dots: str


_LEVELS = {
    Band.HIGH: Level(Shade.HIGH, "High exposure", "High", "●●●"),
    Band.MEDIUM: Level(Shade.MEDIUM, "Medium exposure", "Medium", "●●○"),
    Band.LOW: Level(Shade.LOW, "Low exposure", "Low", "●○○"),
    None: Level(Shade.NONE, "Not placed", "Not placed", "?"),
}


def level_of(band: Band | None) -> Level:
    """The level of a band; None is work that we could not place."""
    return _LEVELS[band]
