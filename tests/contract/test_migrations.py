"""Migrations: those of a release never change, those after it only add, and none blocks the running workers."""

import hashlib
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from worker.ledger.revision import MIGRATIONS

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "check-migrations"

FROZEN = {
    "columns.py": "0f242885142b3791d2b31a8235871e85669ece20971c352ae39bc84aa93417ce",
    "tallies.py": "b114b7a956365bdad12b0a117ff6c21db6f04d00872f0d6aa9aebffc348ac5a8",
    "versions/0001_the_ledger.py": "e0dd94f659f12411f409f699e44afbe177577f54caf0dce6b72b2a22a465497d",
}
"""SHA-256 of each file that a release has migrated ledgers with, by its path under worker/ledger/migrations. A release
adds its revisions, and columns.py with the first: docs/releasing.md."""

ADDS = re.compile(
    r"(BEGIN|COMMIT|CREATE TABLE|CREATE (UNIQUE )?INDEX|ALTER TABLE \w+ (ADD (COLUMN|CONSTRAINT)|VALIDATE CONSTRAINT)|"
    r"CREATE (FUNCTION|TRIGGER)|INSERT INTO|SET LOCAL)\b"
)
REPLACES_A_CHECK = re.compile(r"ALTER TABLE (\w+) DROP CONSTRAINT (ck_\w+)")
"""A new word of a state or channel makes its check wider: the old check goes and one of the same name comes."""


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of the files that a migration consists of, by their paths under the folder."""
    files = [folder / "columns.py", folder / "tallies.py", *sorted((folder / "versions").glob("[!_]*.py"))]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def changed(frozen: dict[str, str], folder: Path) -> list[str]:
    """The frozen files that are not what they were."""
    now = digests(folder)
    return [name for name, digest in frozen.items() if now.get(name) != digest]


def statements(sql: str) -> list[str]:
    whole = re.sub(r"\$\$.*?\$\$", "$$ $$", sql, flags=re.DOTALL)  # without the statements inside functions
    return [" ".join(each.split()) for each in whole.split(";") if each.strip()]


def does_not_add(sql: str) -> list[str]:
    """The statements after which a version that knows the ledger as it was might fail."""
    found = statements(sql)
    wrong = []
    for each in found:
        check = REPLACES_A_CHECK.fullmatch(each)
        again = check and any(f"ALTER TABLE {check[1]} ADD CONSTRAINT {check[2]} CHECK" in other for other in found)
        must_be_given = " NOT NULL" in each and each.startswith("ALTER TABLE") and " DEFAULT " not in each
        if not (ADDS.match(each) or again) or must_be_given:
            wrong.append(each)
    return wrong


def migrations_with(tmp_path: Path, body: str) -> Path:
    """The ledger's migrations and one more, which does what `body` says."""
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    last = max((folder / "versions").glob("[!_]*.py")).name.partition("_")[0]
    (folder / "versions" / "9999_one_more.py").write_text(
        f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "9999"\ndown_revision = "{last}"\n'
        f"def upgrade():\n    {body}\n"
    )
    return folder


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


ADDING = [
    'op.add_column("signup", sa.Column("colour", sa.Text()))',
    'op.add_column("signup", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))',
    'op.create_table("colour", sa.Column("name", sa.Text(), primary_key=True))',
    'with op.get_context().autocommit_block(): '
    'op.create_index("ix_signup_channel", "signup", ["channel"], postgresql_concurrently=True)',
    'op.execute("ALTER TABLE report DROP CONSTRAINT ck_report_state"); '
    'op.execute("ALTER TABLE report ADD CONSTRAINT ck_report_state CHECK (state <> \'\') NOT VALID")',
]  # fmt: skip
BREAKING = [
    'op.drop_column("signup", "campaign")', 'op.drop_table("audit")', 'op.rename_table("audit", "record")',
    'op.alter_column("signup", "campaign", new_column_name="source")',
    'op.alter_column("signup", "campaign", type_=sa.Integer())',
    'op.alter_column("signup", "campaign", nullable=False)',
    'op.add_column("signup", sa.Column("colour", sa.Text(), nullable=False))',
    'op.drop_index("ix_signup_campaign")', 'op.drop_constraint("ck_report_state", "report")',
    'op.execute("UPDATE signup SET campaign = NULL")', 'op.execute("DELETE FROM audit")',
]  # fmt: skip
LOCKING = {
    'op.create_index("ix_signup_channel", "signup", ["channel"])': "require-concurrent-index-creation",
    'op.create_foreign_key("fk_a", "audit", "report", ["report_id"], ["id"])': "adding-foreign-key-constraint",
    'op.create_check_constraint("ck_a", "signup", "campaign <> \'\'")': "constraint-missing-not-valid",
    'op.create_unique_constraint("uq_a", "signup", ["payload_digest"])': "disallowed-unique-constraint",
    'op.add_column("signup", sa.Column("at", sa.DateTime(), server_default=sa.text("clock_timestamp()")))': (
        "adding-field-with-default"
    ),
    'op.alter_column("signup", "campaign", type_=sa.Integer())': "changing-column-type",
}


def test_a_revision_of_a_release_is_what_it_was():
    assert changed(FROZEN, MIGRATIONS) == []


def test_a_frozen_revision_that_changes_is_named(tmp_path):
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    frozen = digests(folder)
    assert changed(frozen, folder) == []
    first = folder / "versions" / "0001_the_ledger.py"
    first.write_text(first.read_text().replace("sa.Text()", "sa.String(80)", 1))
    (folder / "columns.py").unlink()
    with pytest.raises(FileNotFoundError):
        changed(frozen, folder)
    (folder / "columns.py").write_text("")
    assert changed(frozen, folder) == ["columns.py", "versions/0001_the_ledger.py"]


def test_later_revisions_only_add(script):
    first, *later = script["revisions"](MIGRATIONS)
    assert {revision.revision: does_not_add(script["sql_of"](revision)) for revision in later} == {
        revision.revision: [] for revision in later
    }
    assert does_not_add(script["sql_of"](first)) == []


@pytest.mark.parametrize("body", ADDING)
def test_what_adds_is_allowed(script, tmp_path, body):
    folder = migrations_with(tmp_path, body)
    assert does_not_add(script["sql_of"](script["revisions"](folder)[-1])) == []


@pytest.mark.parametrize("body", BREAKING)
def test_what_breaks_the_version_before_is_refused(script, tmp_path, body):
    folder = migrations_with(tmp_path, body)
    assert does_not_add(script["sql_of"](script["revisions"](folder)[-1]))


def test_squawk_lets_the_ledgers_own_revisions_pass():
    done = linted(MIGRATIONS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("body", "rule"), LOCKING.items())
def test_a_migration_that_locks_is_refused(tmp_path, body, rule):
    done = linted(migrations_with(tmp_path, body))
    assert done.returncode == 1, done.stderr
    assert rule in done.stdout


@pytest.mark.parametrize("body", ADDING)
def test_squawk_lets_what_only_adds_pass(tmp_path, body):
    done = linted(migrations_with(tmp_path, body))
    assert done.returncode == 0, done.stdout + done.stderr
