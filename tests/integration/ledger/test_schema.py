"""The migrations lead to exactly the schema, and its constraints hold the promise."""

import secrets
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from worker.errors import LedgerUnavailable
from worker.ledger import migrations
from worker.ledger.migrate import migrate
from worker.ledger.revision import current_revision, head_revision
from worker.ledger.schema import attempt, metadata, report, signup
from worker.ledger.store import after, now, open_ledger


@pytest.fixture
def empty(database_url):
    ledger = open_ledger(database_url)
    yield ledger
    ledger.close()


def shape(engine: sa.Engine) -> dict[str, dict[str, list[str]]]:
    inspected = sa.inspect(engine)

    def shape_of(table: str) -> dict[str, list[str]]:
        indexes = inspected.get_indexes(table)
        return {
            "columns": [f"{c['name']} {c['type']} {c['nullable']}" for c in inspected.get_columns(table)],
            "indexes": sorted(f"{i['name']} {i['column_names']} {bool(i['unique'])}" for i in indexes),
            "unique": sorted(str(u["name"]) for u in inspected.get_unique_constraints(table)),
            "checks": sorted(str(c["name"]) for c in inspected.get_check_constraints(table)),
            "foreign": sorted(f["referred_table"] for f in inspected.get_foreign_keys(table)),
        }

    return {table: shape_of(table) for table in inspected.get_table_names() if table != "alembic_version"}


def test_migrated_equals_fresh(empty):
    migrate(empty)
    migrated = shape(empty.engine)
    with empty.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata) == []
    with empty.write() as tx:
        metadata.drop_all(tx)
    with empty.write() as tx:
        metadata.create_all(tx)
    assert shape(empty.engine) == migrated


def test_migrating_twice_is_harmless(empty):
    assert current_revision(empty) is None
    assert migrate(empty) == (None, head_revision())
    assert migrate(empty) == (head_revision(), head_revision())
    assert current_revision(empty) == head_revision()


def test_a_migration_only_adds(empty):
    """The version before it can go on: every column it reads is left, and no new column must be given."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    before: dict[str, dict[str, str]] = {}
    for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        with empty.write() as tx:
            config.attributes["connection"] = tx
            command.upgrade(config, script.revision)
        after = columns(empty.engine)
        for table, kept in before.items():
            assert kept.items() <= after[table].items()
            added = {column: how for column, how in after[table].items() if column not in kept}
            assert "must be given" not in str(added)
        before = after
    assert before


def columns(engine: sa.Engine) -> dict[str, dict[str, str]]:
    """Table -> column -> its type, and whether an INSERT must give it."""
    inspected = sa.inspect(engine)
    return {
        table: {
            column[
                "name"
            ]: f"{column['type']} {'optional' if column['nullable'] or column['default'] else 'must be given'}"
            for column in inspected.get_columns(table)
        }
        for table in inspected.get_table_names()
    }


def owed(tx: sa.Connection, key: str = "k") -> int:
    row = tx.execute(
        sa.insert(signup).values(received_at=now(), channel="server", outcome="admitted", detail={})
    ).inserted_primary_key
    values = {
        "recipient_key": key,
        "signup_row": row[0],
        "role_text": "x",
        "state": "ready",
        "link_token": secrets.token_urlsafe(16),
    }
    statement = sa.insert(report).values(**values, created_at=now(), changed_at=now(), not_before=now())
    return tx.execute(statement).inserted_primary_key[0]


def attempted(tx: sa.Connection, report_id: int, number: int, state: str) -> None:
    values = dict.fromkeys(("mailer", "sender_process", "letter_sha256", "catalogue_version", "template_version"), "x")
    statement = sa.insert(attempt).values(
        id=f"{report_id}-{number}", report_id=report_id, number=number, state=state, rfc_message_id="<x@y>",
        intent_at=now(), signed_at=now(), **values,
    )  # fmt: skip
    tx.execute(statement)


@pytest.mark.parametrize("first", ["intent", "unknown", "accepted"])
@pytest.mark.parametrize("second", ["intent", "unknown", "accepted"])
def test_a_report_has_at_most_one_live_attempt(ledger, first, second):
    with ledger.write() as tx:
        report_id = owed(tx)
        attempted(tx, report_id, 1, first)
    with pytest.raises(sa.exc.IntegrityError), ledger.write() as tx:
        attempted(tx, report_id, 2, second)


def test_refused_and_voided_attempts_leave_room(ledger):
    with ledger.write() as tx:
        report_id = owed(tx)
        attempted(tx, report_id, 1, "refused")
        attempted(tx, report_id, 2, "voided")
        attempted(tx, report_id, 3, "intent")


def test_one_person_has_one_report(ledger):
    with ledger.write() as tx:
        owed(tx)
    with pytest.raises(sa.exc.IntegrityError), ledger.write() as tx:
        owed(tx)


def test_an_unknown_word_for_a_state_is_refused(ledger):
    with ledger.write() as tx:
        report_id = owed(tx)
    with pytest.raises(sa.exc.IntegrityError), ledger.write() as tx:
        tx.execute(sa.update(report).where(report.c.id == report_id).values(state="lost"))


def test_times_of_the_databases_clock_are_ordered(ledger):
    with ledger.write() as tx:
        report_id = owed(tx)
        tx.execute(
            sa.update(report).where(report.c.id == report_id).values(not_before=after(60), lease_until=after(-60))
        )
        columns = (report.c.not_before > now(), report.c.lease_until < now(), report.c.not_before < after(61))
        assert tx.execute(sa.select(*columns)).one() == (True, True, True)
        row = tx.execute(sa.select(report.c.not_before, report.c.lease_until)).one()
    assert 119 <= (row.not_before - row.lease_until).total_seconds() <= 121
    assert row.not_before.tzinfo is not None


def test_an_error_names_neither_values_nor_statement(ledger):
    with ledger.write() as tx:
        owed(tx, "ada@example.com")
    with pytest.raises(sa.exc.IntegrityError) as caught, ledger.write() as tx:
        owed(tx, "ada@example.com")
    assert "[parameters" not in str(caught.value)


def test_a_missing_database_is_unavailable():
    ledger = open_ledger("postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    with pytest.raises(LedgerUnavailable) as caught, ledger.read():
        pass
    assert "secret" not in str(caught.value)
