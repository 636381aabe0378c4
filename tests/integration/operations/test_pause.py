"""An operator's pause: it takes over the breaker's, is kept against other operators, and its end is recorded."""

import sqlalchemy as sa

from worker.ledger import pauses
from worker.ledger.pauses import RESTORE
from worker.ledger.schema import audit
from worker.operations.pause import NotResumed, Paused, Resumed, pause, resume


def current(ledger):
    with ledger.read() as tx:
        return pauses.current_pause(tx)


def actions(ledger):
    with ledger.read() as tx:
        return [
            (row.actor, row.action, row.reason, row.detail) for row in tx.execute(sa.select(audit).order_by(audit.c.id))
        ]


def held(ledger, holder):
    with ledger.write() as tx:
        pauses.take_over_pause(tx, holder=holder, reason="because")


def test_pausing_and_resuming_are_on_the_record(ledger):
    assert pause(ledger, actor="ops", reason="bad subject line") == Paused(before=None)
    stopped = current(ledger)
    assert (stopped.holder, stopped.reason) == ("operator:ops", "bad subject line")
    assert resume(ledger, actor="eva", reason="fixed") == Resumed(stopped)
    assert current(ledger) is None
    detail = {"holder": "operator:ops", "paused_for": "bad subject line"}
    assert actions(ledger) == [("ops", "pause", "bad subject line", {}), ("eva", "resume", "fixed", detail)]


def test_another_operators_pause_is_left_as_it_is(ledger):
    pause(ledger, actor="ops", reason="first")
    again = pause(ledger, actor="eva", reason="second")
    assert again.was_paused
    assert again.before == current(ledger)
    assert current(ledger).reason == "first"
    assert len(actions(ledger)) == 1


def test_the_breakers_pause_is_taken_over_so_that_it_does_not_end_by_itself(ledger):
    held(ledger, "breaker")
    taken = pause(ledger, actor="ops", reason="I want to look")
    assert not taken.was_paused
    assert taken.before is not None
    assert current(ledger).holder == "operator:ops"
    assert current(ledger).detail == {"took_over": "breaker", "reason": "because"}


def test_resuming_without_a_pause_changes_nothing(ledger):
    assert resume(ledger, actor="ops") == NotResumed("sending is not paused")
    assert actions(ledger) == []


def test_a_suspected_restore_cannot_be_resumed(ledger):
    held(ledger, RESTORE)
    refused = resume(ledger, actor="ops")
    assert isinstance(refused, NotResumed)
    assert "worker restore-check" in refused.why
    assert pause(ledger, actor="ops", reason="r").was_paused
    assert current(ledger).holder == RESTORE
