"""Two versions of the worker on one ledger and one Redis, as in the minutes of a rolling upgrade."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.installation import ROOT, Installation, wait_for
from tests.faults.promise import assert_promise_kept
from tests.parts.ses_behaviour import ACCEPT_THEN_DROP
from worker.delivery.disposition import AttemptResult, Sent
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.revision import current_revision, head_revision
from worker.ledger.schema import attempt

pytestmark = pytest.mark.faults

COMMAND = [sys.executable, "-c", "from worker.cli.main import run; run()"]
MIGRATION = f'''"""One more column."""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head_revision()}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
'''


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A checkout of the next version: one more column, another letter."""
    checkout = tmp_path / "newer"
    for part in ("worker", "templates", "data", "tests"):
        shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "worker/ledger/migrations/versions/next_priority.py").write_text(MIGRATION)
    column = 'sa.Column("priority", sa.Integer, nullable=False, server_default="0"),'
    before = '_one_of("state", ReportState),'
    _replace(checkout / "worker/ledger/schema.py", before, f"{column}\n    {before}")
    _replace(checkout / "templates/email/report/body.txt", "It does not mean", "It never means")
    return checkout


@pytest.mark.long
def test_old_and_new_side_by_side(usual_installation: Installation, newer: Path) -> None:
    """The ledger is migrated under running workers, which go on; the new ones join; then the old ones go."""
    installation = usual_installation
    old = installation.start()
    installation.sign_up("before")
    wait_for(lambda: installation.states()["before"] == ReportState.SENT, "the old version at work")
    _worker(installation, newer, "migrate")
    new = installation.start(checkout=newer)
    names = iter(f"beside-{number}" for number in range(1000))

    def both_have_sent() -> bool:
        installation.sign_up(next(names))
        return len(_versions(installation)) == 2

    wait_for(both_have_sent, "both versions at work")
    assert old.stop() == 0
    installation.sign_up("after")
    installation.settle()
    assert new.stop() == 0
    assert set(installation.states().values()) == {ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)
    assert len(installation.ses.accepted) == len(installation.states())


@pytest.mark.long
def test_an_old_version_is_not_started_on_a_new_ledger(usual_installation: Installation, newer: Path) -> None:
    installation = usual_installation
    _worker(installation, newer, "migrate")
    assert current_revision(installation.services.core.ledger) == "next"
    refused = _worker(installation, ROOT, "run", check=False)
    assert refused.returncode == 2
    assert f"this version needs {head_revision()}: start the newer version" in refused.stderr


def test_an_outcome_spooled_by_a_newer_version_is_written_back(sqlite_installation: Installation) -> None:
    """Two versions on one machine share the spool; what this one does not know of is passed over."""
    installation = sqlite_installation
    reports = installation.sign_up("reader")
    installation.ses.script.queue.append(ACCEPT_THEN_DROP)
    assert installation.services.deliverer.deliver(reports["reader"]) == "unknown"
    (unknown,) = installation.attempts("reader")
    spooled = AttemptResult(unknown.id, reports["reader"], Sent("of SES")).to_json()
    spool = installation.home / "state" / "spool"
    spool.mkdir(parents=True)
    (spool / f"{unknown.id}.json").write_text(json.dumps({**spooled, "cost_microdollars": 100}))
    assert installation.services.sweeper.sweep().counts["results_written_back"] == 1
    assert installation.states() == {"reader": ReportState.SENT}


def _versions(installation: Installation) -> set[str]:
    """The versions of the letter that were sent."""
    query = sa.select(attempt.c.template_version).where(attempt.c.state == AttemptState.ACCEPTED).distinct()
    with installation.services.core.ledger.read() as tx:
        return set(tx.execute(query).scalars())


def _worker(
    installation: Installation, checkout: Path, *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        env={**os.environ, **installation.environment, "REDIS_URL": installation.redis_url}
        | {"PYTHONPATH": str(checkout)},
        cwd=checkout, check=check, capture_output=True, text=True,
    )  # fmt: skip


def _replace(path: Path, old: str, new: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
