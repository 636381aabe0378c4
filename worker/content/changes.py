"""What changed: dated statements, each with its source, and what was seen in use where that calls for a reading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from worker.content.line import Line, line, strong
from worker.report.report import Report

_MOST = 3
_CACHED_SOURCES = 256  # the catalogue has fewer


@dataclass(frozen=True, slots=True)
class Changes:
    """A list."""

    title: str
    lines: tuple[Line, ...]


@lru_cache(_CACHED_SOURCES)
def publisher(source: str) -> str:
    """Who published a source: `Anthropic`, `Humlum, Vestergaard`, `Fang et al.`; the report page has title and year."""
    parts = source.partition(" (")[0].split(", ")
    if len(parts) > 2:
        return f"{parts[0]} et al."
    return ", ".join(parts) if " " not in parts[-1] else parts[0]


def changes_of(report: Report) -> Changes | None:
    """The report's statements, the most specific first; None if there are none.

    Where we have a reading of why use lies beside the labels as it does, use comes first, then the first statement and
    the last.
    """
    lines = [_line(statement.dated, statement.text, statement.source) for statement in report.statements[:_MOST]]
    use = report.observed
    if use is not None and use.ours:
        lines = [_line(use.dated, f"{use.text} {use.reading}", use.source), *lines[:1], *lines[1:][-1:]]
    return Changes("What changed", tuple(lines)) if lines else None


def _line(dated: str, text: str, source: str) -> Line:
    return line(strong(f"{publisher(source)}, {dated}."), f" {text}")
