"""The plans of the hot statements: none reads a big table, or an index of one, from end to end.

The statements are caught while the ledger's own functions run. PostgreSQL would read a small table whole, so it is
told that reading one whole is costly: what it reads whole then has no index that fits.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, claim, intend, key_of, owe, refuse
from worker.ledger import (
    attempts,
    erasure,
    feedback_faults,
    holds,
    reports,
    restored_backup,
    retention,
    signups,
    suppressions,
    unknown_sends,
)
from worker.ledger.cached_counts import CachedCounts
from worker.ledger.channels import Lane
from worker.ledger.letter_results import LetterResult
from worker.ledger.lifecycle import ReportState
from worker.ledger.log_filter import DatedBy, LogFilter, Without
from worker.ledger.send_log import entries
from worker.ledger.send_times import lane_times
from worker.ledger.status import read_status

BIG = frozenset({"signup", "report", "attempt", "feedback_event", "audit"})
ALONG_THE_LOG = (
    "SCAN signup",
    "Index Scan on signup by pk_signup",
    "SEARCH report USING INDEX ix_report_state_signup_row (state=?)",
    "SEARCH report USING INDEX ix_report_feedback_signup_row (feedback=?)",
)
"""Without a filter, and with one by date, state or feedback, the log is read newest first until its page is full."""
BY_THE_LOG = frozenset(f"log: {name}" for name in ("none", "since", "sent since", "letter", "state", "feedback"))
FIRST_OR_LAST = (
    "Index Scan on report by ix_report_undecided",
    "SEARCH report USING INDEX ix_report_undecided (state=?)",
    "SEARCH report USING COVERING INDEX ix_report_undecided (state=?)",
    "SEARCH attempt USING COVERING INDEX ix_attempt_state (state=?)",
    "SEARCH feedback_event USING COVERING INDEX ix_feedback_event_kind (kind=?)",
)
"""Each index has the rows of a state or kind by time: the first or the last are read, and no other."""
NOW = datetime(2026, 11, 20, tzinfo=UTC)

FILTERS = {
    "none": LogFilter(),
    "older": LogFilter(before_id=3),
    "state": LogFilter(state="failed"),
    "outcome": LogFilter(outcome="unknown_role"),
    "role": LogFilter(role="ml-engineer", role_slugs=("ml-engineer",)),
    "role_slug": LogFilter(role_slug="ml-engineer"),
    "campaign": LogFilter(campaign="autumn"),
    "page": LogFilter(page="/outlook/x"),
    "domain": LogFilter(domain="example.com"),
    "feedback": LogFilter(feedback="bounced"),
    "since": LogFilter(since=NOW),
    "sent since": LogFilter(since=NOW, dated_by=DatedBy.SENT),
    "person": LogFilter(recipient_key=key_of("ada@example.com")),
    "without campaign": LogFilter(without=Without.CAMPAIGN),
    "letter": LogFilter(letter=LetterResult.WAITING),
}

HOT = {
    "claim": lambda tx: reports.claim(tx, 1, token="t", lease_s=60.0),
    "accepted": lambda tx: attempts.record_accepted(tx, "a", ses_message_id="m"),
    "due reports": lambda tx: [reports.due(tx, lane, limit=5000) for lane in Lane],
    "expired claims": lambda tx: reports.release_expired_claims(tx, limit=500),
    "expired intents": lambda tx: attempts.expire_intents(tx, limit=500),
    "returned letters": lambda tx: attempts.return_bounced(tx, after_s=86_400, window_s=7 * 86_400, limit=500),
    "waiting events": feedback_faults.unmatched_count,
    "held back": holds.held_back_count,
    "signup again": lambda tx: signups.find_signup(tx, "k"),
    "report of a person": lambda tx: signups.find_report(tx, "k"),
    "suppressed": lambda tx: suppressions.is_suppressed(tx, "k"),
    "retention of signups": lambda tx: retention.old_signups(tx, days=90, limit=500),
    "retention of reports": lambda tx: retention.ended_reports(tx, ReportState.SENT, days=90, limit=500),
    "forgetting reports": lambda tx: retention.forget_ended(tx, range(1, 21), ReportState.SENT),
    "forgetting signups": lambda tx: retention.forget_signups(tx, [1, 2]),
    "undecided sends": lambda tx: unknown_sends.unknown_sends(tx, limit=10),
    "second letters": feedback_faults.second_letters,
    "times to send": lambda tx: lane_times(tx, within_s=3600.0),
    "identified placeholder": lambda tx: restored_backup.identify_placeholder(tx, "k", "a"),
    "erasure": lambda tx: erasure.may_leave_until(tx, "k"),
    "retention of events": lambda tx: retention.old_raw_events(tx, days=90, limit=500),
    **{f"log: {name}": lambda tx, which=which: entries(tx, which, limit=50) for name, which in FILTERS.items()},
}


@pytest.fixture
def planned(ledger):
    """The ledger, with a report of each kind."""
    for name, disposition in (("sent", SENT), ("failed", FAILED), ("unknown", UNKNOWN)):
        attempted(ledger, owe(ledger, f"{name}@example.com"), disposition)
    claim(ledger, owe(ledger, "claimed@example.com"))
    intend(ledger, owe(ledger, "sending@example.com"))
    owe(ledger, "ready@example.com")
    refuse(ledger, "refused@example.com")
    return ledger


def caught(ledger, run):
    """The statements that `run` executes in a transaction, with their parameters."""
    found = []

    def catch(_connection, _cursor, statement, parameters, _context, executemany):
        found.append((statement, parameters[0] if executemany else parameters))

    with ledger.write() as tx:
        sa.event.listen(tx, "before_cursor_execute", catch)
        run(tx)
        tx.rollback()
    return [(statement, given) for statement, given in found if statement.split()[0] in {"SELECT", "UPDATE", "WITH"}]


def read_whole(ledger, statement, parameters):
    """What the plan of a statement reads from end to end, of the big tables."""
    with ledger.write() as tx:
        if tx.dialect.name == "sqlite":
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            return [step[3] for step in plan if _table_of(step[3]) in BIG and _reads_too_much(step[3])]
        for way in ("seqscan", "mergejoin", "hashjoin"):  # of few rows; of many it would choose an index by itself
            tx.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        plan = tx.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return [
            f"{node['Node Type'].replace('Only ', '')} on {node['Relation Name']} by {node.get('Index Name')}"
            for node in _nodes(plan[0]["Plan"])
            if node.get("Relation Name") in BIG and "Scan" in node["Node Type"] and _whole(node)
        ]


def _reads_too_much(step):
    """Whether a step of SQLite's plan reads a table from end to end, or each row of one state: most are sent."""
    return step.startswith("SCAN ") or step.endswith(("(state=?)", "(kind=?)", "(feedback=?)"))


def _table_of(step):
    return step.split()[1]


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _whole(node):
    if node["Node Type"] == "Bitmap Heap Scan":
        return False  # its index says what it reads
    return "Index Cond" not in node and "Recheck Cond" not in node


@pytest.mark.parametrize("name", HOT)
def test_no_hot_statement_reads_a_big_table_whole(planned, name):
    statements = caught(planned, HOT[name])
    assert statements
    for statement, parameters in statements:
        read = read_whole(planned, statement, parameters)
        allowed = FIRST_OR_LAST + (ALONG_THE_LOG if name in BY_THE_LOG else ())
        assert [each for each in read if each not in allowed] == [], statement


def test_the_oldest_undecided_report_is_the_first_of_an_index(planned):
    """However many are undecided: an outage of SES leaves thousands."""
    counts = CachedCounts(planned).read()
    asked = caught(planned, lambda tx: read_status(tx, counts))
    ((statement, parameters),) = [each for each in asked if "min(report.changed_at)" in each[0]]
    with planned.read() as tx:
        sqlite = tx.dialect.name == "sqlite"
        if not sqlite:
            tx.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of few rows
        plan = tx.exec_driver_sql(f"EXPLAIN {'QUERY PLAN' if sqlite else ''} {statement}", parameters).all()
    assert "ix_report_undecided" in str(plan)


def test_status_reads_no_big_table_whole(planned):
    counts = CachedCounts(planned).read()
    for statement, parameters in caught(planned, lambda tx: read_status(tx, counts)):
        read = read_whole(planned, statement, parameters)
        assert [each for each in read if each not in FIRST_OR_LAST] == [], statement
