"""The shared counts of the whole ledger: never older than allowed, and their age is known."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.parts.reports import owe
from worker.errors import LedgerUnavailable
from worker.ledger.cached_counts import KEEP_FACTOR, KEEP_S, CachedCounts
from worker.ledger.status import read_status
from worker.ledger.store import open_ledger


class Clock:
    """Moves when it is set, and by `counting_s` at each reading."""

    def __init__(self, counting_s=0.0):
        self.now, self.counting_s = 0.0, counting_s

    def __call__(self):
        self.now += self.counting_s
        return self.now


def test_counts_are_kept_for_a_moment_and_then_made_again(ledger):
    clock = Clock()
    cached = CachedCounts(ledger, clock=clock)
    first = cached.read()
    owe(ledger)
    clock.now = KEEP_S - 0.1
    assert cached.read() is first
    clock.now = KEEP_S
    assert cached.read().conservation.signups == 1


def test_counts_that_took_long_are_kept_longer(ledger):
    clock = Clock(counting_s=10.0)
    cached = CachedCounts(ledger, clock=clock)
    first = cached.read()
    clock.counting_s = 0.0
    clock.now += 10.0 * KEEP_FACTOR - 0.1
    assert cached.read() is first
    clock.now += 0.2
    assert cached.read() is not first


def test_a_status_has_the_age_of_its_counts_and_the_current_ages(ledger):
    counted = CachedCounts(ledger).read()
    counted = replace(counted, at=counted.at - timedelta(hours=1))
    owe(ledger)
    with ledger.read() as tx:
        old, fresh = read_status(tx, counted), read_status(tx)
    assert (old.conservation.signups, fresh.conservation.signups) == (0, 1)
    assert old.counted_ago_s >= 3600 > fresh.counted_ago_s >= 0
    assert old.oldest_ready_s is not None


def test_many_threads_at_once_share_one_count(ledger):
    cached = CachedCounts(ledger)
    all_here = threading.Barrier(8)

    def ask(_):
        all_here.wait()
        return cached.read()

    with ThreadPoolExecutor(8) as pool:
        assert len({id(counts) for counts in pool.map(ask, range(8))}) == 1


def test_no_counts_are_returned_while_the_ledger_is_away(ledger_url):
    ledger = open_ledger(ledger_url)
    clock = Clock()
    cached = CachedCounts(ledger, clock=clock)
    cached.read()
    clock.now = KEEP_S
    cached._ledger = open_ledger("postgresql+psycopg://nobody@/none?host=/nonexistent")
    with pytest.raises(LedgerUnavailable):
        cached.read()
    cached._ledger = ledger
    assert cached.read().conservation.holds
    ledger.close()
