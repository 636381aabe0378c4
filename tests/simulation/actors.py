"""Who acts in a simulation: worker processes, `worker serve`, the website, SES's events, operators and readers.

Each action is a job, which may be killed or frozen in the middle. What its sender would repeat then is repeated: an
event that SES got no answer for, a signup that the website or the queue still has.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.simulation.operators import Operators, weighed
from tests.simulation.parts import Parts
from tests.simulation.processes import Process, Surroundings, start
from tests.simulation.ses import Event, Ses
from tests.simulation.variants import Variant
from tests.simulation.website import PEOPLE, Signup, Website
from tests.simulation.world import World, short
from worker.errors import WorkerError
from worker.ledger.channels import Lane
from worker.ledger.store import Ledger

WORKERS = ("w1", "w2")
SERVE = "serve"
COMMANDS = "commands"
FIRST = ("ada", "ben")  # who has signed up when a simulation begins
Job = Callable[[], object]

_JOBS = {
    "deliver": 10.0,
    "periodic task": 5.0,
    "signup": 1.5,
    "signup from the queue": 1.0,
    "signup again": 1.0,
    "event": 5.0,
    "person": 4.0,
}
_SIGNUPS_AT_MOST = 8
_WAKING = {"replay", "replay blindly", "resolve", "readmit", "resume"}
_TASKS = {"sweep": 5.0, "restore": 1.0, "installation": 1.0}


@dataclass(slots=True)
class Actors:
    """The actors of one simulation. `queue` holds report ids, as Redis's queue does: it may forget or repeat them."""

    world: World
    parts: Parts
    ses: Ses
    website: Website
    around: Surroundings
    queue: list[int]
    ledger: Ledger
    home: Path
    processes: dict[str, Process] = field(default_factory=dict)
    strangers: dict[str, Process] = field(default_factory=dict)
    resting: set[int] = field(default_factory=set)  # reports that a worker has looked at, and nobody woke since
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def made(cls, world: World, parts: Parts, ses: Ses, variant: Variant) -> Actors:
        """The actors at the beginning: two worker processes and `worker serve`, on an empty ledger."""
        queue: list[int] = []
        stopped: list[str] = []
        website = Website(world)

        def wake(ids: list[int], _lane: Lane) -> None:
            queue.extend(report_id for report_id in ids if report_id not in queue)

        def depth(lane: Lane) -> int:
            return len(queue) if lane is Lane.SERVER else 0

        around = Surroundings(world, ses, parts, variant, website, wake, depth, stopped.append)
        home = parts.home / "run"
        actors = cls(world, parts, ses, website, around, queue, Ledger(parts.store.engine, timeout_s=5.0), home)
        for name in (*WORKERS, SERVE, COMMANDS):
            actors.start(name)
        actors.processes[SERVE].installation_watch.check()
        for person in FIRST:
            actors.receive(actors.website.sign_up(person, "ML Engineer"))
        return actors

    def start(self, name: str) -> None:
        """Start a process of the installation. A worker first looks at the ledger's epoch, as `worker run` does."""
        self.processes[name] = start(self.around, name, store=self.parts.store, machine=self.home / name)
        if name in WORKERS:
            self.processes[name].restore_watch.notice_restore()

    def look_whether_ledger_went_back(self) -> None:
        """What every living worker does each ten seconds, and so in any long time.

        Without it a simulation would tell of workers that sweep for days, forget the marks of letters, and never look.
        """
        for name in self._workers():
            self._process(name).restore_watch.notice_restore()

    @property
    def waiting(self) -> bool:
        """Whether anything has not been received yet."""
        return bool(self.ses.events or self.website.unheard or self.website.queued)

    def begin_job(self) -> None:
        """Begin one job of somebody: what is picked, or something else where there is nothing of that to do."""
        jobs: dict[str, Callable[[], bool]] = {
            "deliver": self._begin_delivery,
            "periodic task": self._begin_periodic_task,
            "signup": self._begin_signup,
            "signup from the queue": self._begin_queued_signup,
            "signup again": self._begin_signup_again,
            "event": self._begin_event,
            "person": self._begin_command,
        }
        instead = (self._begin_delivery, self._begin_event, self._begin_sweep)
        any(begin() for begin in (jobs[self.world.pick("job begins", _JOBS)], *instead))

    def calm_jobs(self, number: int) -> Iterator[tuple[str, str, Job]]:
        """Everything that there is to do, once; each is done before the next begins. `number` counts the calls."""
        operators = Operators(self.world, self.ses, self.around.variant, self.processes[COMMANDS])
        yield "operator resumes", "operator", operators.resume
        for signup in self.website.queued[:]:
            self.website.take(signup)
            yield f"w1 receives {signup.number}", "w1", partial(self._receive_queued, "w1", signup)
        for signup in self.website.unheard[:]:
            yield f"serve receives {signup.number}", SERVE, partial(self.receive, signup)
        for task, job in self.processes["w1"].jobs():
            if task == "sweep" or number == 0:
                yield f"w1 {task}", "w1", job
        if number == 0:
            yield "w2 sweep", "w2", self.processes["w2"].sweeper.sweep  # its own spool
        for event in sorted(self.ses.events, key=lambda event: event.due_s):
            self.ses.events.remove(event)
            yield f"event {event.kind}", SERVE, partial(self._take, event)
        while self.queue:
            report_id = self.queue.pop(0)
            yield f"w1 deliver {report_id}", "w1", partial(self._deliver, self.processes["w1"], report_id)

    def _begin(self, name: str, owner: str, job: Job, *, again: Job | None = None) -> bool:
        """Begin a job; `again` is done where it is killed or fails. Returns True."""

        def body() -> None:
            try:
                job()
            except WorkerError:
                if again is not None:
                    again()
                raise

        task = self.world.schedule.begin(name, owner, body)
        if again is not None:
            task.if_killed = again
        return True

    def _one_of(self, what: str, names: list[str]) -> str:
        return names[self.world.choices.number(what, len(names))]

    def _workers(self) -> list[str]:
        return [name for name in (*WORKERS, *self.strangers) if name in self.processes or name in self.strangers]

    def _process(self, name: str) -> Process:
        return self.strangers[name] if name in self.strangers else self.processes[name]

    def _begin_delivery(self) -> bool:
        known = sorted({each.report_id for each in self.website.receipts.values() if each.report_id})
        reports = self.queue or [report_id for report_id in known if report_id not in self.resting]
        names = self._workers()
        if not names or not reports:
            return False
        name = self._one_of("worker", names)
        report_id = reports[self.world.choices.number("report", len(reports))]
        if report_id in self.queue:
            self.queue.remove(report_id)
        self.resting.add(report_id)
        process = self._process(name)
        return self._begin(f"{name} deliver {report_id}", name, lambda: self._deliver(process, report_id))

    def _deliver(self, process: Process, report_id: int) -> None:
        self.world.note(f"report {report_id}: {process.deliverer.deliver(report_id)}")

    def _begin_periodic_task(self) -> bool:
        return self._begin_task(self.world.pick("task", _TASKS))

    def _begin_sweep(self) -> bool:
        return self._begin_task("sweep")

    def _begin_task(self, task: str) -> bool:
        names = self._workers()
        if not names:
            return False
        name = self._one_of("worker", names)
        return self._begin(f"{name} {task}", name, dict(self._process(name).jobs())[task])

    def _begin_signup(self) -> bool:
        if len(self.website.signups) >= _SIGNUPS_AT_MOST:
            return False
        signup = self.website.sign_up(self.world.pick("person", dict.fromkeys(PEOPLE, 1.0)))
        if signup in self.website.unheard and SERVE in self.processes:
            self._begin(f"website signup {signup.number}", SERVE, lambda: self.receive(signup))
        return True

    def _begin_signup_again(self) -> bool:
        signups = self.website.unheard
        if not signups or SERVE not in self.processes:
            return False
        signup = signups[self.world.choices.number("signup", len(signups))]
        return self._begin(f"website signup {signup.number}", SERVE, lambda: self.receive(signup))

    def receive(self, signup: Signup) -> None:
        """Receive a signup over HTTP."""
        losses = self.world.losses
        receipt = self.processes[SERVE].receiver.receive(signup.payload, channel=signup.channel)
        self.website.hear(signup, receipt, losses=losses)

    def _begin_queued_signup(self) -> bool:
        names, queued = self._workers(), self.website.queued
        if not names or not queued:
            return False
        name = self._one_of("worker", names)
        signup = queued[self.world.choices.number("signup", len(queued))]
        self.website.take(signup)
        return self._begin(
            f"{name} signup {signup.number}", name, lambda: self._receive_queued(name, signup),
            again=lambda: self.website.put_back(signup),
        )  # fmt: skip

    def _receive_queued(self, name: str, signup: Signup) -> None:
        process = self._process(name)
        process.installation_watch.require_confirmed()
        losses = self.world.losses
        receipt = process.receiver.receive(signup.payload, channel=signup.channel)
        self.website.hear(signup, receipt, losses=losses)

    def _begin_event(self) -> bool:
        due = self.ses.due_events()
        if not due or SERVE not in self.processes:
            return False
        event = due[self.world.choices.number("event", len(due))]
        self.ses.events.remove(event)
        return self._begin(
            f"event {event.kind}", SERVE, lambda: self._take(event), again=lambda: self.ses.events.append(event)
        )

    def _take(self, event: Event) -> None:
        recorded = self.processes[SERVE].feedback.take(event.text())
        self.world.note(f"{event.kind} of {short(event.letter.request.attempt_id)}: {recorded}")

    def _begin_command(self) -> bool:
        """Mostly a command that has something to do."""
        number = next(self._numbers)
        name = f"person {number}"
        commands = Operators(self.world, self.ses, self.around.variant, self.processes[COMMANDS]).commands()
        command = self.world.pick("command", weighed(commands, self.ledger))
        if command in _WAKING:
            self.resting.clear()
        return self._begin(f"{name}: {command}", name, commands[command])
