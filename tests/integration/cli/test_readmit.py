"""`worker readmit`: a plan first, then what can be admitted."""

import json

import pytest

from tests.parts.reports import IDENTITY_KEY, refuse
from worker.ledger.outcomes import Outcome
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
    assert "0 admitted" in worker("readmit", "--yes", *BECAUSE)
    with ledger.read() as tx:
        counted = conservation(tx)
    assert counted.holds
    assert counted.outcomes[Outcome.ADMITTED] == 1
