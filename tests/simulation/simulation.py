"""One simulation: what may happen next, step by step, and how the world comes to rest at the end."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import invariants
from tests.simulation.actors import Actors
from tests.simulation.choices import Choices, RecordedChoices, SeededChoices
from tests.simulation.invariants import Violation
from tests.simulation.parts import Parts
from tests.simulation.processes import LEASE_S
from tests.simulation.scheduler import Task
from tests.simulation.ses import Ses
from tests.simulation.troubles import Troubles
from tests.simulation.variants import PRODUCT, Variant
from tests.simulation.world import Line, World
from worker.errors import WorkerError
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.unexpected import unexpected_errors

STEPS = 180
JOBS_AT_ONCE = 5
ROUNDS = 12  # of a calm world, before what still moves counts as stuck
FEWEST_ROUNDS = 2
LONG_S = 3600.0  # in so long a time no living worker misses a look at the ledger's epoch
REST_S = 25 * 3600.0  # a letter that bounced is returned after a day
_STEPS = {"rest": 0.0, "a job goes on": 12.0, "a job begins": 5.0, "time passes": 1.5, "trouble": 1.0}
_TROUBLES = {
    "none": 0.3,
    "a process dies": 1.0,
    "a process freezes": 1.0,
    "a process starts": 4.0,
    "another installation": 0.3,
    "a snapshot is made": 0.5,
    "the ledger goes back": 0.4,
    "Redis forgets": 0.15,
}
_TIMES_S = {
    1.0: 3.0,
    6.0: 3.0,
    31.0: 3.0,
    110.0: 2.0,
    600.0: 1.0,
    SIGNING_FENCE_S + 100: 2.0,
    4000.0: 1.0,
    90_000.0: 0.7,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one simulation. `violation` is None where everything held."""

    choices: list[int]
    steps: list[int]
    trace: list[Line]
    faults: Counter[str]
    states: Mapping[str, int]
    letters: int
    violation: Violation | None = None


@dataclass(slots=True)
class Simulation:
    """One run."""

    world: World
    parts: Parts
    actors: Actors
    troubles: Troubles
    ses: Ses
    checked: int = 0
    actions: dict[str, Callable[[], object]] = field(default_factory=dict)

    @classmethod
    def made(cls, choices: Choices, parts: Parts, variant: Variant) -> Simulation:
        """A simulation at its beginning, on an empty ledger and an empty Redis."""
        world = World(choices)
        for store in (parts.store, parts.other_store):
            store.clock = world.clock
            store.empty()
        parts.redis.empty(world)
        ses = Ses(world)
        actors = Actors.made(world, parts, ses, variant)
        return cls(world, parts, actors, Troubles(world, parts, actors), ses)

    def run(self) -> Mapping[str, int]:
        """Run to the end; returns how many reports are in each state. Raises Violation."""
        self.actions = {
            "a job begins": self.actors.begin_job,
            "time passes": lambda: self.pass_time(self.world.seconds("time", _TIMES_S)),
            "none": lambda: None,
            "a process dies": self.troubles.kill,
            "a process freezes": self.troubles.freeze,
            "a process starts": self.troubles.start,
            "another installation": self.troubles.start_stranger,
            "a snapshot is made": self.troubles.make_snapshot,
            "the ledger goes back": self.troubles.go_back,
            "Redis forgets": self.troubles.empty_redis,
        }
        for _ in range(STEPS):
            self.world.choices.steps.append(len(self.world.choices.taken))
            if self.world.choices.exhausted or not self._step():
                break
        return self._come_to_rest()

    def _step(self) -> bool:
        """One step; False where the trouble is over."""
        step = self.world.pick("step", _STEPS)
        if step == "rest":
            return False
        if step == "trouble":
            step = self.world.pick("trouble", _TROUBLES, moody=True)
        if step != "a job goes on":
            if step != "a job begins" or len(self.world.schedule.tasks) < JOBS_AT_ONCE:
                self.actions[step]()
            return True
        runnable = self.world.schedule.runnable()
        if runnable:
            self._go_on(runnable[self.world.choices.number("job", len(runnable))])
        elif self.world.schedule.tasks:
            self.pass_time(self.world.schedule.idle_s())
        else:
            self.actors.begin_job()
        return True

    def _go_on(self, task: Task) -> None:
        try:
            self.world.schedule.run(task)
        except (Violation, WorkerError):
            raise
        except Exception as error:
            raise Violation("unexpected error", f"{task.name}: {type(error).__name__}: {error}") from error
        if task.done and task.error is not None:
            self.world.note(f"gives up: {type(task.error).__name__}", who=task.name)
        self._check_letters()

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what is under way arrives at its own time."""
        clock = self.world.clock
        until = clock.seconds + seconds
        while (arrival := self.ses.next_arrival()) is not None and arrival <= until:
            clock.seconds = max(clock.seconds, arrival)
            self.ses.arrive_due()
            self._check_letters()
        clock.seconds = until
        if seconds > LEASE_S:
            self.actors.resting.clear()
        self.parts.redis.set_clock(self.world)
        if seconds > LONG_S:
            self.actors.look_whether_ledger_went_back()

    def _check_letters(self) -> None:
        while self.checked < len(self.ses.letters):
            self.checked += 1
            letters = self.ses.letters[: self.checked]
            invariants.check_newest_letter(self.actors.ledger, letters, self.troubles.came_back)

    def _come_to_rest(self) -> Mapping[str, int]:
        """Nothing goes wrong any more: everything must come to rest in a visible state."""
        self.world.calm = True
        self.world.note("the trouble is over")
        self.troubles.end()
        self._finish()
        for number in range(ROUNDS):
            self.pass_time(REST_S)
            for name, owner, job in self.actors.calm_jobs(number):
                self.world.schedule.begin(name, owner, job)
                self._finish()
            if number + 1 >= FEWEST_ROUNDS and not self.actors.waiting and not invariants.in_motion(self.actors.ledger):
                break
        return invariants.check_at_rest(
            self.actors.ledger, self.ses.letters, self.actors.website, lost_commits=self.troubles.lost_commits
        )

    def _finish(self) -> None:
        """Run every job to its end."""
        while self.world.schedule.tasks:
            runnable = self.world.schedule.runnable()
            if runnable:
                self._go_on(runnable[0])
            else:
                self.pass_time(1.0)


def simulate(choices: Choices, parts: Parts, variant: Variant = PRODUCT) -> Result:
    """Run one simulation. The same choices give the same result."""
    simulation = Simulation.made(choices, parts, variant)
    world = simulation.world
    defects = _defects()
    states: Mapping[str, int] = {}
    violation = None
    try:
        with variant.in_force():
            states = simulation.run()
            if _defects() != defects:
                raise Violation("unexpected error", "counted as such by the product")
    except Violation as found:
        violation = found
        world.note(str(found))
    finally:
        world.schedule.close()
        shutil.rmtree(simulation.actors.home, ignore_errors=True)
    letters = len(simulation.ses.letters)
    return Result(choices.taken, choices.steps, world.trace, world.faults, states, letters, violation)


def of_seed(seed: int, parts: Parts, variant: Variant = PRODUCT) -> Result:
    """The simulation of a seed."""
    return simulate(SeededChoices(seed), parts, variant)


def of_choices(choices: list[int], parts: Parts, variant: Variant = PRODUCT) -> Result:
    """The simulation of recorded choices."""
    return simulate(RecordedChoices(choices), parts, variant)


def _defects() -> float:
    samples: list[Any] = [sample for metric in unexpected_errors().collect() for sample in metric.samples]
    return float(sum(sample.value for sample in samples if sample.name.endswith("_total")))
