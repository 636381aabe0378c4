"""The last line of defence: the ledger's own index, even if the code above it is wrong."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.faults.promise import assert_promise_kept
from tests.faults.test_ledger import BeforeIntent
from tests.parts.ses_behaviour import ACCEPT_THEN_DROP
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import report

pytestmark = pytest.mark.faults


def test_a_report_put_back_by_hand_is_not_posted_again(installation):
    """An unknown report is set to ready in the database itself: its live attempt stops the next one."""
    installation.ses.script.queue.append(ACCEPT_THEN_DROP)
    reports = installation.sign_up("reader")
    assert installation.services.deliverer.deliver(reports["reader"]) == "unknown"
    with installation.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(state=ReportState.READY))
    assert installation.services.deliverer.deliver(reports["reader"]) == "lost_claim"
    assert installation.ses.posts == 1
    assert len(installation.attempts("reader")) == 1
    assert len(installation.ses.accepted) == 1
    with installation.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(state=ReportState.UNKNOWN))
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_a_pause_between_the_claim_and_the_intent_keeps_the_letter(installation):
    """`worker pause`, or the alarm of a restored backup, comes while the letter is composed: nothing is posted."""
    reports = installation.sign_up("reader")
    services = installation.boot(wrap_mailer=lambda mailer: BeforeIntent(mailer, lambda: pause_sending(installation)))
    assert services.deliverer.deliver(reports["reader"]) == "ready"
    assert installation.ses.posts == 0
    assert installation.attempts("reader") == []
    services.core.ledger.close()


def pause_sending(installation):
    """As an operator does, in another process."""
    with installation.services.core.ledger.write() as tx:
        assert pauses.pause(tx, holder="operator:ada", reason="looks odd")
