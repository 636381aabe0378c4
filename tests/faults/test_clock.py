"""A worker whose own clock is wrong: the database's, Redis's and SES's are not, and theirs are what counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.parts.waiting import wait_for
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState

pytestmark = pytest.mark.faults

MINUTE_S = 61.0
WEEK_S = 8 * 86_400.0


@pytest.mark.long
@pytest.mark.parametrize("ahead_s", [MINUTE_S, -MINUTE_S])
def test_a_minute_s_difference_makes_none(usual_installation: Installation, ahead_s: float) -> None:
    installation = usual_installation
    installation.sign_up("reader", "next")
    installation.start(clock_ahead_s=ahead_s)
    installation.settle()
    assert set(installation.states().values()) == {ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


@pytest.mark.parametrize("ahead_s", [WEEK_S, pytest.param(-WEEK_S, marks=pytest.mark.long)])
def test_a_signature_that_ses_refuses_sends_nothing_and_fails_no_report(
    usual_installation: Installation, ahead_s: float
) -> None:
    """The letter waits for a worker whose clock is right; nothing counts against it, and the others go on."""
    installation = usual_installation
    installation.sign_up("reader")
    wrong = installation.start(clock_ahead_s=ahead_s)
    wait_for(
        lambda: installation.ses.posts == 1 and installation.report("reader").state == ReportState.READY,
        "one attempt refused",
    )
    wrong.kill()
    report, (refused,) = installation.report("reader"), installation.attempts("reader")
    assert (report.state, report.refusals) == (ReportState.READY, 0)
    assert abs(refused.signed_at - refused.intent_at - timedelta(seconds=ahead_s)) < timedelta(minutes=5)
    assert "Signature" in refused.error_text
    with installation.services.core.ledger.write() as tx:
        assert pauses.current_pause(tx) is None, "one machine's clock stops no other machine"
        tx.exec_driver_sql("UPDATE report SET not_before = changed_at")
    installation.start()
    installation.settle()
    assert [attempt.state for attempt in installation.attempts("reader")] == ["refused", "accepted"]
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)
