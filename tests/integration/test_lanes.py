"""A person who has just clicked goes before an import, and the import goes on.

Each letter waits at a gate just before its POST, so which letters come next does not depend on the machine's speed.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation, signup
from tests.parts.waiting import wait_for
from worker.ledger.channels import LANES, Channel, Lane
from worker.ledger.schema import report
from worker.ledger.schema import signup as signup_table
from worker.maintenance.unacknowledged import DEAD_AFTER_S, Unacknowledged
from worker.redis_queues import DELIVER_QUEUE, LISTS, OVERTAKEN_AT_MOST, SIGNUPS_QUEUE

THREADS = 3
FILE_OF = 10_000


class Gate:
    """A mailer whose posts wait until the test lets one pass. `order`: who came to it, by the name in the address."""

    def __init__(self, mailer):
        self.name = mailer.name
        self.order: list[str] = []
        self._mailer = mailer
        self._passes = threading.Semaphore(0)
        self._passed = 0
        self._open = False

    def send(self, outgoing, before_post):
        """See Mailer."""
        self.order.append(outgoing.recipient.split("@")[0])
        while not self._open and not self._passes.acquire(timeout=0.05):
            pass
        return self._mailer.send(outgoing, before_post)

    def let_one_pass(self):
        """Let one letter pass, and wait until another has come in its place."""
        self._passed += 1
        self._passes.release()
        wait_for(lambda: len(self.order) >= self._passed + THREADS, "the next letter")

    def open(self):
        """Let all pass."""
        self._open = True


@pytest.fixture
def installation(sqlite_ledger_url, redis_url, tmp_path, ses):
    settings = {"WORKER_CLAIM_LEASE_S": "600", "WORKER_SWEEP_INTERVAL_S": "600", "WORKER_THREADS": str(THREADS)}
    made = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=redis_url, ses=ses, settings=settings)
    yield made
    made.close()


@pytest.fixture
def gate(installation, monkeypatch):
    """The gate of a worker that runs in this process, on prefetched messages as `worker run` sets it."""
    monkeypatch.setattr("dramatiq.worker.QUEUE_PREFETCH", THREADS)
    gates: list[Gate] = []

    def wrap(mailer):
        gates.append(Gate(mailer))
        return gates[0]

    services = installation.boot(wrap_mailer=wrap)
    with installation.worker_thread(services, threads=THREADS):
        yield gates[0]
        installation.services.core.redis.flushall()  # what waits there need not be sent
        gates[0].open()


def seed(installation, channel, count):
    """Ready reports of a channel, due in this order, which no message names yet."""
    at = datetime.now(UTC)
    rows = [
        {
            "received_at": at, "channel": channel, "outcome": "admitted", "detail": {},
            "recipient_key": f"{channel}-{n}", "role_text": "ML Engineer", "role_slug": "ml-engineer",
        }
        for n in range(count)
    ]  # fmt: skip
    with installation.services.core.ledger.write() as tx:
        first = (tx.execute(sa.select(sa.func.max(signup_table.c.id))).scalar_one() or 0) + 1
        tx.execute(sa.insert(signup_table), [{"id": first + n, **row} for n, row in enumerate(rows)])
        owed = [
            {
                "recipient_key": row["recipient_key"], "link_token": row["recipient_key"], "signup_row": first + n,
                "address": f"{channel}-{n}@example.com", "role_text": "ML Engineer", "role_slug": "ml-engineer",
                "lane": LANES[channel], "state": "ready", "created_at": at, "changed_at": at, "not_before": at,
            }
            for n, row in enumerate(rows)
        ]  # fmt: skip
        tx.execute(sa.insert(report), owed)


def click(installation, name):
    """A signup of a person's browser, as the HTTP API receives it."""
    installation.services.core.receiver.receive(signup(name), channel=Channel.BROWSER)


def test_a_browser_s_letter_behind_ten_thousand_of_a_file_is_among_the_next_two_posts_per_thread(installation, gate):
    seed(installation, Channel.FILE, FILE_OF)
    installation.services.sweeper.sweep()
    wait_for(lambda: len(gate.order) == THREADS, "every thread with a letter of the file")
    assert installation.services.core.queue.depth() >= 4_000
    click(installation, "ada")
    before = len(gate.order)
    for _ in range(2 * THREADS - 1):
        gate.let_one_pass()
    assert "ada" in gate.order[before : before + THREADS], gate.order
    assert Counter(name.split("-")[0] for name in gate.order) == {"file": len(gate.order) - 1, "ada": 1}


def test_a_file_goes_on_while_people_click(installation, gate):
    """Of eight letters one is the file's, and one is the servers' where they wait too: neither stops."""
    for channel in (Channel.FILE, Channel.SERVER, Channel.BROWSER):
        seed(installation, channel, 60)
    installation.services.sweeper.sweep()
    wait_for(lambda: len(gate.order) == THREADS, "every thread with a letter")
    for _ in range(4 * (OVERTAKEN_AT_MOST + 2)):
        gate.let_one_pass()
    sent = Counter(name.split("-")[0] for name in gate.order[: 4 * (OVERTAKEN_AT_MOST + 2)])
    assert sent["browser"] >= 4 * OVERTAKEN_AT_MOST - 2
    assert min(sent["server"], sent["file"]) >= 3


def test_a_signup_of_a_server_s_queue_is_received_before_those_of_a_file(installation):
    """The same order holds where signups wait to be received."""
    core = installation.boot().core
    for number in range(20):
        core.queue.enqueue_signup(signup(f"imported-{number}"), channel=Channel.FILE)
    core.queue.enqueue_signup(signup("grace"))
    (first, second) = core.broker.do_fetch(SIGNUPS_QUEUE, 2)
    assert b"grace" in first
    assert b"imported-0" in second
    assert core.queue.depths() == {"signups": 21, "deliver": 0}
    core.close()


def test_what_a_dead_worker_had_of_each_lane_is_put_back_there(installation):
    core, dead = installation.services.core, installation.boot().core
    clock = [0.0]
    for lane in Lane:
        core.queue.wake([1, 2], lane)
    core.queue.enqueue_signup(signup("imported"), channel=Channel.FILE)
    assert len(dead.broker.do_fetch(DELIVER_QUEUE, 6) + dead.broker.do_fetch(SIGNUPS_QUEUE, 1)) == 7
    assert core.queue.depths() == {"signups": 1, "deliver": 6}, "what a worker has is counted"
    assert {lane: core.queue.depth(lane=lane) for lane in Lane} == dict.fromkeys(Lane, 2)
    recovery = Unacknowledged(core.broker, clock=lambda: clock[0])
    assert recovery.put_back() == 0
    clock[0] = DEAD_AFTER_S
    assert recovery.put_back() == 7
    waiting = {name: core.redis.llen(f"dramatiq:{name}") for names in LISTS.values() for name in names}
    assert waiting == {"signups": 0, "signups.file": 1, "deliver.browser": 2, "deliver": 2, "deliver.file": 2}
    dead.close()


def test_messages_of_a_lane_are_finished_put_back_and_left_like_any_other(installation):
    """One acknowledged, one to the dead letters, one put back unbegun, one fetched and not handed on."""
    broker, client = installation.services.core.broker, installation.services.core.redis
    broker.declare_queue(DELIVER_QUEUE)
    installation.services.core.queue.wake([1, 2, 3, 4], Lane.BROWSER)
    consumer = broker.consume(DELIVER_QUEUE, prefetch=4, timeout=100)
    done, failed, unbegun = next(consumer), next(consumer), next(consumer)
    consumer.ack(done)
    consumer.nack(failed)
    consumer.requeue([unbegun])
    consumer.close()
    assert client.llen("dramatiq:deliver.browser") == 2
    assert client.zcard("dramatiq:deliver.browser.XQ") == 1
    assert client.exists(f"dramatiq:__acks__.{broker.broker_id}.deliver.browser") == 0
    assert broker.in_hand(DELIVER_QUEUE) == set()
