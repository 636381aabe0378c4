"""The last line of defence: the ledger's own index, even if the code above it is wrong."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.faults.promise import assert_promise_kept
from tests.parts.ses_behaviour import ACCEPT_THEN_DROP
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
