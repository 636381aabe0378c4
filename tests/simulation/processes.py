"""Worker processes of a simulation, each put together as `worker.boot.worker` does it, with simulated edges.

A process is on a machine, whose spool outlives it. It has one ledger, one identity key, and the Redis that all share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.simulation.ledgers import SimulatedLedger, Store
from tests.simulation.letters import ReusedLetters
from tests.simulation.mailer import SimulatedMailer
from tests.simulation.parts import Parts
from tests.simulation.redis_side import SimulatedRedis
from tests.simulation.ses import Ses
from tests.simulation.variants import NoWitness, Variant
from tests.simulation.website import PEOPLE, Website
from tests.simulation.world import World
from worker.delivery.breaker import Breaker, Thresholds
from worker.delivery.deliver import Deliverer, Policy
from worker.delivery.disposition import AttemptResult
from worker.delivery.sources import Sources
from worker.delivery.spool import Spool
from worker.delivery.witness import Witness
from worker.errors import InvalidSignup
from worker.feedback.recorder import FeedbackRecorder
from worker.intake.identity import Identity, read_address
from worker.intake.limits import LimitCounter
from worker.intake.readmit import Readmission
from worker.intake.receive import Receiver
from worker.intake.signup_limits import Limits, SignupLimits
from worker.ledger.channels import Lane
from worker.mailers.pacing import RedisPacer
from worker.maintenance.installation_watch import InstallationWatch
from worker.maintenance.lost_commits import LostCommits
from worker.maintenance.recoveries import list_recoveries
from worker.maintenance.sweep import Sweeper
from worker.operations.installation import require_ours
from worker.operations.restore import HighWaterMark, RestoreWatch
from worker.privacy.eraser import Eraser
from worker.privacy.queued_signups import Withdrawn
from worker.redis_owner import RedisOwner
from worker.setting_types import Secret

LEASE_S = 100.0
LETTERS_PER_S = 5.0
LIMITS = Limits(per_source=4, per_domain=100, total=1000, per_mailbox=2)


class SimulatedSpool(Spool):
    """The spool of one machine, whose disk may be full."""

    world: World

    def keep(self, result: AttemptResult) -> None:
        """See Spool."""
        self.world.schedule.hand_over("about to spool")
        if self.world.trouble("disk", {"writes": 5.0, "is full": 1.0}) == "is full":
            raise OSError("simulated: no space left")
        super().keep(result)
        self.world.note("spools the result")


class NoFiles:
    """Redis's files: the simulation's server has none."""

    def rewrite(self, *, wait_s: float) -> tuple[str, ...]:
        """There is nothing to rewrite."""
        return ()


@dataclass(frozen=True, slots=True)
class _Queued:
    """The signups that wait on the queue, as erasure looks for them."""

    website: Website
    identity: Identity

    def withdraw(self, recipient_key: str) -> Withdrawn:
        """See QueuedSignups."""
        named = [name for name, (first, *_) in PEOPLE.items() if _key_of(self.identity, first) == recipient_key]
        return self.website.withdraw(named[0]) if named else Withdrawn()


@dataclass(frozen=True, slots=True)
class Process:
    """One process, and what it can do."""

    name: str
    ledger: SimulatedLedger
    deliverer: Deliverer
    sweeper: Sweeper
    receiver: Receiver
    readmission: Readmission
    feedback: FeedbackRecorder
    restore_watch: RestoreWatch
    installation_watch: InstallationWatch
    eraser: Eraser
    identity: Identity

    def jobs(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """What it does periodically."""
        yield "sweep", self.sweeper.sweep
        yield "restore", self.restore_watch.watch
        yield "installation", self.installation_watch.check


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the processes of one simulation share."""

    world: World
    ses: Ses
    parts: Parts
    variant: Variant
    website: Website
    wake: Callable[[list[int], Lane], None]
    queue_depth: Callable[[Lane], int]
    stopped: Callable[[str], None]
    """Called with the name of a process that finds itself in the wrong installation."""


def start(around: Surroundings, name: str, *, store: Store, machine: Path, key: str | None = None) -> Process:
    """A new process. `key` None: the identity key of the installation."""
    world, variant, client = around.world, around.variant, around.parts.redis.connect(around.world)
    ledger = SimulatedLedger(store, world)
    settings = around.parts.settings if key is None else replace(around.parts.settings, identity_key=Secret(key))
    identity = Identity(settings.identity_secret)
    spool = SimulatedSpool(machine)
    spool.world = world
    witness = Witness(client, ledger) if variant.witness else NoWitness()
    return Process(
        name,
        ledger,
        _deliverer(around, name, ledger, spool, witness, client),
        _sweeper(around, name, ledger, spool, witness),
        _receiver(around, ledger, identity, client),
        Readmission(ledger, around.parts.matcher, world.new_link_token),
        FeedbackRecorder(ledger),
        RestoreWatch(ledger, HighWaterMark(client), lambda email: _key_of(identity, email)),
        _watch(around, name, ledger, client, lambda: require_ours(ledger, settings, sends=True).ledger_id),
        Eraser(
            ledger, _Queued(around.website, identity), NoFiles(), machine / "outbox",  # type: ignore[arg-type]
            clock=world.clock.monotonic, sleep=world.schedule.sleep,
        ),
        identity,
    )  # fmt: skip


def _deliverer(
    around: Surroundings, name: str, ledger: SimulatedLedger, spool: Spool, witness: Witness | NoWitness,
    client: SimulatedRedis,
) -> Deliverer:  # fmt: skip
    world, parts = around.world, around.parts
    return Deliverer(
        ledger,
        ReusedLetters(parts.composer, parts.first_letter, world),  # type: ignore[arg-type]
        RedisPacer(client, lambda: LETTERS_PER_S, sleep=world.schedule.sleep),
        SimulatedMailer(
            world, around.ses, lambda what, job: _begin(world, f"{name} {what}", name, job),
            posts_unanswered=around.variant.posts_unanswered,
        ),
        spool,
        Policy(claim_lease_s=LEASE_S, intent_lease_s=LEASE_S, max_claims=5, max_refusals=3),
        witness=witness,  # type: ignore[arg-type]
        breaker=Breaker(ledger, Thresholds(), mailer="ses"),
        process=name,
        sources=Sources(world.clock.now, world.schedule.sleep, world.new_id, world.fraction),
    )  # fmt: skip


def _sweeper(
    around: Surroundings, name: str, ledger: SimulatedLedger, spool: Spool, witness: Witness | NoWitness
) -> Sweeper:
    recoveries = list_recoveries(
        ledger, spool, wake=around.wake, queue_depth=around.queue_depth,
        find_lost_commits=LostCommits(ledger, witness).find,  # type: ignore[arg-type]
    )  # fmt: skip
    return Sweeper(ledger, around.variant.changed(ledger, recoveries), process=name, lease_s=30.0)


def _receiver(around: Surroundings, ledger: SimulatedLedger, identity: Identity, client: SimulatedRedis) -> Receiver:
    return Receiver(
        ledger, identity, SignupLimits(LimitCounter(client), LIMITS), around.parts.matcher,
        lambda report_id, lane: around.wake([report_id], lane), around.world.new_link_token,
        clock=around.world.clock.now,
    )  # fmt: skip


def _watch(
    around: Surroundings, name: str, ledger: SimulatedLedger, client: SimulatedRedis, ours: Callable[[], str]
) -> InstallationWatch:
    owner = RedisOwner(client)
    checks = [lambda: owner.claim(ours())] if around.variant.installation_checked else []
    return InstallationWatch(checks, stop=lambda: around.stopped(name))


def _begin(world: World, task: str, owner: str, job: Callable[[], object]) -> None:
    world.schedule.begin(task, owner, job)


def _key_of(identity: Identity, email: str) -> str | None:
    try:
        return identity.recipient_key(read_address(email))
    except InvalidSignup:
        return None
