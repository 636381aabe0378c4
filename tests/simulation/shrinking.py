"""Shrinks a failing run to the shortest list of choices that still fails in the same way.

First whole steps of the schedule are left out, then single choices, then what is left is made harmless (0) or smaller,
choice by choice. Each change that still fails in the same way is kept, until none is left that does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.simulation import Result

Run = Callable[[list[int]], Result]
MAX_RUNS = 3000


class _Spent(Exception):
    """No more runs are allowed."""


class Shrinker:
    """Shrinks one failing result. `run` runs a list of choices, `on_progress` is called with each shorter result."""

    def __init__(
        self,
        run: Run,
        failing: Result,
        *,
        max_runs: int = MAX_RUNS,
        on_progress: Callable[[Result], object] = id,
    ) -> None:
        assert failing.violation is not None, "nothing to shrink"
        self._run = run
        self._kind = failing.violation.kind
        self._left = max_runs
        self._on_progress = on_progress
        self.best = failing

    def shrink(self) -> Result:
        """Returns the shortest failing result that was found."""
        try:
            self._accept(self.best.choices)  # a recorded run ends where its choices do
            before = None
            while before != self.best.choices:
                before = self.best.choices
                self._leave_out_steps()
                self._leave_out_choices()
                self._make_harmless()
        except _Spent:
            pass
        return self.best

    def _accept(self, choices: list[int]) -> bool:
        """Run these choices; keep them if they fail in the same way."""
        if self._left == 0:
            raise _Spent
        self._left -= 1
        result = self._run(choices)
        if result.violation is None or result.violation.kind != self._kind:
            return False
        kept = _without_harmless_end(result.choices[: len(choices)])
        shorter = (len(kept), kept) < (len(self.best.choices), self.best.choices)
        if shorter:
            self.best = replace(result, choices=kept)
            self._on_progress(self.best)
        return shorter

    def _leave_out_steps(self) -> None:
        size = max(1, len(self.best.steps) // 2)
        while size:
            start = 0
            while start < len(self.best.steps):
                bounds = [*self.best.steps, len(self.best.choices)]
                first, after = bounds[start], bounds[min(start + size, len(bounds) - 1)]
                if first >= len(self.best.choices):
                    break
                if not self._accept(self.best.choices[:first] + self.best.choices[after:]):
                    start += size
            size //= 2

    def _leave_out_choices(self) -> None:
        for size in (8, 4, 2, 1):
            start = len(self.best.choices) - size
            while start >= 0:
                self._accept(self.best.choices[:start] + self.best.choices[start + size :])
                start -= size

    def _make_harmless(self) -> None:
        for index in range(len(self.best.choices) - 1, -1, -1):
            for smaller in self._smaller(index):
                self._accept([*self.best.choices[:index], smaller, *self.best.choices[index + 1 :]])

    def _smaller(self, index: int) -> Iterator[int]:
        """Smaller values of one choice, the smallest first, for as long as it has not become that small."""
        for value in (0, 1, 2, 3):
            if index < len(self.best.choices) and value < self.best.choices[index]:
                yield value


def _without_harmless_end(choices: list[int]) -> list[int]:
    """Past the end of the list every choice is 0, so zeros at the end say nothing."""
    end = len(choices)
    while end and choices[end - 1] == 0:
        end -= 1
    return choices[:end]
