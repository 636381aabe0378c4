"""One real letter, composed once and given to everybody: what is in it plays no part in a simulation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.simulation.world import World
from worker.delivery.composer import Composed, Composer, Reader, Uncomposable

_READER = Reader("a" * 22, "ada@example.com", "ML Engineer", "ml-engineer", None)


class ReusedLetters:
    """Stands in for the composer of one process."""

    def __init__(self, composer: Composer, first: Composed, world: World) -> None:
        self._composer = composer
        self._first = first
        self._world = world

    def compose(self, reader: Reader, *, attempt_id: str, date: datetime) -> Composed | Uncomposable:
        """See Composer."""
        if self._world.trouble("compose", {"a letter": 40.0, "no letter can be made": 1.0}) != "a letter":
            return Uncomposable("simulated", shared=False)
        return replace(self._first, letter=replace(self._first.letter, recipient=reader.address))

    def rfc_message_id(self, attempt_id: str) -> str:
        """See Composer."""
        return self._composer.rfc_message_id(attempt_id)


def compose_first(composer: Composer, date: datetime) -> Composed:
    """The letter."""
    composed = composer.compose(_READER, attempt_id="0" * 32, date=date)
    assert isinstance(composed, Composed), composed
    return composed
