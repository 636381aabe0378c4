"""What the benchmark finds: figures with their bars, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One figure and its bar, if it has one; `at_least` turns the bar round."""

    name: str
    figure: float
    bar: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the bar is met; True where there is none."""
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        verdict = "      " if self.bar is None else "ok    " if self.met else "MISSED"
        return f"{verdict} {self.name:<66} {self.figure:7.2f}" + (f"   bar {sign} {self.bar:g}" if self.bar else "")


@dataclass(slots=True)
class Results:
    """All that one run found. `each` has CPU by what it was spent on, in bare calls: 1 is what a bare call costs."""

    lines: list[Line] = field(default_factory=list)
    each: dict[str, float] = field(default_factory=dict)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    """For each kind of ledger, what each stage costs, and `whole`, the worker itself."""
    rounds: dict[str, list[float]] = field(default_factory=dict)
    """What `each` has the medians of."""
    latency: dict[str, dict[str, float]] = field(default_factory=dict)
    """For each pace the percentiles of latency, in milliseconds."""
    memory: dict[str, int] = field(default_factory=dict)
    """After how many reports a worker process had how many octets in its proportional set."""
    notes: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Keep them as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Results:
        """The inverse of `write`."""
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**kept, "lines": [Line(**line) for line in kept["lines"]]})

    def table(self) -> str:
        """The lines, then the stages, as text."""
        parts = [str(line) for line in self.lines]
        for ledger, stages in self.stages.items():
            parts += ["", f"{ledger}, CPU of a letter in bare calls:"]
            parts += [f"       {name:<66} {figure:7.2f}" for name, figure in stages.items()]
        for pace, percentiles in self.latency.items():
            figures = ", ".join(f"{name} {figure:.0f} ms" for name, figure in percentiles.items())
            parts += ["", f"from commit to acceptance at {pace} pace: {figures}"]
        return "\n".join([*parts, *(f"note: {note}" for note in self.notes)])
