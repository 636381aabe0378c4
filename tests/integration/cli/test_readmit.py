"""`worker readmit`: a plan first, then what can be admitted."""

import json

import pytest
import sqlalchemy as sa

from tests.parts.reports import IDENTITY_KEY, key_of, refuse
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import audit
from worker.ledger.status import conservation
from worker.ledger.store import open_ledger

BECAUSE = ("--reason", "because", "--actor", "ops")


@pytest.fixture
def ledger(ledger_url, worker, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", ledger_url)
    monkeypatch.setenv("WORKER_IDENTITY_KEY", IDENTITY_KEY)
    monkeypatch.setenv("USER", "")
    ledger = open_ledger(ledger_url)
    yield ledger
    ledger.close()


def test_a_readmission_is_a_plan_first(worker, ledger):
    limited = refuse(ledger, "ada@example.com")
    unknown = refuse(ledger, "bob@example.com", outcome=Outcome.UNKNOWN_ROLE, role="Quux Blorp")
    plan = worker("readmit")
    assert "1 can be admitted now" in plan
    assert "still_unknown" in plan
    assert "ada@" not in plan
    assert "--reason" in worker("readmit", "--yes", "--actor", "ops", expect=2)
    assert "nothing to take back" in worker("readmit", "--since", "2999-01-01")
    worker("readmit", "--id", str(unknown), "--yes", *BECAUSE, expect=1)
    worker("readmit", "--id", "999", expect=3)
    assert "1 admitted" in worker("readmit", "--outcome", "rate_limited", "--yes", *BECAUSE)
    printed = json.loads(worker("readmit", "--id", str(limited), "--json", expect=1))
    assert (printed["signups"][0]["group"], printed["admitted"]) == ("not_refused", None)
    assert "Nothing to do: none of these" in worker("readmit", "--yes", *BECAUSE)
    with ledger.read() as tx:
        counted = conservation(tx)
    assert counted.holds
    assert counted.outcomes[Outcome.ADMITTED] == 1


def test_people_are_named_by_address_or_on_standard_input(worker, ledger):
    for email in ("ada@example.com", "bob@example.com", "eva@example.com"):
        refuse(ledger, email)
    assert "1 can be admitted now" in worker("readmit", "--email", "ADA@example.com")
    assert "line 2: email" in worker("readmit", "--email", "-", stdin="ada@example.com\nno address\n", expect=2)
    assert "nothing to take back" in worker("readmit", "--email", "-", stdin="")
    assert "nothing to take back" in worker("readmit", "--email", "nobody@example.com")
    lines = "Ada <ada@example.com>\n\nbob@example.com\n"
    assert "2 admitted" in worker("readmit", "--email", "-", "--yes", *BECAUSE, stdin=lines)
    with ledger.read() as tx:
        assert conservation(tx).outcomes[Outcome.RATE_LIMITED] == 1
        recorded = tx.execute(sa.select(audit.c.action, audit.c.recipient_key)).all()
    assert ("look_up", key_of("nobody@example.com")) in recorded
