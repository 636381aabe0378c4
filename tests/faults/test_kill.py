"""kill -9 at every named point of a delivery: one killed worker per point on one ledger, then a whole one."""

from __future__ import annotations

import pytest

from tests.faults.installation import Installation, signup
from tests.faults.points import Point
from tests.faults.promise import assert_promise_kept
from tests.parts.ses_behaviour import ACCEPT_THEN_HANG
from tests.parts.waiting import wait_for
from worker.ledger.lifecycle import AttemptState, ReportState

pytestmark = pytest.mark.faults

TRULY_UNKNOWN = {Point.AFTER_INTENT, Point.AFTER_POST, Point.AFTER_REPLY}
ACCEPTED = set(Point) - {Point.AFTER_INTENT}


def test_killed_at_every_point(installation, subtests):
    installation.ses.script.recipients[Point.AFTER_POST] = ACCEPT_THEN_HANG
    for point in Point:
        _kill_at(installation, point)
    last = installation.start()
    installation.settle()
    assert last.stop() == 0

    for point in Point:
        with subtests.test(point=str(point)):
            unknown = point in TRULY_UNKNOWN
            letters = [letter for letter in installation.ses.accepted if point in letter.destination]
            assert installation.states()[point] == (ReportState.UNKNOWN if unknown else ReportState.SENT)
            assert len(letters) == (1 if point in ACCEPTED else 0)
            (attempt,) = installation.attempts(point)
            assert attempt.state == (AttemptState.UNKNOWN if unknown else AttemptState.ACCEPTED)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=len(Point))
    assert installation.ses.posts == len(ACCEPTED)


def _kill_at(installation: Installation, point: Point) -> None:
    worker = installation.start(point, mark=point, threads=1)  # so that no other report is in its hands
    installation.services.core.queue.enqueue_signup(signup(point))
    if point is Point.AFTER_POST:
        wait_for(lambda: any(point in letter.destination for letter in installation.ses.accepted), "SES accepts")
        worker.kill()
    else:
        worker.wait_until_killed()
    installation.services.core.queue.enqueue_signup(
        signup(point)
    )  # redelivered, as what a dead worker never acknowledged
