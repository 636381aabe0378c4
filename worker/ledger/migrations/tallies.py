"""The tables that keep counts, and the triggers that write a change for every write that is counted.

A change is written with 1 for what a row came to be and with -1 for what it was. Triggers only insert.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from worker.ledger.migrations.columns import ID, moments, single_row, texts

_COUNTED = {
    "outcome": "admitted duplicate rate_limited suppressed invalid unknown_role",
    "state": "waiting unknown sent returned failed quarantined cancelled",
    "feedback": "sent delayed delivered rejected bounced complained",
    "attempt": "unknown accepted returned refused voided",
}
_COUNTERS = [f"{what}_{word}" for what, words in _COUNTED.items() for word in words.split()]
_COUNTS = ("members", *_COUNTERS, "soon", "suppressions")

_OF_SIGNUP = "received_on, channel, role, page, campaign"
_SENT = "('sent', 'returned')"
_SOON_S = 60
_TABLES = ("signup", "report", "attempt", "suppression")


def create_tallies() -> None:
    """Create the tables, their indexes and all triggers."""
    op.create_table(
        "tally_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("purged", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("received_on", sa.Text(), nullable=False, server_default=""),
        *texts("channel", "role", "page", "campaign", "outcome", "title", "title_reason", nullable=True),
        sa.Column("sent_on", sa.Text(), nullable=False, server_default=""),
        *texts("state", "feedback", nullable=True),
        sa.Column("soon", sa.Boolean(), nullable=True),
        *texts("bounce", "domain", "mailer", "attempt_state", nullable=True),
        sa.Column("suppressions", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tally_change"),
    )
    key = ("grouped_by", "received_on", "sent_on", "name", "detail", "purged")
    op.create_table(
        "tally",
        *texts(*key[:-1]),
        sa.Column("purged", sa.Boolean(), nullable=False),
        *(sa.Column(name, ID, nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint(*key, name="pk_tally"),
    )
    op.create_index("ix_tally_sent_on", "tally", ["grouped_by", "sent_on"], unique=False)
    empty = sa.text("members = 0")
    op.create_index("ix_tally_empty", "tally", ["grouped_by"], unique=False, sqlite_where=empty, postgresql_where=empty)
    op.create_table(
        "tally_check",
        *single_row("tally_check"),
        *moments("checked_at"),
        sa.Column("wrong", ID, nullable=False),
        *texts("example", nullable=True),
    )
    for statement in _triggers(on_sqlite=op.get_context().dialect.name == "sqlite"):
        op.execute(statement)


def drop_tallies() -> None:
    """Drop the tables and, on PostgreSQL, the functions of the triggers, which went with their tables."""
    op.drop_table("tally_check")
    op.drop_table("tally")
    op.drop_table("tally_change")
    if op.get_context().dialect.name == "postgresql":
        for table in _TABLES:
            for event in ("insert", "update", "delete", *(("update_reports",) if table == "signup" else ())):
                op.execute(f"DROP FUNCTION IF EXISTS tally_{table}_{event}()")


def _triggers(*, on_sqlite: bool) -> list[str]:
    """The statements that create every trigger."""
    differs = "IS NOT" if on_sqlite else "IS DISTINCT FROM"

    def changed(*columns: str) -> str:
        return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)

    where_from = ("received_at", "channel", "role_slug", "source_page", "campaign")
    unknown = "(OLD.outcome = 'unknown_role' OR NEW.outcome = 'unknown_role')"
    other_signup = f"{changed(*where_from, 'outcome')} OR ({unknown} AND ({changed('folded_title', 'reason')}))"
    other_letter = (
        f"{_state('OLD')} <> {_state('NEW')} OR {changed('signup_row')} OR (NEW.state IN {_SENT} "
        f"AND ({changed('feedback', 'feedback_detail', 'sent_at', 'created_at')}))"
    )
    counted: dict[str, Callable[[str, int], str]] = {
        "signup": lambda row, n: _signup(row, n, on_sqlite=on_sqlite),
        "report": lambda row, n: _report(row, "s", n, f"signup s WHERE s.id = {row}.signup_row", on_sqlite=on_sqlite),
        "attempt": _attempt,
        "suppression": lambda _row, n: f"INSERT INTO tally_change (n, suppressions) VALUES ({n}, 1);",
    }
    updates = {"signup": other_signup, "report": other_letter, "attempt": changed("mailer", "state")}
    made = []
    for table, change in counted.items():
        made += _trigger(f"tally_{table}_insert", "INSERT", table, "", change("NEW", 1), on_sqlite=on_sqlite)
        made += _trigger(f"tally_{table}_delete", "DELETE", table, "", change("OLD", -1), on_sqlite=on_sqlite)
        if table in updates:
            body = f"{change('OLD', -1)} {change('NEW', 1)}"
            made += _trigger(f"tally_{table}_update", "UPDATE", table, updates[table], body, on_sqlite=on_sqlite)
    both = (
        _report("r", row, n, f"report r WHERE r.signup_row = NEW.id AND (({changed(*where_from)}) OR {_no_word('r')})",
                on_sqlite=on_sqlite)
        for row, n in (("OLD", -1), ("NEW", 1))
    )  # fmt: skip
    moved = changed(*where_from, "domain")
    return made + _trigger(
        "tally_signup_update_reports", "UPDATE", "signup", moved, " ".join(both), on_sqlite=on_sqlite
    )


def _trigger(name: str, event: str, table: str, when: str, body: str, *, on_sqlite: bool) -> list[str]:
    condition = f"WHEN ({when}) " if when else ""
    head = f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {condition}"
    if on_sqlite:
        return [f"{head}BEGIN {body} END"]
    function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    return [function, f"{head}EXECUTE FUNCTION {name}()"]


def _day(moment: str, *, on_sqlite: bool) -> str:
    return f"substr({moment}, 1, 10)" if on_sqlite else f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


def _signup(row: str, n: int, *, on_sqlite: bool) -> str:
    unknown = f"CASE WHEN {row}.outcome = 'unknown_role' THEN"
    return (
        f"INSERT INTO tally_change (n, {_OF_SIGNUP}, outcome, title, title_reason) VALUES ({n}, "
        f"{_day(f'{row}.received_at', on_sqlite=on_sqlite)}, {row}.channel, {row}.role_slug, {row}.source_page, "
        f"{row}.campaign, {row}.outcome, {unknown} {row}.folded_title END, {unknown} {row}.reason END);"
    )


def _report(row: str, signup: str, n: int, source: str, *, on_sqlite: bool) -> str:
    """The change of a report `row` whose signup is `signup`; `source` follows FROM."""
    seconds = (
        f"(julianday({row}.sent_at) - julianday({row}.created_at)) * 86400.0" if on_sqlite
        else f"extract(epoch FROM ({row}.sent_at - {row}.created_at))"
    )  # fmt: skip
    sent = f"CASE WHEN {row}.state IN {_SENT} THEN"
    day = _day(f"{row}.sent_at", on_sqlite=on_sqlite)
    return (
        f"INSERT INTO tally_change (n, {_OF_SIGNUP}, sent_on, state, feedback, soon, bounce, domain) "
        f"SELECT {n}, {_day(f'{signup}.received_at', on_sqlite=on_sqlite)}, {signup}.channel, {signup}.role_slug, "
        f"{signup}.source_page, {signup}.campaign, {sent} coalesce({day}, '') ELSE '' END, {_state(row)}, "
        f"{sent} {row}.feedback END, {sent} {seconds} <= {_SOON_S} END, "
        f"CASE WHEN {row}.state IN {_SENT} AND {row}.feedback = 'bounced' THEN {row}.feedback_detail END, "
        f"CASE WHEN {_no_word(row)} THEN {signup}.domain END FROM {source};"
    )


def _state(row: str) -> str:
    """A report that is to be sent counts as one state, so that a worker's steps on it write no change."""
    return f"CASE WHEN {row}.state IN ('ready', 'claimed', 'sending') THEN 'waiting' ELSE {row}.state END"


def _no_word(row: str) -> str:
    said = "('delivered', 'complained', 'bounced', 'rejected')"
    return f"({row}.state IN {_SENT} AND coalesce({row}.feedback, '') NOT IN {said})"


def _attempt(row: str, n: int) -> str:
    return (
        f"INSERT INTO tally_change (n, mailer, attempt_state) SELECT {n}, {row}.mailer, {row}.state "
        f"WHERE {row}.state <> 'intent';"
    )
