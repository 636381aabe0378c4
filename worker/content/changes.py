"""What changed: dated statements, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.line import Line, line, soft, strong
from worker.report.report import Report

_MOST = 3


@dataclass(frozen=True, slots=True)
class Changes:
    """A list."""

    title: str
    lines: tuple[Line, ...]


def changes_of(report: Report) -> Changes | None:
    """The report's statements, the most specific first; None if it has none."""
    lines = tuple(
        line(strong(f"{statement.dated}."), f" {statement.text} ", soft(statement.source.partition(" (")[0]))
        for statement in report.statements[:_MOST]
    )
    return Changes("What changed", lines) if lines else None
