"""Everything that is left to chance in a simulation, as one list of numbers.

A run is a function of its choices: the same list gives the same run. A seed makes such a list; a recorded list is
played again, and past its end every choice is the first option, which is always the harmless one. So a shorter list is
a simpler run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Protocol

from tests.simulation.themes import theme_of

MOODS = (0.0, 0.3, 1.0, 1.0, 4.0)  # how much likelier than usual a seed makes one kind of trouble


class Choices(Protocol):
    """Makes choices and keeps them. `steps` are the places in `taken` at which a step of the schedule begins."""

    taken: list[int]
    steps: list[int]

    @property
    def exhausted(self) -> bool:
        """Whether nothing but first options is left."""

    def pick(self, what: str, options: Mapping[str, float], *, moody: bool = False) -> str:
        """Pick one of `options`, name -> weight. The first is the harmless one. `moody`: it depends on the moods."""

    def number(self, what: str, count: int) -> int:
        """Pick a number below `count`."""


class SeededChoices:
    """The choices of a seed, which has a theme, and moods: some kinds of trouble never happen, others all the time."""

    exhausted = False

    def __init__(self, seed: int) -> None:
        self.taken: list[int] = []
        self.steps: list[int] = []
        self._seed = seed
        self._random = random.Random(seed)
        self._theme = theme_of(seed)
        self._moods: dict[str, list[float]] = {}

    def pick(self, what: str, options: Mapping[str, float], *, moody: bool = False) -> str:
        """See Choices."""
        favoured = self._theme.get(what, {})
        names = list(options)
        weights = [weight * favoured.get(name, 1.0) for name, weight in options.items()]
        if moody:  # no mood rules out what is harmless
            weights[1:] = [weight * self._mood(what, name) for name, weight in zip(names[1:], weights[1:], strict=True)]
        if not any(weights):
            return self._take(0, names)
        return self._take(self._random.choices(range(len(names)), weights)[0], names)

    def number(self, what: str, count: int) -> int:
        """See Choices."""
        self.taken.append(self._random.randrange(count))
        return self.taken[-1]

    def _take(self, index: int, names: Sequence[str]) -> str:
        self.taken.append(index)
        return names[index]

    def _mood(self, what: str, name: str) -> float:
        """Does not depend on the order in which choices are made."""
        moods = self._moods.setdefault(f"{what} {name}", [])
        if not moods:
            moods.append(random.Random(f"{self._seed} {what} {name}").choice(MOODS))
        return moods[0]


class RecordedChoices:
    """Choices made before."""

    def __init__(self, recorded: Sequence[int]) -> None:
        self.taken: list[int] = []
        self.steps: list[int] = []
        self._recorded = recorded

    @property
    def exhausted(self) -> bool:
        """See Choices."""
        return len(self.taken) >= len(self._recorded)

    def pick(self, what: str, options: Mapping[str, float], *, moody: bool = False) -> str:
        """See Choices."""
        return list(options)[self.number(what, len(options))]

    def number(self, what: str, count: int) -> int:
        """See Choices."""
        made = 0 if self.exhausted else self._recorded[len(self.taken)]
        self.taken.append(made if made < count else 0)  # after an earlier change, this choice may have fewer options
        return self.taken[-1]
