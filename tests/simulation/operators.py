"""Operators and readers of a simulation: what people do through commands and links, honestly, at any moment.

An operator who decides about an unknown send has looked at SES's own log before; between the look and the decision
time may pass, and a request that was under way may arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from tests.simulation.processes import Process
from tests.simulation.ses import Ses
from tests.simulation.variants import Variant
from tests.simulation.website import PEOPLE
from tests.simulation.world import World, short
from worker.intake.identity import Identity, read_address
from worker.ledger.lifecycle import ReportState
from worker.ledger.pauses import current_pause
from worker.ledger.refused_signups import RefusalSelection
from worker.ledger.schema import report
from worker.ledger.status import conservation
from worker.ledger.stopped_reports import Selection
from worker.ledger.store import Ledger
from worker.ledger.unknown_sends import unknown_sends
from worker.operations import pause, replay, resolve, restore
from worker.operations.pause import NotResumed
from worker.operations.resolve import Decision
from worker.privacy import suppression

ADA = "operator:ada"
WHY = "simulated"
_WEIGHTS = {"readmit": 0.3, "unsuppress": 0.4, "erase": 0.3, "pause": 0.3, "unsubscribe": 0.3, "undo unsubscribe": 0.2}
_STOPPED = (ReportState.FAILED, ReportState.QUARANTINED, ReportState.RETURNED)


@dataclass(frozen=True, slots=True)
class Operators:
    """Their commands. `process` is the one that their commands are: it has the installation's ledger and key."""

    world: World
    ses: Ses
    variant: Variant
    process: Process

    def commands(self) -> dict[str, Callable[[], object]]:
        """What they do, by name."""
        return {
            "replay": self.replay,
            "replay blindly": self.replay_blindly,
            "resolve": self.resolve,
            "readmit": self.readmit,
            "unsuppress": self.unsuppress,
            "erase": self.erase,
            "pause": self.pause,
            "resume": self.resume,
            "unsubscribe": self.unsubscribe,
            "undo unsubscribe": self.undo_unsubscribe,
        }

    def replay(self) -> None:
        """`worker replay`, as its plan says."""
        with self.process.ledger.read() as tx:
            planned = replay.plan(tx, Selection())
        done = replay.act(self.process.ledger, planned.safe_ids, actor=ADA, reason=WHY)
        self.world.note(f"replays {list(done.put_back)}")

    def replay_blindly(self) -> None:
        """`worker replay --id` of every report."""
        with self.process.ledger.read() as tx:
            ids = tx.execute(sa.select(report.c.id)).scalars().all()
        done = replay.act(self.process.ledger, ids, actor=ADA, reason=WHY)
        self.world.note(f"replays {list(done.put_back)}")

    def resolve(self) -> None:
        """Look at what is unknown, ask SES, and decide: at once, or after a while."""
        with self.process.ledger.read() as tx:
            found = unknown_sends(tx, limit=3)
        if not found:
            return
        unknown = found[self.world.choices.number("unknown", len(found)) if not self.world.calm else 0]
        looked_at, left = self.world.clock.now(), self.ses.accepted(unknown.attempt_id)
        self.world.note(f"sees that {short(unknown.attempt_id)} {'was' if left else 'was not'} accepted")
        self.world.schedule.sleep(self.world.seconds("decides in", {0.0: 3.0, 300.0: 1.0, 1200.0: 1.5}))
        if not self.variant.looks_are_dated:
            looked_at = self.world.clock.now()
        decision = Decision.SENT if left else Decision.ASSUME_UNSENT
        done = resolve.resolve(
            self.process.ledger, unknown.report_id, decision, actor=ADA, reason=WHY, looked_at=looked_at
        )
        why = f", refused: {done.why}" if isinstance(done, resolve.NotResolved) else ""
        self.world.note(f"decides {decision} about report {unknown.report_id}{why}")

    def readmit(self) -> None:
        """`worker readmit`, as its plan says."""
        planned = self.process.readmission.plan(RefusalSelection())
        done = self.process.readmission.act(planned.admissible_ids, actor=ADA, reason=WHY)
        self.world.note(f"readmits signups {list(done.admitted)}")

    def unsuppress(self) -> None:
        """`worker unsuppress`."""
        person, key = self._somebody()
        with self.process.ledger.write() as tx:
            lifted = suppression.unsuppress(tx, key, reason=WHY, actor=ADA, detail={})
        self.world.note(f"unsuppresses {person}: {lifted}")

    def erase(self) -> None:
        """`worker erase`."""
        person, key = self._somebody()
        wait_s = self.world.seconds("erase waits", {0.0: 1.0, 60.0: 1.0})
        done = self.process.eraser.erase(key, addresses=PEOPLE[person], actor=ADA, reason=WHY, wait_s=wait_s)
        self.world.note(f"erases {person}, confirmed: {done.confirmed}")

    def pause(self) -> None:
        """`worker pause`."""
        pause.pause(self.process.ledger, actor=ADA, reason=WHY)
        self.world.note("pauses sending")

    def resume(self) -> None:
        """`worker resume`; where the ledger looks like a restored backup, `worker restore-check` first."""
        done = pause.resume(self.process.ledger, actor=ADA, reason=WHY)
        if isinstance(done, NotResumed) and "restore-check" in done.why:
            marked = restore.declare(self.process.ledger, actor=ADA, reason=WHY)
            self.world.note(f"declares a restored backup: {marked} reports are unknown")
            done = pause.resume(self.process.ledger, actor=ADA, reason=WHY)
        self.world.note(f"resumes sending: {not isinstance(done, NotResumed)}")

    def unsubscribe(self) -> None:
        """A reader follows the link of the letter."""
        person, key = self._somebody()
        with self.process.ledger.write() as tx:
            suppression.unsubscribe(tx, key)
        self.world.note(f"{person} unsubscribes")

    def undo_unsubscribe(self) -> None:
        """A reader takes that back."""
        person, key = self._somebody()
        with self.process.ledger.write() as tx:
            lifted = suppression.undo_unsubscribe(tx, key)
        self.world.note(f"{person} undoes it: {lifted}")

    def _somebody(self) -> tuple[str, str]:
        person = self.world.pick("somebody", dict.fromkeys(PEOPLE, 1.0))
        return person, key_of(self.process.identity, PEOPLE[person][0])


def key_of(identity: Identity, email: str) -> str:
    """The recipient key of an address."""
    return identity.recipient_key(read_address(email))


def weighed(commands: Iterable[str], ledger: Ledger) -> dict[str, float]:
    """How likely each command is: those for which there is something to do are the likeliest."""
    with ledger.read() as tx:
        states, paused = conservation(tx).states, current_pause(tx) is not None
    stopped = any(states.get(state) for state in _STOPPED)
    now = {
        "replay": 5.0 if stopped else 0.2,
        "replay blindly": 2.0 if stopped else 0.1,
        "resolve": 8.0 if states.get(ReportState.UNKNOWN) else 0.1,
        "resume": 5.0 if paused else 0.1,
    }
    return {name: (now | _WEIGHTS)[name] for name in commands}
