"""Moments and durations as people and programs read them, the same on every page and in every command."""

from __future__ import annotations

from datetime import datetime

_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60))


def timestamp(moment: datetime | None) -> str:
    """`2026-11-28 19:30:00`: a moment to the second, in its own time zone; empty where there is none."""
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def iso(moment: datetime) -> str:
    """`2026-11-28T19:30:00+00:00`: a moment to the second, in its own time zone, as JSON and CSV give it."""
    return moment.isoformat(timespec="seconds")


def duration(seconds: float | None) -> str:
    """`3 hours`: a duration in the largest unit of which it holds at least two; `none` where there is none."""
    if seconds is None:
        return "none"
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
