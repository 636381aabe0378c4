"""Who runs: every job is a greenlet that hands over at each transaction, POST and sleep.

One thread, so nothing happens between two hand-overs but what the job itself does, and the order of everything is
decided by whoever calls `run`. A job that is killed is never run again; a frozen one not before its time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import greenlet

from tests.simulation.clock import Clock
from worker.errors import WorkerError


class Dead(BaseException):
    """Unwinds a killed job at the end of the simulation, when nothing can happen any more."""


class Task:
    """One job of an owner: a process, a person's command, the website."""

    def __init__(self, name: str, owner: str, greenlet_: greenlet.greenlet) -> None:
        self.name = name
        self.owner = owner
        self.greenlet = greenlet_
        self.where = "begin"
        self.wakes_at = 0.0
        self.if_killed: Callable[[], object] = lambda: None
        self.error: WorkerError | None = None

    @property
    def done(self) -> bool:
        """Whether the job has ended."""
        return bool(self.greenlet.dead)


class Scheduler:
    """Runs jobs, one hand-over at a time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tasks: list[Task] = []
        self.frozen: dict[str, float] = {}  # owner -> until when
        self.held = 0  # transactions under way: nobody hands over inside one
        self._killed: list[Task] = []
        self._hub = greenlet.getcurrent()
        self._by_greenlet: dict[greenlet.greenlet, Task] = {}
        self._closing = False

    @property
    def current(self) -> Task | None:
        """The job that runs; None for the simulation itself."""
        return self._by_greenlet.get(greenlet.getcurrent())

    def begin(self, name: str, owner: str, job: Callable[[], object]) -> Task:
        """A new job, which waits for its turn. An error of the error tree ends it; any other ends the simulation."""

        def body() -> None:
            try:
                job()
            except WorkerError as error:
                task.error = error
            except (Dead, greenlet.GreenletExit):
                return

        task = Task(name, owner, greenlet.greenlet(body, parent=self._hub))
        self._by_greenlet[task.greenlet] = task
        self.tasks.append(task)
        return task

    def hand_over(self, where: str) -> None:
        """Let others run. Does nothing in the simulation itself, or inside a transaction."""
        if self._closing:
            raise Dead
        task = self.current
        if task is None or self.held:
            return
        task.where = where
        self._hub.switch()
        if self._closing:
            raise Dead

    def sleep(self, seconds: float) -> None:
        """Let others run, and do not go on before `seconds` have passed."""
        task = self.current
        if task is None:
            self.clock.seconds += seconds
            return
        task.wakes_at = self.clock.seconds + seconds
        self.hand_over("sleeping")

    def runnable(self) -> list[Task]:
        """The jobs that could go on now, the oldest first."""
        now = self.clock.seconds
        return [task for task in self.tasks if task.wakes_at <= now and self.frozen.get(task.owner, 0.0) <= now]

    def idle_s(self) -> float:
        """Seconds until the first job can go on."""
        waits = (max(task.wakes_at, self.frozen.get(task.owner, 0.0)) for task in self.tasks)
        return max(0.0, min(waits) - self.clock.seconds)

    def run(self, task: Task) -> None:
        """Let one job go on to its next hand-over."""
        task.greenlet.switch()
        if task.done:
            self.tasks.remove(task)
            del self._by_greenlet[task.greenlet]

    def kill(self, owner: str) -> None:
        """Kill an owner: none of its jobs ever goes on."""
        killed = [task for task in self.tasks if task.owner == owner]
        self.tasks = [task for task in self.tasks if task.owner != owner]
        self._killed += killed
        self.frozen.pop(owner, None)
        for task in killed:
            task.if_killed()

    def close(self) -> None:
        """End what is left, without letting it do anything."""
        self._closing = True
        for task in self._killed + self.tasks:
            with contextlib.suppress(BaseException):
                task.greenlet.throw(Dead)
        self._killed.clear()
        self.tasks.clear()
        self._by_greenlet.clear()
