"""The next version of the worker, to be run beside this one: one more column in the ledger, another letter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tests.faults.installation import ROOT, Installation
from worker.ledger.lifecycle import AttemptState
from worker.ledger.revision import head_revision
from worker.ledger.schema import attempt

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


def make_next_version(checkout: Path) -> Path:
    """Write a checkout of the next version; returns where it is."""
    for part in ("worker", "templates", "data", "tests"):
        shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "worker/ledger/migrations/versions/next_priority.py").write_text(MIGRATION)
    column = 'sa.Column("priority", sa.Integer, nullable=False, server_default="0"),'
    before = '    one_of("state", ReportState),'
    _replace(checkout / "worker/ledger/schema.py", before, f"    {column}\n{before}")
    _replace(checkout / "templates/email/report/body.txt", "{{ link.text }}:", "{{ link.text }} is here:")
    return checkout


def run_command(
    installation: Installation, checkout: Path, *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a `worker` command of the version in `checkout`; raises CalledProcessError where it fails and `check`."""
    return subprocess.run(
        [*COMMAND, *words],
        env={**os.environ, **installation.environment, "REDIS_URL": installation.redis_url}
        | {"PYTHONPATH": str(checkout)},
        cwd=checkout, check=check, capture_output=True, text=True,
    )  # fmt: skip


def versions_sent(installation: Installation) -> set[str]:
    """The versions of the letter that SES accepted."""
    query = sa.select(attempt.c.template_version).where(attempt.c.state == AttemptState.ACCEPTED).distinct()
    with installation.services.core.ledger.read() as tx:
        return set(tx.execute(query).scalars())


def _replace(path: Path, old: str, new: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
