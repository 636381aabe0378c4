"""The page on which an operator decides an unknown send."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts.clock import let_time_pass
from tests.parts.reports import UNKNOWN, attempted, owe
from tests.parts.ses_events import DELIVERED
from worker.ledger import feedback
from worker.ledger.feedback import NewEvent
from worker.ledger.schema import audit, report
from worker.ledger.signing_fence import SIGNING_FENCE_S
from worker.ledger.timeline import attempts_of
from worker.ledger.users import UserRole

SENT = {"decision": "sent", "reason": "in the provider's log"}
AGAIN = {
    "decision": "assume_unsent",
    "may_come_twice": "yes",
    "reason": "nothing in SES after two hours",
}


def looked(minutes_ago=0):
    """What a browser's field says of a look at SES so long ago."""
    return {"looked_at": f"{datetime.now(UTC) - timedelta(minutes=minutes_ago):%Y-%m-%dT%H:%M:%S}"}


@pytest.fixture
def unknown(site):
    """Return the path of the page of a report whose send has just become unknown."""
    report_id = owe(site.services.core.ledger)
    attempted(site.services.core.ledger, report_id, UNKNOWN)
    return f"/log/unknown/{report_id}"


def after_the_fence(site):
    let_time_pass(site.services.core.ledger, SIGNING_FENCE_S + 1)


def found(site):
    with site.services.core.ledger.read() as tx:
        actions = tx.execute(
            sa.select(audit.c.action, audit.c.actor, audit.c.reason).where(audit.c.action != "login")
        ).all()
        return tx.execute(sa.select(report.c.state)).scalar_one(), [tuple(action) for action in actions]


def test_the_list_links_to_what_is_known_and_looking_changes_nothing(site, unknown):
    operator = site.logged_in(UserRole.OPERATOR)
    assert unknown in operator.get("/log/attention").text
    page = operator.get(unknown).text
    for text in ("a***@example.com", "number 1", "through ses", "in words", "events from SES</dt><dd>none"):
        assert text in page
    assert "ada@example.com" not in page
    assert found(site) == ("unknown", [])


def test_a_send_decided_as_sent_is_sent(site, unknown):
    operator = site.logged_in(UserRole.OPERATOR)
    assert operator.post(f"{unknown}/decide", page=unknown, **SENT).status_code == 303
    assert "counts as sent" in operator.get("/log/attention").text
    assert found(site) == ("sent", [("resolve", "log:a-operator", "in the provider's log")])


def test_within_the_fence_nothing_is_sent_again(site, unknown):
    operator = site.logged_in(UserRole.OPERATOR)
    assert "may still reach SES" in operator.get(unknown).text
    operator.post(f"{unknown}/decide", page=unknown, **AGAIN | looked())
    assert "was not decided" in operator.get("/log/attention").text
    assert found(site) == ("unknown", [])


def test_after_the_fence_it_is_sent_again_once_the_risk_is_accepted(site, unknown):
    after_the_fence(site)
    operator = site.logged_in(UserRole.OPERATOR)
    for less in ({"may_come_twice": ""}, {"reason": " "}, {"decision": "perhaps"}, {"looked_at": "soon"}):
        refused = operator.post(f"{unknown}/decide", page=unknown, **AGAIN | looked() | less)
        assert refused.status_code == 422
    assert found(site) == ("unknown", [])
    assert operator.post(f"{unknown}/decide", page=unknown, **AGAIN | looked()).status_code == 303
    state, actions = found(site)
    assert (state, len(actions)) == ("ready", 1)
    operator.post(f"{unknown}/decide", page="/log/attention", **SENT)  # a second tab, opened before
    assert found(site) == (state, actions)


def test_a_look_before_the_fence_is_no_ground_for_sending_again(site, unknown):
    after_the_fence(site)
    operator = site.logged_in(UserRole.OPERATOR)
    assert "When did you last look" in operator.get(unknown).text
    operator.post(f"{unknown}/decide", page=unknown, **AGAIN | looked(minutes_ago=10))
    assert "look again, then decide" in operator.get("/log/attention").text
    assert found(site) == ("unknown", [])


def test_an_event_that_arrived_meanwhile_prevents_a_second_send(site, unknown):
    with site.services.core.ledger.write() as tx:
        [row] = attempts_of(tx, int(unknown.rpartition("/")[2]))
        feedback.insert_event(tx, NewEvent("k", DELIVERED, None, row.id, None, datetime.now(UTC), "{}"))
    after_the_fence(site)
    operator = site.logged_in(UserRole.OPERATOR)
    assert "delivered at" in operator.get(unknown).text
    operator.post(f"{unknown}/decide", page=unknown, **AGAIN | looked())
    assert "SES accepted it" in operator.get("/log/attention").text
    assert found(site) == ("unknown", [])


def test_a_report_that_is_not_unknown_redirects_with_the_reason(one_site):
    report_id = owe(one_site.services.core.ledger)
    operator = one_site.logged_in(UserRole.OPERATOR)
    assert operator.get(f"/log/unknown/{report_id}").status_code == 303
    assert "ready, not unknown" in operator.get("/log/attention").text
    for nonsense in ("x", "-1", "9" * 30, "\u0661"):
        assert operator.get(f"/log/unknown/{nonsense}").status_code == 404
