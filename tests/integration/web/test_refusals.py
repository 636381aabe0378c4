"""The page that takes back refusals: operators see the plan, and act with a reason."""

import sqlalchemy as sa

from tests.parts.reports import refuse
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import audit, report, signup
from worker.ledger.users import UserRole

PAGE = "/log/refusals"


def rows(site, *columns):
    with site.services.core.ledger.read() as tx:
        return [tuple(row) for row in tx.execute(sa.select(*columns).order_by(columns[0]))]


def test_an_operator_takes_back_what_can_be_after_seeing_the_plan(site):
    ledger = site.services.core.ledger
    limited = refuse(ledger, "ada@example.com")
    unknown = refuse(
        ledger, "bob@example.com", outcome=Outcome.UNKNOWN_ROLE, reason="no_such_role", role="<b>Quux</b> Blorp"
    )
    operator = site.logged_in(UserRole.OPERATOR)
    plan = operator.get(PAGE).text
    assert "a***@example.com" in plan
    assert "ada@" not in plan
    assert "&lt;b&gt;Quux&lt;/b&gt; Blorp" in plan
    assert plan.count('name="signup"') == 1
    assert "b***@example.com" not in operator.get(f"{PAGE}?outcome=rate_limited").text
    ticked = [str(limited), str(unknown), "x"]
    assert operator.post(f"{PAGE}/readmit", page=PAGE, signup=ticked).status_code == 422
    assert operator.post(f"{PAGE}/readmit", page=PAGE, signup=[], reason="why").status_code == 422
    assert rows(site, report.c.id) == []
    done = operator.post(f"{PAGE}/readmit", page=PAGE, signup=ticked, reason="the limit was ours")
    assert done.status_code == 303
    assert "1 signup admitted, 1 left alone" in operator.get(PAGE).text
    assert rows(site, signup.c.id, signup.c.outcome) == [(limited, "admitted"), (unknown, "unknown_role")]
    assert rows(site, report.c.signup_row, report.c.address) == [(limited, "ada@example.com")]
    recorded = rows(site, audit.c.actor, audit.c.action, audit.c.reason)
    assert recorded[-1] == ("log:a-operator", "readmit", "the limit was ours")
    assert [action for _, action, _ in recorded].count("readmit") == 1


def test_a_viewer_may_not(one_site):
    row = refuse(one_site.services.core.ledger, "ada@example.com")
    viewer = one_site.logged_in()
    assert viewer.get(PAGE).status_code == 403
    assert viewer.post(f"{PAGE}/readmit", page="/log/", signup=[str(row)], reason="r").status_code == 403
    assert rows(one_site, report.c.id) == []
