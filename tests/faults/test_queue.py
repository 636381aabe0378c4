"""No signup on the queue is acknowledged before its commit, and none is left with a worker that will not finish it."""

from __future__ import annotations

import itertools
import sqlite3
import threading
import time
from pathlib import Path

import dramatiq
import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation, signup
from tests.faults.promise import assert_promise_kept
from tests.faults.servers import LossyProxy, restartable_redis
from tests.parts.shell import Shell
from tests.parts.waiting import wait_for
from worker.broker import RECEIVE_ACTOR
from worker.errors import LedgerUnavailable
from worker.ledger import pauses
from worker.ledger.schema import signup as signup_table
from worker.maintenance.unacknowledged import DEAD_AFTER_S, OWN_AFTER_S, Unacknowledged
from worker.redis_queues import DELIVER_QUEUE, SIGNUPS_QUEUE

pytestmark = pytest.mark.faults


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def received(installation):
    with installation.services.core.ledger.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(signup_table)).scalar_one()


def enqueue(installation, count):
    for number in range(count):
        installation.services.core.queue.enqueue_signup(signup(f"reader-{number}"))


def pause(installation):
    """Only intake is looked at."""
    with installation.services.core.ledger.write() as tx:
        pauses.pause(tx, holder="operator:test", reason="only intake")


@pytest.fixture
def proxied(postgres_ledger_url, ses, tmp_path):
    """An installation that is reached directly, the same one through proxies, and the proxies of ledger and Redis."""
    url = sa.make_url(postgres_ledger_url)
    with restartable_redis() as server:
        ledger_proxy = LossyProxy(Path(str(url.query["host"]), ".s.PGSQL.5432"))
        redis_proxy = LossyProxy(server.socket)
        through = url.set(host="127.0.0.1", port=ledger_proxy.port, query={"sslmode": "disable"})
        direct = Installation(tmp_path, database_url=postgres_ledger_url, redis_url=server.url, ses=ses)
        remote = Installation(
            tmp_path, database_url=through.render_as_string(hide_password=False),
            redis_url=f"redis://127.0.0.1:{redis_proxy.port}", ses=ses,
        )  # fmt: skip
        pause(direct)
        yield direct, remote, ledger_proxy, redis_proxy
        remote.close()
        direct.close()
        ledger_proxy.close()
        redis_proxy.close()


def test_ledger_and_redis_are_away_together(proxied):
    """A host reboots, or the worker's network is cut: 300 of 300 signups are received once both are back."""
    direct, remote, ledger_proxy, redis_proxy = proxied
    enqueue(direct, 300)
    services = remote.boot()
    receive = services.core.receiver.receive
    begun, failed = itertools.count(1), threading.Semaphore(0)

    def receive_until_cut(*arguments, **options):
        """The 21st signup finds both away, in the middle of all the others."""
        if next(begun) == 21:
            ledger_proxy.cut()
            redis_proxy.cut()
        try:
            return receive(*arguments, **options)
        except LedgerUnavailable:
            failed.release()
            raise

    services.core.receiver.receive = receive_until_cut
    with remote.worker_thread(services, threads=4):
        tried = [failed.acquire(timeout=30) for _ in range(12)]  # three tries of each of the four under way
        assert received(direct) < 300
        ledger_proxy.mend()
        redis_proxy.mend()
        assert all(tried)
        wait_for(lambda: received(direct) == 300 and direct.services.core.queue.depth(SIGNUPS_QUEUE) == 0, "all 300")
    assert_promise_kept(direct.services.core.ledger, direct.ses.accepted, signups=300)


def test_a_worker_that_stops_while_the_ledger_is_away_puts_its_signups_back(proxied):
    direct, remote, ledger_proxy, _redis_proxy = proxied
    with remote.worker_thread(threads=2) as services:
        wait_for(lambda: services.installation_watch._confirmed, "the start")
        ledger_proxy.cut()
        enqueue(direct, 6)
        wait_for(lambda: bool(services.core.broker.in_hand(SIGNUPS_QUEUE)), "signups in hand")
    assert direct.services.core.redis.llen("dramatiq:signups") == 6
    assert direct.services.core.queue.depth(SIGNUPS_QUEUE) == 6


def test_a_consumer_that_closes_puts_back_what_it_had_fetched_and_not_handed_on(sqlite_installation):
    """A clean stop leaves nothing with this worker, however its threads were scheduled."""
    broker = sqlite_installation.boot().core.broker
    broker.declare_queue(SIGNUPS_QUEUE)
    enqueue(sqlite_installation, 6)
    consumer = broker.consume(SIGNUPS_QUEUE, prefetch=4, timeout=100)
    begun = next(consumer)
    assert len(broker.client.smembers(f"dramatiq:__acks__.{broker.broker_id}.signups")) == 4
    consumer.close()
    taken = broker.client.smembers(f"dramatiq:__acks__.{broker.broker_id}.signups")
    assert taken == {begun.options["redis_message_id"].encode()}
    assert broker.client.llen("dramatiq:signups") == 5


@pytest.mark.parametrize("foreign", [b"no JSON", b"null", b"[]", b'{"a": 1}', b'"text"'])
def test_what_cannot_be_read_keeps_nothing_else_with_a_closed_consumer(sqlite_installation, foreign):
    broker = sqlite_installation.boot().core.broker
    broker.declare_queue(SIGNUPS_QUEUE)
    enqueue(sqlite_installation, 1)
    broker.client.hset("dramatiq:signups.msgs", "foreign", foreign)
    broker.client.rpush("dramatiq:signups", "foreign")
    enqueue(sqlite_installation, 1)
    consumer = broker.consume(SIGNUPS_QUEUE, prefetch=3, timeout=100)
    next(consumer)
    consumer.close()
    assert broker.client.llen("dramatiq:signups") == 1
    assert broker.client.smismember(f"dramatiq:__acks__.{broker.broker_id}.signups", ["foreign"]) == [1]


def test_a_signup_that_fails_in_an_unforeseen_way_stays_on_the_queue(sqlite_installation):
    """It is neither acknowledged nor dropped, and comes again: at its third try here, in production for ever."""
    installation, clock = sqlite_installation, Clock()
    pause(installation)
    services = installation.boot()
    receive, failures = services.core.receiver.receive, list[RuntimeError]()

    def fail_twice(*arguments, **options):
        if len(failures) < 2:
            failures.append(RuntimeError("a defect"))
            raise failures[-1]
        return receive(*arguments, **options)

    def left_after(times):
        """What is fetched and not yet in hand looks as if it were left, so the failures are counted."""
        return lambda: len(failures) == times and not services.core.broker.in_hand(SIGNUPS_QUEUE)

    services.core.receiver.receive = fail_twice
    recovery = Unacknowledged(services.core.broker, clock=clock)
    enqueue(installation, 1)
    client = installation.services.core.redis
    own = f"dramatiq:__acks__.{services.core.broker.broker_id}.signups"
    with installation.worker_thread(services):
        for times in (1, 2):
            wait_for(left_after(times), "a failure left there")
            assert client.scard(own) == 1
            assert client.exists("dramatiq:signups.XQ") == 0
            assert recovery.put_back() == 0
            clock.now += OWN_AFTER_S
            assert recovery.put_back() == 1
        wait_for(lambda: received(installation) == 1, "the signup")
        wait_for(lambda: installation.services.core.queue.depth(SIGNUPS_QUEUE) == 0, "its acknowledgement")


def test_the_answer_to_a_fetch_is_lost(sqlite_ledger_url, ses, tmp_path):
    """Redis gave the signup to this worker, which does not know of it."""
    clock = Clock()
    with restartable_redis() as server:
        proxy = LossyProxy(server.socket)
        direct = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=server.url, ses=ses)
        remote = Installation(
            tmp_path, database_url=sqlite_ledger_url, redis_url=f"redis://127.0.0.1:{proxy.port}", ses=ses
        )
        pause(direct)
        enqueue(direct, 1)
        services = remote.boot()
        recovery = Unacknowledged(services.core.broker, clock=clock)
        services.core.broker.do_fetch(DELIVER_QUEUE, 1)  # or the lost answer were that Redis has no such script yet
        proxy.lose_answer_to(b"\r\nsignups\r\n", b"\r\nsignups.file\r\n")
        with remote.worker_thread(services):
            wait_for(lambda: proxy.lost == 1, "the lost answer")
            own = f"dramatiq:__acks__.{services.core.broker.broker_id}.signups"
            wait_for(lambda: direct.services.core.redis.scard(own) == 1, "the signup with this worker")
            assert recovery.put_back() == 0
            assert received(direct) == 0
            clock.now += OWN_AFTER_S
            assert recovery.put_back() == 1
            wait_for(lambda: received(direct) == 1, "the signup")
        assert OWN_AFTER_S + services.core.settings.sweep_interval_s < 120, "within two minutes"
        remote.close()
        direct.close()
        proxy.close()


def test_a_worker_is_killed_with_signups_that_it_had_fetched(sqlite_installation):
    installation, clock = sqlite_installation, Clock()
    pause(installation)
    services = installation.boot()
    recovery = Unacknowledged(services.core.broker, clock=clock)
    client = services.core.redis
    blocker = sqlite3.connect(str(services.core.ledger.engine.url.database), isolation_level=None)
    doomed = installation.start(threads=2)
    wait_for(lambda: client.zcard("dramatiq:__heartbeats__") == 1, "its heartbeat")
    blocker.execute("BEGIN IMMEDIATE")
    enqueue(installation, 12)
    wait_for(lambda: len(client.keys("dramatiq:__acks__*.signups")) == 1, "signups fetched")
    assert recovery.put_back() == 0
    doomed.kill()
    blocker.execute("ROLLBACK")
    blocker.close()
    recovery.put_back()  # it is watched from here on
    clock.now += DEAD_AFTER_S
    assert recovery.put_back() >= 2
    with installation.worker_thread(services):
        wait_for(lambda: received(installation) == 12, "all twelve")
        wait_for(lambda: installation.services.core.queue.depth(SIGNUPS_QUEUE) == 0, "an empty queue")
    assert DEAD_AFTER_S + 3 * 10 < 120, "within two minutes, at the default interval"


def test_a_living_worker_keeps_what_it_works_on(sqlite_installation):
    installation, clock = sqlite_installation, Clock()
    services, other = installation.boot(), installation.boot()
    other.core.broker.declare_queue(SIGNUPS_QUEUE)
    enqueue(installation, 3)
    assert len(other.core.broker.do_fetch(SIGNUPS_QUEUE, 3)) == 3
    recovery = Unacknowledged(services.core.broker, clock=clock)
    theirs = Unacknowledged(other.core.broker, own_after_s=1e9)
    for _ in range(4):
        time.sleep(0.002)  # heartbeats are in milliseconds
        theirs.put_back()  # whose look is a heartbeat
        assert recovery.put_back() == 0
        clock.now += DEAD_AFTER_S
    assert recovery.put_back() == 3, "and without a heartbeat it is dead"
    services.core.close()
    other.core.close()


def test_what_cannot_be_read_is_not_put_back_for_ever(sqlite_installation):
    services, clock = sqlite_installation.services, Clock()
    broker, client = services.core.broker, services.core.redis
    recovery = Unacknowledged(broker, clock=clock)
    client.hset("dramatiq:signups.msgs", "garbage", b"[]")
    client.sadd(f"dramatiq:__acks__.{broker.broker_id}.signups", "garbage", "absent")
    recovery.put_back()
    clock.now += OWN_AFTER_S
    recovery.put_back()
    assert client.llen("dramatiq:signups") == 0
    assert client.hkeys("dramatiq:signups.XQ.msgs") == [b"garbage"]
    assert services.core.queue.depth(SIGNUPS_QUEUE) == 0


def test_a_signup_that_an_older_version_had_delayed_is_received(sqlite_installation):
    """Older versions put a failed signup on dramatiq's delay queue."""
    installation = sqlite_installation
    pause(installation)
    broker = installation.services.core.broker
    installation.services.core.queue.enqueue_signup(signup("reader"))
    (data,) = installation.services.core.redis.hvals("dramatiq:signups.msgs")
    installation.services.core.redis.flushall()
    message = dramatiq.Message.decode(data)
    assert message.actor_name == RECEIVE_ACTOR
    broker.enqueue(message, delay=100)
    assert installation.services.core.queue.depth(SIGNUPS_QUEUE) == 1
    with installation.worker_thread():
        wait_for(lambda: received(installation) == 1, "the signup")
        wait_for(lambda: installation.services.core.queue.depth(SIGNUPS_QUEUE) == 0, "an empty queue")


def test_what_waits_on_the_queue_is_counted(sqlite_installation, tmp_path, monkeypatch):
    enqueue(sqlite_installation, 3)
    environment = {**sqlite_installation.environment, "REDIS_URL": sqlite_installation.redis_url}
    status = Shell(tmp_path, monkeypatch)("status", expect=1, **environment)  # no worker lives
    assert "3 signups wait on the queue, not received yet" in status
