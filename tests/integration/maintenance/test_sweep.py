"""The sweep on both databases: it recovers expired claims and intents, wakes due reports, one process at a time."""

import pytest

from tests.parts.clock import let_time_pass
from tests.parts.reports import REFUSED, SENT, attempted, claim, intend, owe
from worker.delivery.spool import Spool
from worker.errors import QueueUnavailable
from worker.ledger import pauses
from worker.ledger.channels import Channel, Lane
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.timeline import attempts_of, find_report_row
from worker.maintenance import due_reports
from worker.maintenance.due_reports import IN_PROGRESS
from worker.maintenance.recoveries import list_recoveries
from worker.maintenance.sweep import Recovery, Sweeper


class Queue:
    """The queue as a sweep uses it."""

    def __init__(self):
        self.woken = []
        self.lanes = {}
        self.depth = 0
        self.away = False

    def wake(self, ids, lane):
        if self.away:
            raise QueueUnavailable("ConnectionError")
        self.woken += ids
        self.lanes.setdefault(lane, []).extend(ids)

    def ask_depth(self, lane):
        if self.away:
            raise QueueUnavailable("ConnectionError")
        return self.depth if lane is Lane.SERVER else 0


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def sweeper_of(ledger, queue, tmp_path):
    def make(process="a:1", lease_s=30.0):
        spool = Spool(tmp_path / "spool")
        recoveries = list_recoveries(
            ledger, spool, wake=queue.wake, queue_depth=queue.ask_depth, find_lost_commits=lambda: 0
        )
        return Sweeper(ledger, recoveries, process=process, lease_s=lease_s)

    return make


def state_of(ledger, report_id):
    with ledger.read() as tx:
        return find_report_row(tx, report_id=report_id).state


def test_an_expired_claim_is_ready_again_and_woken(ledger, queue, sweeper_of):
    held, lost = owe(ledger, "held@example.com"), owe(ledger, "lost@example.com")
    claim(ledger, lost, lease_s=10)
    claim(ledger, held, lease_s=1000)
    let_time_pass(ledger, 11)
    assert sweeper_of().sweep().counts["claims_released"] == 1
    assert (state_of(ledger, lost), state_of(ledger, held)) == (ReportState.READY, ReportState.CLAIMED)
    assert queue.woken == [lost]


def test_an_expired_intent_is_unknown_and_not_woken(ledger, queue, sweeper_of):
    report_id = owe(ledger)
    intend(ledger, report_id)
    assert sweeper_of().sweep().counts["intents_unknown"] == 0
    let_time_pass(ledger, 61)
    assert sweeper_of().sweep().counts["intents_unknown"] == 1
    assert state_of(ledger, report_id) == ReportState.UNKNOWN
    with ledger.read() as tx:
        (attempt,) = attempts_of(tx, report_id)
    assert (attempt.state, attempt.error) == (AttemptState.UNKNOWN, "IntentExpired")
    assert queue.woken == []


def test_only_due_reports_are_woken_the_longest_waiting_first(ledger, queue, sweeper_of):
    first, second = owe(ledger, "first@example.com"), owe(ledger, "second@example.com")
    attempted(ledger, owe(ledger, "sent@example.com"), SENT)
    later = owe(ledger, "later@example.com")
    attempted(ledger, later, REFUSED)
    with ledger.write() as tx:
        tx.exec_driver_sql(f"UPDATE report SET not_before = '2999-01-01 00:00:00.000000' WHERE id = {later}")
    sweeper_of().sweep()
    assert queue.woken == [first, second]


def test_reports_already_on_the_queue_are_not_woken_again(ledger, queue, sweeper_of):
    for number in range(3):
        owe(ledger, f"reader-{number}@example.com")
    queue.depth = IN_PROGRESS + 1
    assert sweeper_of().sweep().counts["reports_woken"] == 0
    queue.depth = IN_PROGRESS  # a worker that died may have taken all of them
    assert sweeper_of().sweep().counts["reports_woken"] == 3


def test_each_lane_is_woken_by_itself_whatever_waits_in_another(ledger, queue, sweeper_of, monkeypatch):
    """The oldest due reports are a file's, and more than the queue takes: a browser's is woken all the same."""
    monkeypatch.setattr(due_reports, "QUEUE_TARGET", 3)
    imported = [owe(ledger, f"imported-{number}@example.com", channel=Channel.FILE) for number in range(5)]
    known, clicked = owe(ledger, "known@example.com"), owe(ledger, "clicked@example.com", channel=Channel.BROWSER)
    queue.depth = IN_PROGRESS + 1
    assert sweeper_of().sweep().counts["reports_woken"] == 4
    assert queue.lanes == {Lane.BROWSER: [clicked], Lane.SERVER: [], Lane.FILE: imported[:3]}
    queue.depth = 0
    sweeper_of().sweep()
    assert queue.lanes[Lane.SERVER] == [known]


def test_nothing_is_woken_during_a_pause(ledger, queue, sweeper_of):
    owe(ledger)
    with ledger.write() as tx:
        pauses.pause(tx, holder="operator:ada", reason="to look at something")
    assert sweeper_of().sweep().skipped == "sending is paused"
    assert queue.woken == []


def test_other_recoveries_run_while_the_queue_is_away(ledger, queue, sweeper_of):
    report_id = owe(ledger)
    intend(ledger, report_id)
    let_time_pass(ledger, 61)
    queue.away = True
    swept = sweeper_of().sweep()
    assert (swept.counts["intents_unknown"], swept.skipped) == (1, "the queue is away")


def test_one_process_sweeps_and_another_takes_over_from_a_dead_one(ledger, queue, sweeper_of):
    owe(ledger)
    assert sweeper_of("a:1").sweep().counts["reports_woken"] == 1
    assert sweeper_of("b:2").sweep().skipped == "another process sweeps"
    let_time_pass(ledger, 31)
    assert sweeper_of("b:2").sweep().counts["reports_woken"] == 1


def test_a_local_recovery_runs_in_every_process_the_others_under_the_lease(ledger):
    ran: list[str] = []

    def recovery(name, **options):
        def run():
            ran.append(name)
            return 1

        return Recovery(name, run, **options)

    recoveries = (recovery("local", local=True), recovery("ledger"))
    for process in ("a:1", "b:2"):
        Sweeper(ledger, recoveries, process=process, lease_s=30.0).sweep()
    assert ran == ["local", "ledger", "local"]
