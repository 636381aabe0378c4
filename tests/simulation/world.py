"""What every part of a simulation shares: time, chance, the schedule, and the trace of what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from tests.simulation.choices import Choices
from tests.simulation.clock import BEGIN, Clock
from tests.simulation.scheduler import Scheduler

LETTERS_AND_MORE = 16  # bytes of an attempt's id


class Line(NamedTuple):
    """One line of the trace."""

    at_s: float
    who: str
    what: str

    def __str__(self) -> str:
        return (
            f"{timedelta(seconds=int(self.at_s))!s:>16}.{round(self.at_s % 1 * 1000):03}  {self.who:<12}  {self.what}"
        )


class World:
    """One simulation. In a calm world nothing goes wrong any more, and no choice is made."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.clock = Clock()
        self.schedule = Scheduler(self.clock)
        self.trace: list[Line] = []
        self.faults: Counter[str] = Counter()
        self.calm = False
        self.losses = 0  # how often the ledger lost commits
        self._numbers: Counter[int] = Counter()

    def pick(self, what: str, options: Mapping[str, float], *, moody: bool = False) -> str:
        """One of `options`, name -> weight; in a calm world the first. `moody`: see SeededChoices."""
        return next(iter(options)) if self.calm else self.choices.pick(what, options, moody=moody)

    def seconds(self, what: str, options: Mapping[float, float]) -> float:
        """One of `options`, seconds -> weight."""
        return float(self.pick(what, {f"{seconds:g}": weight for seconds, weight in options.items()}))

    def trouble(self, what: str, options: Mapping[str, float]) -> str:
        """As `pick`, for jobs alone: what the simulation itself does never fails. What is not the first is a fault."""
        if self.calm or self.schedule.current is None:
            return next(iter(options))
        picked = self.choices.pick(what, options, moody=True)
        if picked != next(iter(options)):
            self.faults[f"{what}: {picked}"] += 1
            self.note(f"{what}: {picked}")
        return picked

    def fault(self, name: str) -> None:
        """Count a fault that the schedule made, and note it."""
        self.faults[name] += 1
        self.note(name, who="world")

    def note(self, what: str, *, who: str | None = None) -> None:
        """Add a line to the trace."""
        task = self.schedule.current
        self.trace.append(Line(self.clock.seconds, who or (task.name if task else "world"), what))

    def new_id(self, size: int) -> str:
        """Ids are counted, so that a trace can be read: the third attempt's is a 3 after many zeros."""
        self._numbers[size] += 1
        return f"{self._numbers[size]:0{2 * size}x}"

    def new_link_token(self) -> str:
        """The token of a report's links."""
        self._numbers[0] += 1
        return f"{self._numbers[0]:022}"

    def fraction(self) -> float:
        """How much a delay is spread."""
        return float(self.pick("spread", {"0.5": 4.0, "0": 1.0, "1": 1.0}))


def short(attempt_id: str) -> str:
    """An attempt as traces name it."""
    try:
        return f"attempt {int(attempt_id, 16)}"
    except ValueError:
        return attempt_id


__all__ = ["BEGIN", "Line", "World", "short"]
