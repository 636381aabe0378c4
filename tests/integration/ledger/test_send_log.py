"""The send log: its columns, what is masked in them, and pages that hold every signup once, newest first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts.reports import owe
from worker.ledger.disclosure import record_disclosure
from worker.ledger.log_filter import LogFilter
from worker.ledger.schema import report, signup
from worker.ledger.send_log import COLUMNS, count_up_to, entries, entries_in_clear
from worker.ledger.store import after, open_ledger

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def pages(tx, which, *, rows):
    found = []
    while page := entries(tx, which, limit=rows):
        found.append([entry.signup_row for entry in page])
        which = replace(which, before_id=page[-1].signup_row)
    return found


@pytest.mark.parametrize(
    "which",
    [
        LogFilter(), LogFilter(until=LATER), LogFilter(since=NOW - timedelta(days=9)), LogFilter(state="sent"),
        LogFilter(state="sent", until=LATER), LogFilter(feedback="delivered"), LogFilter(role="ml-engineer"),
        LogFilter(role="what I do", until=LATER, feedback="delivered"), LogFilter(campaign="autumn", page="/outlook/x"),
    ],
)  # fmt: skip
def test_every_signup_is_on_one_page_in_order(ledger, which):
    for number in range(5):
        owe(ledger, f"person{number}@example.com")
    with ledger.write() as tx:
        tx.execute(sa.update(signup).values(received_at=NOW - timedelta(days=1)))
        tx.execute(sa.update(signup).where(signup.c.id > 3).values(received_at=NOW))
        tx.execute(sa.update(report).values(state="sent", feedback="delivered"))
    with ledger.read() as tx:
        assert pages(tx, which, rows=2) == [[5, 4], [3, 2], [1]]
        assert count_up_to(tx, which, most=4) == 4


def test_a_listing_up_to_a_day_follows_the_day(ledger):
    for number in range(3):
        owe(ledger, f"person{number}@example.com")
    with ledger.write() as tx:
        tx.execute(sa.update(signup).values(received_at=NOW))
        tx.execute(sa.update(signup).where(signup.c.id == 1).values(received_at=NOW + timedelta(seconds=1)))
    with ledger.read() as tx:
        assert pages(tx, LogFilter(until=LATER), rows=1) == [[1], [3], [2]]
        assert pages(tx, LogFilter(until=NOW + timedelta(seconds=1)), rows=1) == [[3], [2]]


def test_a_cell_is_masked_unless_its_disclosure_is_on_record(ledger):
    owe(ledger, "ada@example.com")
    with ledger.write() as tx:
        tx.execute(sa.update(signup).values(role_text="ask ada@example.com", campaign="to=ada@example.com"))
        tx.execute(
            sa.update(signup).values(role_slug=None, source_page="/x?ada@example.com", signup_id="ada@example.com")
        )
        [masked] = entries(tx, LogFilter(), limit=9)
        disclosure = record_disclosure(tx, actor="test", action="unmask")
        [clear] = entries_in_clear(tx, LogFilter(), disclosure, limit=9)
    assert "ada@" not in str(masked)
    assert masked.cells["address"] == "a***@example.com"
    assert clear.cells["address"] == "ada@example.com"
    assert str(clear).count("ada@example.com") == 6


def test_an_erased_address_stays_masked_even_in_clear(ledger):
    owe(ledger, "ada@example.com")
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(address=None))
        disclosure = record_disclosure(tx, actor="test", action="unmask")
        [clear] = entries_in_clear(tx, LogFilter(), disclosure, limit=9)
    assert clear.cells["address"] == "a***@example.com"


def test_the_columns_that_others_rely_on_are_there():
    names = [column.name for column in COLUMNS]
    web_export = (
        "received_at", "address", "role", "role_as_written", "source_page", "campaign", "outcome", "reason", "report",
        "state", "sent_at", "feedback",
    )  # fmt: skip
    assert names[: len(web_export)] == list(web_export)
    assert set(names[len(web_export) :]) == {
        "signup", "signup_id", "reason_text", "channel", "feedback_detail", "letter_subject",
        "letter_kind", "letter_role", "letter_title", "letter_index",
    }  # fmt: skip
    assert len(set(names)) == len(names)
    assert len({column.header for column in COLUMNS}) == len(names)


def test_a_reason_is_a_code_with_its_words_beside_it(ledger):
    owe(ledger)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(state="failed", reason="MessageRejected"))
        [entry] = entries(tx, LogFilter(), limit=9)
    assert (entry.cells["reason"], entry.cells["reason_text"]) == ("MessageRejected", "SES refused the message")
    shown = {column.name: column.text(entry.cells[column.name]) for column in COLUMNS}
    assert shown["sent_at"] == ""
    assert (shown["state"], shown["report"]) == ("failed", "1")


def test_people_read_codes_as_words_and_exports_keep_the_codes(ledger):
    owe(ledger)
    with ledger.write() as tx:
        tx.execute(sa.update(signup).values(outcome="rate_limited"))
        [entry] = entries(tx, LogFilter(), limit=9)
    [outcome] = [column for column in COLUMNS if column.name == "outcome"]
    assert entry.cells["outcome"] == "rate_limited"
    assert outcome.text(entry.cells["outcome"]) == "rate limited"


def test_a_filter_is_described_without_the_person_and_without_an_address():
    which = LogFilter(role="ada@example.com", since=NOW, recipient_key="k" * 64, before_id=7)
    assert which.described() == {"role": "a***@example.com", "since": NOW.isoformat()}


def test_postgresql_looks_up_a_moment_of_its_clock_in_an_index(postgres_ledger_url):
    """A clock that is asked anew for each row cannot be looked up."""
    ledger = open_ledger(postgres_ledger_url)
    lately = sa.select(signup.c.id).where(signup.c.received_at >= after(-3600))
    with ledger.read() as tx:
        tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        asked = lately.compile(tx, compile_kwargs={"literal_binds": True})
        plan = "\n".join(tx.execute(sa.text(f"EXPLAIN {asked}")).scalars())
    ledger.close()
    assert "Index Cond: (received_at >=" in plan
