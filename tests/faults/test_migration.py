"""A migration that adds an index runs while workers send, and is repeated where it was cut off."""

from __future__ import annotations

import shutil
import threading

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.parts.waiting import wait_for
from worker.ledger import migrate as migration
from worker.ledger import revision
from worker.ledger.lifecycle import ReportState
from worker.ledger.store import open_ledger

pytestmark = pytest.mark.faults

HEAD = revision.head_revision()
INDEX = "ix_report_page"
REVISION = f'''"""One more index."""

from worker.ledger.migrations.indexes import create_index_beside_writers

revision = "next"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index_beside_writers("{INDEX}", "report", ["page"], where="page IS NOT NULL")
'''
STATE = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


@pytest.fixture
def installation(postgres_ledger_url, redis_url, ses, tmp_path):
    made = Installation(tmp_path, database_url=postgres_ledger_url, redis_url=redis_url, ses=ses)
    yield made
    made.close()


@pytest.fixture
def another_revision(tmp_path, monkeypatch):
    """The migrations of the next version, for this process alone."""
    folder = tmp_path / "migrations"
    shutil.copytree(revision.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next_index.py").write_text(REVISION)
    monkeypatch.setattr(migration, "MIGRATIONS", folder)
    monkeypatch.setattr(revision, "MIGRATIONS", folder)
    revision.known_revisions.cache_clear()
    yield
    monkeypatch.undo()
    revision.known_revisions.cache_clear()


def valid(ledger):
    """Whether the new index is valid; None where it is not there."""
    with ledger.read() as tx:
        return tx.execute(STATE, {"name": INDEX}).scalar_one_or_none()


def test_an_index_is_added_while_workers_send(installation, another_revision):
    """An older transaction keeps the index waiting, so letters certainly leave in the middle of the migration."""
    url, done = installation.environment["DATABASE_URL"], []
    apart, plain = open_ledger(url), sa.create_engine(url, poolclass=sa.NullPool)  # which no limit of time ends
    older = plain.connect()
    worker = installation.start()
    try:
        older.execute(sa.text("LOCK TABLE report IN ROW EXCLUSIVE MODE"))
        migrating = threading.Thread(target=lambda: done.append(migration.migrate(apart)))
        migrating.start()
        wait_for(lambda: valid(installation.services.core.ledger) is False, "the index begun")
        installation.sign_up("ada", "grace", "jean")
        wait_for(lambda: set(installation.states().values()) == {ReportState.SENT}, "three letters", describe=str)
        assert valid(installation.services.core.ledger) is False
        assert migrating.is_alive()
    finally:
        older.close()
        migrating.join(60)
        apart.close()
    assert done == [(HEAD, "next")]
    assert valid(installation.services.core.ledger) is True
    installation.sign_up("late")
    installation.settle()
    assert len(installation.ses.accepted) == 4
    assert worker.stop() == 0


def test_an_index_that_was_cut_off_is_built_again(installation, another_revision):
    """PostgreSQL leaves one that is not valid, of a name that is taken."""
    ledger = installation.services.core.ledger
    installation.sign_up("ada", "grace")
    url = installation.environment["DATABASE_URL"]
    plain = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with plain.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text(f"CREATE UNIQUE INDEX CONCURRENTLY {INDEX} ON report (state)"))
    assert valid(ledger) is False
    assert migration.migrate(ledger) == (HEAD, "next")
    assert valid(ledger) is True
    assert migration.migrate(ledger) == ("next", "next")
