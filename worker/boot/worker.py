"""What `worker run` and the commands that act need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import redis

from worker.boot.core import CoreServices, boot_core
from worker.boot.installation import InstallationWatch, watch_installation
from worker.delivery.breaker import Breaker, Thresholds
from worker.delivery.deliver import Deliverer, Policy
from worker.delivery.spool import Spool
from worker.delivery.spool_folder import spool_folder
from worker.errors import InvalidSignup
from worker.feedback.recorder import FeedbackRecorder
from worker.feedback.sqs import FeedbackPoller, sqs_client
from worker.intake.identity import Identity, read_address
from worker.intake.limits import LimitCounter
from worker.ledger.heartbeats import HEARTBEAT_S, LIVES_S, this_process
from worker.ledger.store import Ledger, open_ledger
from worker.mailers.mailer import BuiltMailer, Mailer
from worker.mailers.pacing import Pacer, RedisPacer, Unpaced
from worker.mailers.registry import mailer_module
from worker.maintenance import limits
from worker.maintenance.account import AccountWatch
from worker.maintenance.heartbeat import Heartbeat, disk_of
from worker.maintenance.lost_commits import LostCommits
from worker.maintenance.periodic import PeriodicTask
from worker.maintenance.recoveries import list_recoveries
from worker.maintenance.redis_rewrite import LOOK_S, RedisRewrite
from worker.maintenance.sweep import Sweeper
from worker.maintenance.tally_check import LOOK_S as LOOK_FOR_CHECK_S
from worker.maintenance.tally_check import TallyChecker
from worker.maintenance.tally_folder import TallyFolder
from worker.maintenance.unacknowledged import Unacknowledged
from worker.operations.health.ping import Ping
from worker.operations.restore import HighWaterMark, RestoreWatch
from worker.privacy.purge import Purge
from worker.privacy.redis_files import RedisFiles
from worker.privacy.retention import Retention
from worker.settings import Settings

RETENTION_INTERVAL_S = 600.0  # each time it looks whether the hourly retention is due
SWEEPS_PER_LEASE = 3  # a sweeper that misses this many is taken for dead

WrapMailer = Callable[[Mailer], Mailer]


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """All that a worker process needs. Retention and purge share one connection, that of `upkeep_ledger`."""

    core: CoreServices
    upkeep_ledger: Ledger
    deliverer: Deliverer
    sweeper: Sweeper
    spool: Spool
    restore_watch: RestoreWatch
    installation_watch: InstallationWatch
    heartbeat: Heartbeat
    periodic_tasks: tuple[PeriodicTask, ...]

    def close(self) -> None:
        """Close the connections to the ledger and to Redis."""
        self.upkeep_ledger.close()
        self.core.close()


def boot_worker(
    settings: Settings, redis_url: str, *, wrap_mailer: WrapMailer | None = None, stop: Callable[[], None] | None = None
) -> WorkerServices:
    """Build the services of a worker process; connects to nothing.

    `stop` stops the process once it finds that it belongs to another installation.

    Raises ConfigurationError, CatalogueError, ThemeError or TemplateError.
    """
    core = boot_core(settings, redis_url)
    ledger = core.ledger
    upkeep_ledger = open_ledger(settings.database_url, pool_size=1, timeout_s=settings.ledger_timeout_s)
    process = this_process()
    breaker = Breaker(ledger, Thresholds(stopped_in_a_row=settings.stopped_in_a_row), mailer=settings.mailer)
    built = mailer_module(settings).build(settings)
    watch = _account_watch(settings, built, ledger, breaker, process=process)
    mailer = wrap_mailer(built.mailer) if wrap_mailer else built.mailer
    pacer = _pacer(built, watch, core.redis)
    spool = Spool(spool_folder(settings.state_dir))
    sweeper = _sweeper(core, spool, process=process)
    restore_watch = RestoreWatch(ledger, HighWaterMark(core.redis), _recipient_key_of(core.identity))
    installation_watch = watch_installation(core, stop=stop, sends=True)
    heartbeat = _heartbeat(core, spool, watch, process=process)
    return WorkerServices(
        core,
        upkeep_ledger,
        Deliverer(
            ledger,
            core.composer,
            pacer,
            mailer,
            spool,
            _policy(settings),
            witness=core.witness,
            breaker=breaker,
            process=process,
        ),
        sweeper,
        spool,
        restore_watch,
        installation_watch,
        heartbeat,
        (
            PeriodicTask("heartbeat", HEARTBEAT_S, heartbeat.give),
            PeriodicTask("installation", settings.sweep_interval_s, installation_watch.check),
            PeriodicTask("unacknowledged", settings.sweep_interval_s, Unacknowledged(core.broker).put_back),
            PeriodicTask("restore", settings.sweep_interval_s, restore_watch.watch),
            *_upkeep(core, upkeep_ledger),
            *_periodic_tasks(core, sweeper, watch),
        ),
    )


def _sweeper(core: CoreServices, spool: Spool, *, process: str) -> Sweeper:
    recoveries = list_recoveries(
        core.ledger,
        spool,
        wake=core.queue.wake,
        queue_depth=lambda lane: core.queue.depth(lane=lane),
        find_lost_commits=LostCommits(core.ledger, core.witness).find,
    )
    lease_s = SWEEPS_PER_LEASE * core.settings.sweep_interval_s
    return Sweeper(core.ledger, recoveries, process=process, lease_s=lease_s)


def _heartbeat(core: CoreServices, spool: Spool, watch: AccountWatch | None, *, process: str) -> Heartbeat:
    state_dir = core.settings.state_dir.absolute()
    return Heartbeat(
        core.ledger,
        process=process,
        consumes=lambda: core.broker.consumes(within_s=LIVES_S),
        spool=spool,
        disk=lambda: disk_of(state_dir),
        account=watch,
    )


def _account_watch(
    settings: Settings, built: BuiltMailer, ledger: Ledger, breaker: Breaker, *, process: str
) -> AccountWatch | None:
    if built.account is None:
        return None
    return AccountWatch(
        built.account,
        ledger,
        breaker,
        process=process,
        mailer=built.mailer.name,
        interval_s=settings.account_interval_s,
        fixed_rate_per_s=settings.send_rate_per_s,
    )


def _pacer(built: BuiltMailer, watch: AccountWatch | None, client: redis.Redis) -> Pacer:
    rate = built.rate_per_s
    if watch is not None:
        return RedisPacer(client, watch.rate_per_s)
    return Unpaced() if rate is None else RedisPacer(client, lambda: rate)


def _sweep(core: CoreServices, sweeper: Sweeper) -> Callable[[], object]:
    """The sweep, followed by a ping where WORKER_HEARTBEAT_URL is set."""
    url = core.settings.heartbeat_url
    if url is None:
        return sweeper.sweep
    return Ping(url, core.health.verdict).after(lambda: sweeper.sweep().by_this_process)


def _upkeep(core: CoreServices, upkeep_ledger: Ledger) -> Iterator[PeriodicTask]:
    retention = Retention(upkeep_ledger, days=core.settings.retention_days)
    recorder = limits.LimitsRecorder(core.ledger, LimitCounter(core.redis))
    interval_s = core.settings.sweep_interval_s
    yield PeriodicTask("tally", interval_s, TallyFolder(core.ledger, interval_s=interval_s).fold)
    yield PeriodicTask("tally_check", LOOK_FOR_CHECK_S, TallyChecker(core.ledger).check)
    yield PeriodicTask("retention", RETENTION_INTERVAL_S, retention.forget)
    yield PeriodicTask("purge", RETENTION_INTERVAL_S, Purge(upkeep_ledger, days=core.settings.rows_days).run)
    yield PeriodicTask("limits", limits.INTERVAL_S, recorder.record)
    yield PeriodicTask("redis_rewrite", LOOK_S, RedisRewrite(core.ledger, RedisFiles(core.redis)).run)


def _periodic_tasks(core: CoreServices, sweeper: Sweeper, watch: AccountWatch | None) -> Iterator[PeriodicTask]:
    settings, ledger = core.settings, core.ledger
    yield PeriodicTask("sweep", settings.sweep_interval_s, _sweep(core, sweeper))
    if watch is not None:
        yield PeriodicTask("account", settings.account_interval_s, watch.refresh)
    if settings.feedback_queue_url is not None:
        client = sqs_client(region=settings.aws_region)
        poller = FeedbackPoller(client, settings.feedback_queue_url, FeedbackRecorder(ledger))
        yield PeriodicTask("feedback", 0.0, poller.poll)


def _recipient_key_of(identity: Identity) -> Callable[[str], str | None]:
    def recipient_key_of(address: str) -> str | None:
        try:
            return identity.recipient_key(read_address(address))
        except InvalidSignup:
            return None

    return recipient_key_of


def _policy(settings: Settings) -> Policy:
    return Policy(
        claim_lease_s=settings.claim_lease_s,
        intent_lease_s=settings.ses_connect_timeout_s + settings.ses_read_timeout_s + settings.intent_margin_s,
        max_claims=settings.max_claims,
        max_refusals=settings.max_attempts,
    )
