"""Many signups of one provider in a file, through `worker enqueue` and a running worker: nobody is refused."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.parts.shell import Shell
from tests.parts.waiting import wait_for
from tests.ses_server import SesServer
from worker.ledger.schema import signup
from worker.ledger.status import conservation


@pytest.fixture(
    params=[(60, 50), pytest.param((600, 500), marks=pytest.mark.long)], ids=["sixty", "six hundred, default limits"]
)
def backlog(request, sqlite_ledger_url, redis_url, tmp_path, monkeypatch):
    """An installation, and how many signups come at a limit of how many an hour."""
    number, limit = request.param
    limits = {"WORKER_DOMAIN_LIMIT_PER_HOUR": str(limit), "WORKER_TOTAL_LIMIT_PER_HOUR": "20000"}
    with SesServer(log=tmp_path / "ses.jsonl") as ses:
        made = Installation(
            tmp_path, database_url=sqlite_ledger_url, redis_url=redis_url, ses=ses,
            settings=limits | {"WORKER_CLAIM_LEASE_S": "120", "WORKER_SES_READ_TIMEOUT_S": "60"},
        )  # fmt: skip
        for name, value in {**made.environment, "REDIS_URL": redis_url}.items():
            monkeypatch.setenv(name, value)
        yield made, number, limit
        made.close()


PATIENCE_S = 1800  # for hundreds of letters on a machine that does something else too
OVER = (datetime.now(UTC) - timedelta(hours=1)).replace(minute=30, second=0, microsecond=0)


@pytest.mark.parametrize(
    ("hours", "waits"), [(6, False), (0, True)], ids=["written during an outage", "written in one moment"]
)
def test_everybody_in_a_file_is_admitted(backlog, tmp_path, monkeypatch, hours, waits):
    installation, number, limit = backlog
    lines = [
        json.dumps({
            "version": 1, "signup_id": f"s-{n}", "email": f"a.reader.{n}@gmail.com", "role": "ml-engineer",
            "consented_at": (OVER - timedelta(hours=hours * n / number)).isoformat(),
        })
        for n in range(number)
    ]  # fmt: skip
    (tmp_path / "backlog.jsonl").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    waiting = number - limit if waits else 0

    with installation.worker_thread():
        Shell(tmp_path, monkeypatch)("enqueue", "backlog.jsonl")
        wait_for(
            lambda: len(installation.ses.accepted) >= number - waiting, "every letter that is due", timeout_s=PATIENCE_S
        )
    with installation.services.core.ledger.read() as tx:
        sums = conservation(tx)
        channels = set(tx.execute(sa.select(signup.c.channel)).scalars())
        noted = tx.execute(sa.select(signup.c.detail)).scalars().all()
    assert sums.holds
    assert +Counter(sums.outcomes) == {"admitted": number}
    assert channels == {"file"}
    assert sum("delayed_by" in detail for detail in noted) == waiting
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=number)
