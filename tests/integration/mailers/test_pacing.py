"""The shared send rate on a real Redis. Only ratios of Redis's own time stamps are asserted."""

import itertools
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import PacingUnavailable
from worker.ledger.channels import Lane
from worker.mailers.pacing import (
    MAX_WAIT_S,
    OVERTAKEN_AT_MOST,
    SLOW_DOWN_FACTOR,
    SLOWEST_FACTOR,
    RedisPacer,
)

ROOT = Path(__file__).resolve().parents[3]
RATE_PER_S = 40.0
AT_ONCE = Retry(NoBackoff(), 0)  # gives up at once
TAKER = """
import sys, threading, time, redis
from worker.ledger.channels import Lane
from worker.mailers.pacing import RedisPacer
client = redis.Redis.from_url(sys.argv[1])
pacer = RedisPacer(client, lambda: float(sys.argv[2]))
def take(name):
    for _ in range(int(sys.argv[3])):
        assert pacer.wait_for_slot(Lane.SERVER) is None
        seconds, micros = client.time()
        client.rpush("taken", f"{name} {seconds}.{micros:06}")
client.incr("ready")
while int(client.get("ready")) < int(sys.argv[5]): time.sleep(0.01)
threads = [threading.Thread(target=take, args=(f"{sys.argv[4]}-{n}",)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        yield client


class Slots:
    """Takes slots without sleeping; `at` is, in Redis's time, where each one ends and the next begins."""

    def __init__(self, client, rate_per_s=RATE_PER_S, **options):
        self.at = []
        self._client = client
        self.pacer = RedisPacer(client, lambda: rate_per_s, sleep=lambda _: None, **options)

    def take(self, count, lane=Lane.BROWSER):
        for _ in range(count):
            refused = self.pacer.wait_for_slot(lane)
            assert refused is None, refused
            self.at.append(float(self._client.get("pacing:next")))

    def gaps(self):
        return [later - earlier for earlier, later in itertools.pairwise(self.at)]


def test_slots_are_evenly_spaced(client):
    slots = Slots(client)
    slots.take(200)
    assert [gap * RATE_PER_S for gap in slots.gaps()] == [pytest.approx(1, rel=0.01)] * 199


def test_idle_time_allows_no_burst(client):
    slots = Slots(client)
    slots.take(1)
    client.set("pacing:next", "1000.0")  # the last letter left long ago
    slots.take(20)
    assert all(gap * RATE_PER_S > 0.99 for gap in slots.gaps()[1:])


@pytest.mark.slow
def test_processes_and_threads_share_one_rate_without_bursts(client, redis_url):
    command = [sys.executable, "-c", TAKER, redis_url, str(RATE_PER_S), "15"]
    processes = [subprocess.Popen([*command, str(n), "3"], cwd=ROOT) for n in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    taken = [line.decode().split() for line in client.lrange("taken", 0, -1)]
    times = sorted(float(at) for _, at in taken)
    assert len(times) == 3 * 4 * 15
    busiest = max(sum(start <= at < start + 1 for at in times) for start in times)
    assert busiest < 2 * RATE_PER_S
    assert (len(times) - 1) / (times[-1] - times[0]) <= RATE_PER_S * 1.02
    so_far: Counter[str] = Counter()
    for name, _ in sorted(taken, key=lambda slot: float(slot[1])):
        so_far[name] += 1
        if so_far[name] == 15:  # the first to have all of its slots
            break
    assert len(so_far) == 12
    assert min(so_far.values()) >= 5


def test_a_429_widens_the_spacing_for_all_and_several_at_once_count_as_one(client):
    slots, other = Slots(client, recovery_s=1e6), Slots(client, recovery_s=1e6)
    slots.take(20)
    for _ in range(5):
        other.pacer.slow_down()
    before = len(slots.at)
    slots.take(20)
    gaps = slots.gaps()
    assert gaps[before + 1] / gaps[before - 2] == pytest.approx(SLOW_DOWN_FACTOR, rel=0.01)


def test_the_spacing_narrows_again_smoothly(client):
    slots = Slots(client, rate_per_s=1000.0, recovery_s=1e6)
    slots.pacer.slow_down()
    factor = []
    seconds, micros = client.time()
    for halves in range(6):
        client.hset("pacing:slowness", mapping={"factor": "9", "at": str(seconds + micros / 1e6 - halves * 1e6)})
        slots.at.clear()
        slots.take(100)
        factor.append(min(slots.gaps()) * 1000.0)
    assert factor == [pytest.approx(1 + 8 * 0.5**halves, rel=0.01) for halves in range(6)]


def test_many_429s_never_stop_sending(client):
    slots = Slots(client, rate_per_s=1000.0, recovery_s=1e6)
    for _ in range(20):
        slots.pacer.slow_down()
        seconds, micros = client.time()
        client.hset("pacing:slowness", "at", str(seconds + micros / 1e6 - 2))  # as if two seconds had passed
    assert float(client.hget("pacing:slowness", "factor")) <= SLOWEST_FACTOR
    slots.take(100)
    assert min(slots.gaps()) * 1000 == pytest.approx(SLOWEST_FACTOR, rel=0.01)


def test_a_slot_too_far_ahead_is_not_taken(client):
    slow = Slots(client, rate_per_s=1 / (MAX_WAIT_S * 0.6))
    slow.take(2)
    before = client.get("pacing:next")
    refused = slow.pacer.wait_for_slot(Lane.BROWSER)
    assert refused is not None
    assert refused > MAX_WAIT_S
    assert client.get("pacing:next") == before


def take_all(pacer, lane):
    """Give a lane every slot that it may take; returns the seconds until the first that it may not."""
    while (refused := pacer.wait_for_slot(lane)) is None:
        pass
    return refused


def test_a_file_leaves_the_last_slots_to_servers_and_browsers(client):
    """At two letters a second the lanes differ by five slots each, however many threads ask."""
    pacer = Slots(client, rate_per_s=2.0).pacer
    assert 20.0 < take_all(pacer, Lane.FILE) <= 20.5
    assert 22.5 < take_all(pacer, Lane.SERVER) <= 23.0
    assert 25.0 < take_all(pacer, Lane.BROWSER) <= 25.5


def test_browsers_leave_one_slot_of_eight_to_lanes_that_they_keep_waiting(client):
    """While browsers take every slot as it comes near enough, a file would never get one."""
    pacer = Slots(client, rate_per_s=2.0).pacer
    take_all(pacer, Lane.FILE)
    given: Counter[Lane] = Counter()
    for _ in range(80):
        client.incrbyfloat("pacing:next", -0.5)  # half a second passes, and another slot is near enough
        lane = next(lane for lane in (Lane.FILE, Lane.SERVER, Lane.BROWSER) if pacer.wait_for_slot(lane) is None)
        given[lane] += 1
        while pacer.wait_for_slot(Lane.BROWSER) is None:
            given[Lane.BROWSER] += 1
    assert given.total() >= 80
    assert given[Lane.FILE] == pytest.approx(given.total() / (OVERTAKEN_AT_MOST + 1), abs=1)


@pytest.mark.parametrize("days", [-8, 8])
def test_slots_are_assigned_after_a_jump_of_redis_s_clock(client, days):
    slots = Slots(client)
    slots.take(3)
    shift = -days * 86_400  # what the clock's jump does to every stamp, seen from the new time
    client.set("pacing:next", float(client.get("pacing:next")) + shift)
    seconds, _ = client.time()
    client.hset("pacing:slowness", mapping={"factor": "16", "at": str(seconds + shift)})
    slots.at.clear()
    slots.take(20)
    assert min(slots.gaps()) * RATE_PER_S == pytest.approx(1, rel=0.01)
    assert slots.at[0] - seconds < MAX_WAIT_S


def test_without_redis_there_are_no_slots(tmp_path):
    pacer = RedisPacer(redis.Redis(unix_socket_path=str(tmp_path / "nobody"), retry=AT_ONCE), lambda: RATE_PER_S)
    with pytest.raises(PacingUnavailable):
        pacer.wait_for_slot(Lane.BROWSER)
    pacer.slow_down()


def test_no_slots_are_assigned_once_redis_fails_under_load(client, redis_url):
    """CLIENT PAUSE for all clients: waiting threads get an error, not a slot."""
    impatient = redis.Redis.from_url(redis_url, socket_timeout=0.2, retry=AT_ONCE)
    pacer = RedisPacer(impatient, lambda: RATE_PER_S)
    assert pacer.wait_for_slot(Lane.FILE) is None
    client.execute_command("CLIENT", "PAUSE", "1500", "WRITE")
    outcomes: list[object] = []

    def take():
        try:
            outcomes.append(pacer.wait_for_slot(Lane.FILE))
        except PacingUnavailable:
            outcomes.append("unavailable")

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.execute_command("CLIENT", "UNPAUSE")
    assert outcomes == ["unavailable"] * 4
    impatient.close()
