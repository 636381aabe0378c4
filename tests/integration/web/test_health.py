"""/readyz: whether this process can commit a signup, at the price of one write every few seconds."""

import pytest
import sqlalchemy as sa

from tests.integration.web.conftest import web_services
from tests.parts.clock import let_time_pass
from tests.parts.web_server import web_server
from worker.ledger.heartbeats import KEEP_S as ROWS_KEPT_S
from worker.ledger.heartbeats import Condition, ProcessKind, processes, record_heartbeat
from worker.web.write_proof import KEEP_S, WriteProof


class Clock:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def writes(ledger):
    """The statements that write, as they reach the ledger."""
    seen = []

    @sa.event.listens_for(ledger.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, _parameters, _context, _many):
        if statement.startswith("INSERT"):
            seen.append(statement)

    return seen


def test_one_write_answers_every_probe_of_five_seconds(ledger, writes):
    clock = Clock()
    proof = WriteProof(ledger, clock=clock)
    assert [proof.verdict() for _ in range(10)] == ["ok"] * 10
    assert len(writes) == 1
    clock.at = KEEP_S
    assert proof.verdict() == "ok"
    assert len(writes) == 2


def test_a_ledger_that_only_reads_is_not_ready(ledger):
    clock = Clock()
    proof = WriteProof(ledger, clock=clock)
    assert proof.verdict() == "ok"
    only_read(ledger, "ON")
    clock.at = KEEP_S
    assert proof.verdict() == "takes no writes"
    only_read(ledger, "OFF")
    clock.at = 2 * KEEP_S
    assert proof.verdict() == "ok"


def test_each_process_has_one_row_until_it_is_gone(ledger):
    for process in ("old", "new"):
        with ledger.write() as tx:
            record_heartbeat(tx, process, ProcessKind.SERVE, Condition())
    let_time_pass(ledger, ROWS_KEPT_S + 1)
    with ledger.write() as tx:
        record_heartbeat(tx, "new", ProcessKind.SERVE, Condition())
        record_heartbeat(tx, "new", ProcessKind.SERVE, Condition(), uptime_s=60)
        (kept,) = processes(tx)
    assert (kept.name, kept.kind) == ("new", "serve")
    assert (kept.seen_at - kept.started_at).total_seconds() == pytest.approx(60)


def test_redis_away_is_no_reason_to_send_no_traffic(sqlite_ledger_url, tmp_path):
    services = web_services(sqlite_ledger_url, "redis://127.0.0.1:1", tmp_path)
    with web_server(services) as site:
        assert site.get("/readyz").status_code == 200
        assert site.sign_up().json()["outcome"] == "admitted"
    services.core.ledger.close()


def only_read(ledger, switch):
    """Make every connection of this ledger read only, or not any more."""
    connection = ledger.engine.raw_connection()
    if ledger.engine.dialect.name == "postgresql":
        database = ledger.engine.url.database
        for statement in (
            "SET default_transaction_read_only = off",
            f"ALTER DATABASE {database} SET default_transaction_read_only = {switch}",
        ):
            connection.cursor().execute(statement)
        connection.close()
        ledger.engine.dispose()  # the setting is for new sessions
    else:
        connection.cursor().execute(f"PRAGMA query_only = {switch}")
        connection.close()
