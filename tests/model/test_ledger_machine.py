"""The real delivery over the real ledger, driven by Hypothesis through kills, frozen workers, lost answers and events.

The ledger may go back to a snapshot at any time, as after a failover; the second witness is on a real Redis. SES is an
oracle of the test: it knows what it accepted, and refuses a signature older than the fence. Time is moved by making
everything in the ledger older.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.parts.clock import let_time_pass
from tests.parts.postgres_server import PostgresServer
from tests.parts.reports import owe
from tests.parts.ses_events import event
from worker.boot.core import build_composer
from worker.delivery.breaker import Breaker, Thresholds
from worker.delivery.deliver import Deliverer, Policy
from worker.delivery.spool import Spool
from worker.delivery.witness import Witness
from worker.errors import OutcomeUnknown, Permanent, Throttled, Transient
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import pauses
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.recount import differences
from worker.ledger.schema import attempt, report
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.status import conservation
from worker.ledger.store import database_now, open_ledger
from worker.mailers.mailer import Accepted, BeforePost, Outgoing
from worker.mailers.pacing import Unpaced
from worker.maintenance.lost_commits import LostCommits
from worker.maintenance.recoveries import list_recoveries
from worker.maintenance.sweep import Sweeper
from worker.operations import replay, resolve
from worker.settings import load_settings

LEASE_S = 100.0
READERS = 3


class Killed(BaseException):
    """The process is gone: not even `except Exception` runs."""


class Oracle:
    """SES, and the fate of each call: `fate` is what happens next, set before the call."""

    name = "ses"

    def __init__(self) -> None:
        self.fate = "accept"
        self.accepted: Counter[str] = Counter()
        self.attempts: list[tuple[str, str]] = []  # (address, attempt id) of what was accepted
        self.clock = 0.0  # seconds that were made to pass

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """See Mailer."""
        fate = self.fate
        if fate == "killed while claimed":
            raise Killed
        frozen = _Frozen.current()
        if frozen is not None and fate == "frozen while claimed":
            frozen.wait()
        before_post(datetime.now(UTC))
        signed_at = self.clock
        if fate == "killed after intent":
            raise Killed
        if frozen is not None and fate == "frozen after intent":
            frozen.wait()
        if self.clock - signed_at >= SIGNING_FENCE_S:
            raise Transient("InvalidSignatureException", "Signature expired")
        return self._post(outgoing, fate)

    def _post(self, outgoing: Outgoing, fate: str) -> Accepted:
        errors = {
            "permanent": Permanent("MessageRejected", "no"),
            "transient": Transient("EndpointConnectionError", "away"),
            "throttled": Throttled("TooManyRequestsException", "too fast"),
            "lost before": OutcomeUnknown("ReadTimeoutError", "no answer"),
        }
        if fate in errors:
            raise errors[fate]
        self.accepted[outgoing.recipient] += 1
        self.attempts.append((outgoing.recipient, outgoing.attempt_id))
        if fate == "lost after":
            raise OutcomeUnknown("ReadTimeoutError", "no answer")
        if fate == "killed after reply":
            raise Killed
        return Accepted(ses_message_id=f"ses-{outgoing.attempt_id}")


class _Frozen:
    """A worker's thread, stopped in the middle until it is thawed."""

    _here = threading.local()

    def __init__(self, deliver: Any) -> None:
        self._stopped, self._go_on = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(deliver,))
        self._thread.start()
        while self._thread.is_alive() and not self._stopped.wait(0.005):
            pass

    @classmethod
    def current(cls) -> _Frozen | None:
        return getattr(cls._here, "frozen", None)

    def wait(self) -> None:
        self._stopped.set()
        assert self._go_on.wait(60)

    def thaw(self) -> None:
        self._go_on.set()
        self._thread.join()

    def _run(self, deliver: Any) -> None:
        self._here.frozen = self
        deliver()


FATES = [
    "accept", "permanent", "transient", "throttled", "lost before", "lost after",
    "killed while claimed", "killed after intent", "killed after reply",
]  # fmt: skip

FREEZING = ["frozen while claimed", "frozen after intent"]


class LedgerMachine(RuleBasedStateMachine):
    """See the module. `make_url` gives a fresh migrated ledger; set by the test."""

    make_url: Any
    composer: Any
    redis_url: str
    witness_of: Any = Witness
    frozen = Bundle("frozen")

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="machine-"))
        self.ledger = open_ledger(type(self).make_url(self.home))
        self.oracle = Oracle()
        breaker = Breaker(self.ledger, Thresholds(stopped_in_a_row=1000), mailer="ses")
        spool = Spool(self.home / "spool")
        self.feedback = FeedbackRecorder(self.ledger)
        policy = Policy(claim_lease_s=LEASE_S, intent_lease_s=LEASE_S, max_claims=4, max_refusals=3)
        self.redis = redis.Redis.from_url(type(self).redis_url)
        self.redis.flushall()
        witness = type(self).witness_of(self.redis, self.ledger)
        self.deliverer = Deliverer(
            self.ledger, self.composer, Unpaced(), self.oracle, spool, policy,
            witness=witness, breaker=breaker, process="machine:1",
        )  # fmt: skip
        recoveries = list_recoveries(
            self.ledger, spool, wake=lambda _ids, _lane: None, queue_depth=lambda _lane: 0,
            find_lost_commits=LostCommits(self.ledger, witness).find,
        )  # fmt: skip
        self.sweeper = Sweeper(self.ledger, recoveries, process="machine:1", lease_s=1.0)
        self.addresses = {f"reader-{number}@example.com" for number in range(READERS)}
        self.reports = [owe(self.ledger, address) for address in sorted(self.addresses)]
        self.all_frozen: list[_Frozen] = []
        self.snapshot: Path | None = None
        self.lost_commits = False

    def teardown(self) -> None:
        for one in self.all_frozen:
            one.thaw()
        assert list(differences(self.ledger)) == [], "what is counted with the writes is what a full count finds"
        self.ledger.close()
        self.redis.close()
        shutil.rmtree(self.home)

    @rule(which=st.integers(0, READERS - 1), fate=st.sampled_from(FATES))
    def deliver(self, which: int, fate: str) -> None:
        self.oracle.fate = fate
        with contextlib.suppress(Killed):
            self.deliverer.deliver(self.reports[which])

    @rule(target=frozen, which=st.integers(0, READERS - 1), fate=st.sampled_from(FREEZING))
    def freeze(self, which: int, fate: str) -> _Frozen:
        self.oracle.fate = fate
        one = _Frozen(lambda: self.deliverer.deliver(self.reports[which]))
        self.all_frozen.append(one)
        return one

    @rule(one=consumes(frozen))
    def thaw(self, one: _Frozen) -> None:
        one.thaw()

    @rule(seconds=st.sampled_from([31.0, LEASE_S + 1, SIGNING_FENCE_S + LEASE_S]))
    def time_passes(self, seconds: float) -> None:
        self.oracle.clock += seconds
        let_time_pass(self.ledger, seconds)

    @rule()
    def sweep(self) -> None:
        self.sweeper.sweep()

    @precondition(lambda self: self.ledger.engine.dialect.name == "sqlite")
    @rule()
    def a_snapshot_is_made(self) -> None:
        self.ledger.close()
        self.snapshot = Path(shutil.copy(self._file, self.home / "snapshot.db"))

    @precondition(lambda self: self.snapshot is not None)
    @rule()
    def the_ledger_goes_back_to_the_snapshot(self) -> None:
        """As after a failover within one beat: nothing but the witness can notice."""
        assert self.snapshot is not None
        self.ledger.close()
        shutil.copy(self.snapshot, self._file)
        self.lost_commits = True

    @rule()
    def an_operator_resumes(self) -> None:
        """Rashly: without having declared a restore."""
        with self.ledger.write() as tx:
            pauses.resume(tx)

    def _state_of(self, which: int) -> str:
        with self.ledger.read() as tx:
            state: str = tx.execute(sa.select(report.c.state).where(report.c.id == self.reports[which])).scalar_one()
        return state

    @property
    def _file(self) -> str:
        return str(self.ledger.engine.url.database)

    @precondition(lambda self: self.oracle.attempts)
    @rule(number=st.integers(0, 1000), kind=st.sampled_from(["Delivery", "Bounce", "Send"]))
    def an_event_comes(self, number: int, kind: str) -> None:
        _address, attempt_id = self.oracle.attempts[number % len(self.oracle.attempts)]
        self.feedback.take(event(kind, attempt=attempt_id))

    @rule(which=st.integers(0, READERS - 1))
    def an_operator_replays(self, which: int) -> None:
        """Not a returned report: that may rightly be a second letter, and `test_protocol` has it."""
        if self._state_of(which) == ReportState.RETURNED:
            return
        replay.act(self.ledger, [self.reports[which]], actor="operator:ada", reason="try again")

    @rule(which=st.integers(0, READERS - 1))
    def an_operator_decides(self, which: int) -> None:
        """Rightly: "sent" where it was, "unsent" where it was not. The fence is the product's to keep."""
        address = sorted(self.addresses)[which]
        decision = resolve.Decision.SENT if self.oracle.accepted[address] else resolve.Decision.ASSUME_UNSENT
        with self.ledger.read() as tx:
            now = database_now(tx)
        resolve.resolve(
            self.ledger, self.reports[which], decision, actor="operator:ada", reason="asked SES", looked_at=now
        )

    @invariant()
    def never_two(self) -> None:
        assert all(count <= 1 for count in self.oracle.accepted.values()), self.oracle.accepted

    @invariant()
    def never_lost(self) -> None:
        with self.ledger.read() as tx:
            assert conservation(tx).holds
            rows = tx.execute(sa.select(report)).all()
            states = [AttemptState.INTENT, AttemptState.UNKNOWN, AttemptState.ACCEPTED]
            live = {
                one.report_id: one.state for one in tx.execute(sa.select(attempt).where(attempt.c.state.in_(states)))
            }
        agree = {ReportState.SENDING: "intent", ReportState.UNKNOWN: "unknown", ReportState.SENT: "accepted"}
        for row in rows:
            assert live.get(row.id) == agree.get(ReportState(row.state)), (row.state, live.get(row.id))
            if self.oracle.accepted[row.address] and not self.lost_commits:
                assert row.state in {*agree, ReportState.RETURNED}, f"accepted, and {row.state}"


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    options = load_settings({"WORKER_STATE_DIR": str(tmp_path_factory.mktemp("keys"))})
    return build_composer(options)


class NoWitness:
    """What the protocol would be without the second witness."""

    def __init__(self, _client: Any, _ledger: Any) -> None:
        self.size = self.trim = lambda: 0

    def mark(self, _attempt_id: str, _recipient_key: str) -> None:
        """Mark nothing."""

    def recent(self, *, since: float) -> list[Any]:
        """There are no marks."""
        return []


def _run(composer: Any, make_url: Any, redis_url: str, *, examples: int, steps: int, **changes: Any) -> None:
    attributes = {"composer": composer, "make_url": staticmethod(make_url), "redis_url": redis_url, **changes}
    machine = type("Machine", (LedgerMachine,), attributes)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip


def _sqlite_urls(migrated: Path) -> Any:
    return lambda home: f"sqlite:///{shutil.copy(migrated, home / 'ledger.db')}"


@pytest.mark.parametrize("examples", [10, pytest.param(500, marks=pytest.mark.long)])
def test_on_sqlite(composer, migrated_sqlite, redis_url, examples):
    _run(composer, _sqlite_urls(migrated_sqlite), redis_url, examples=examples, steps=30)


def test_without_the_witness_a_ledger_that_lost_commits_sends_twice(composer, migrated_sqlite, redis_url):
    with pytest.raises(AssertionError):
        _run(
            composer, _sqlite_urls(migrated_sqlite), redis_url, examples=200, steps=30,
            witness_of=NoWitness, never_lost=lambda self: None,
        )  # fmt: skip


@pytest.mark.parametrize("examples", [3, pytest.param(50, marks=pytest.mark.long)])
def test_on_postgresql(
    composer, postgres: PostgresServer, migrated_postgres: str, redis_url: str, examples: int
) -> None:
    made = []

    def make_url(_home: Path) -> str:
        made.append(postgres.create_database(template=migrated_postgres))
        return postgres.url(made[-1])

    _run(composer, make_url, redis_url, examples=examples, steps=30)
    for name in made:
        postgres.drop_database(name)
