"""What the world does to a simulation: processes die, freeze and start, the ledger goes back, Redis forgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.actors import SERVE, WORKERS, Actors
from tests.simulation.invariants import came_back_for_intents
from tests.simulation.parts import Parts
from tests.simulation.processes import start
from tests.simulation.world import World
from worker.ledger.signing_fence import SIGNING_FENCE_S

_FREEZES_S = {5.0: 1.0, 110.0: 2.0, SIGNING_FENCE_S - 20: 1.0, SIGNING_FENCE_S + 20: 1.0}
OTHER_LEDGER, OTHER_KEY = "another ledger", "another key"


@dataclass(slots=True)
class Troubles:
    """The troubles of one simulation. At most once in it the ledger goes back, or Redis forgets, and not both.

    What is lost in both at once is lost: the second witness is in Redis.
    """

    world: World
    parts: Parts
    actors: Actors
    lost_commits: bool = False
    redis_forgot: bool = False
    came_back: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _snapshot: Any = None
    _received: frozenset[int] = frozenset()

    def kill(self) -> None:
        """A process dies, or a command does."""
        owner = self._some_owner()
        if owner is not None:
            self.world.fault("a process dies" if owner in self.actors.processes else "a command dies")
            self.world.note(f"{owner} dies")
            self.world.schedule.kill(owner)
            self.actors.processes.pop(owner, None)
            self.actors.strangers.pop(owner, None)

    def freeze(self) -> None:
        """A process is stopped, and goes on later."""
        owner = self._some_owner()
        if owner is not None:
            seconds = self.world.seconds("freezes for", _FREEZES_S)
            self.world.fault("a process freezes")
            self.world.note(f"{owner} freezes for {seconds:g} s")
            self.world.schedule.frozen[owner] = self.world.clock.seconds + seconds

    def start(self) -> None:
        """A process that died is started again."""
        for name in (*WORKERS, SERVE):
            if name not in self.actors.processes:
                self.actors.start(name)
                self.world.note(f"{name} starts")
                return

    def start_stranger(self) -> None:
        """A worker of another ledger is started on this Redis, or a worker with another key on this ledger."""
        if self.redis_forgot or not self.parts.redis.owner():
            return
        kind = self.world.pick("stranger", {OTHER_LEDGER: 1.0, OTHER_KEY: 1.0})
        store = self.parts.other_store if kind == OTHER_LEDGER else self.parts.store
        key = "x" * 32 if kind == OTHER_KEY else None
        process = start(self.actors.around, kind, store=store, machine=self.actors.home / "other", key=key)
        self.actors.strangers[kind] = process
        self.world.fault(f"a worker with {kind} starts")

    def make_snapshot(self) -> None:
        """What a standby has, or a snapshot of the volume."""
        if self._snapshot is None and not self.redis_forgot:
            self._snapshot = self.parts.store.snapshot()
            self._received = frozenset(self.actors.website.receipts)
            self.world.note("a snapshot is made")

    def go_back(self) -> None:
        """The ledger loses what was committed since the snapshot."""
        if self._snapshot is None or self.lost_commits:
            return
        self.came_back = came_back_for_intents(self.actors.ledger, self.actors.ses.letters)
        self.parts.store.go_back_to(self._snapshot)
        self.lost_commits = True
        self.world.losses += 1
        self.world.fault("the ledger goes back")
        receipts = self.actors.website.receipts
        for number in receipts.keys() - self._received:
            del receipts[number]

    def empty_redis(self) -> None:
        """Redis loses everything: the queue, the limits and the witness."""
        if self._snapshot is not None or self.redis_forgot or self.actors.strangers:
            return
        self.parts.redis.empty(self.world)
        self.actors.queue.clear()
        self.redis_forgot = True
        self.world.fault("Redis forgets")

    def end(self) -> None:
        """The end of all trouble: what is frozen goes on, what died is started again, strangers have left."""
        self.world.schedule.frozen.clear()
        for name in list(self.actors.strangers):
            self.world.schedule.kill(name)
        self.actors.strangers.clear()
        for name in (*WORKERS, SERVE):
            if name not in self.actors.processes:
                self.actors.start(name)

    def _some_owner(self) -> str | None:
        """Mostly one that has something in its hands."""
        owners = sorted({task.owner for task in self.world.schedule.tasks})
        return owners[self.world.choices.number("owner", len(owners))] if owners else None
