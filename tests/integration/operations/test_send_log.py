"""Reading the send log: what comes out, and who is on record for it."""

import csv
import io
import json

import pytest
import sqlalchemy as sa

from tests.parts.reports import IDENTITY_KEY, key_of, owe
from worker.errors import InvalidSignup, LedgerUnavailable
from worker.intake.identity import Identity
from worker.ledger.log_filter import LogFilter
from worker.ledger.schema import audit, report
from worker.ledger.send_log import COLUMNS
from worker.operations import person as people
from worker.operations import send_log

IDENTITY = Identity(IDENTITY_KEY.encode())


def on_record(ledger):
    with ledger.read() as tx:
        return tx.execute(sa.select(audit).order_by(audit.c.id)).all()


def csv_rows(parts):
    return list(csv.DictReader(io.StringIO("".join(parts))))


def test_a_masked_page_is_read_without_a_record(ledger):
    owe(ledger)
    page = send_log.read_page(ledger, LogFilter(), limit=1)
    assert [entry.cells["address"] for entry in page.entries] == ["a***@example.com"]
    assert (page.more, on_record(ledger)) == (False, [])


def test_a_page_says_whether_there_is_more(ledger):
    for number in range(3):
        owe(ledger, f"person{number}@example.com")
    assert send_log.read_page(ledger, LogFilter(), limit=2).more
    assert not send_log.read_page(ledger, LogFilter(), limit=3).more


def test_a_page_in_clear_is_recorded(ledger):
    owe(ledger)
    page = send_log.read_page_in_clear(ledger, LogFilter(role="ml-engineer"), limit=9, actor="ada")
    assert [entry.cells["address"] for entry in page.entries] == ["ada@example.com"]
    [row] = on_record(ledger)
    assert (row.actor, row.action) == ("ada", "unmask")
    assert row.detail == {"filter": {"role": "ml-engineer"}, "addresses": "in clear"}


@pytest.mark.parametrize("export", [send_log.export_csv, send_log.export_json])
def test_an_export_is_recorded_before_its_first_row_is_read(ledger, export):
    rows = export(ledger, LogFilter(), actor="ada", in_clear=True)
    [row] = on_record(ledger)
    assert (row.actor, row.action, row.detail["addresses"]) == ("ada", "export", "in clear")
    owe(ledger)
    assert "ada@example.com" in "".join(rows)


@pytest.mark.parametrize("read", [send_log.read_page_in_clear, send_log.export_csv, send_log.export_json])
def test_what_cannot_be_recorded_is_not_read(ledger, read):
    owe(ledger)
    with ledger.write() as tx:
        tx.execute(sa.text("ALTER TABLE audit RENAME TO audit_elsewhere"))
    asked = {"limit": 9} if read is send_log.read_page_in_clear else {"in_clear": True}
    with pytest.raises((LedgerUnavailable, sa.exc.DatabaseError)):
        read(ledger, LogFilter(), actor="ada", **asked)


def test_a_csv_and_a_json_export_hold_the_same_cells(ledger):
    owe(ledger, "ada@example.com")
    owe(ledger, "bob@example.com")
    from_csv = csv_rows(send_log.export_csv(ledger, LogFilter(), actor="ada"))
    from_json = json.loads("".join(send_log.export_json(ledger, LogFilter(), actor="ada")))
    assert [list(row) for row in from_json] == [[column.name for column in COLUMNS]] * 2
    assert from_csv == [
        {name: "" if cell is None else str(cell) for name, cell in row.items()} for row in from_json
    ]  # fmt: skip
    assert [row["address"] for row in from_csv] == ["b***@example.com", "a***@example.com"]
    assert from_csv[0]["received_at"].endswith("+00:00")


def test_an_export_of_nothing_is_a_header_and_an_empty_array(ledger):
    assert csv_rows(send_log.export_csv(ledger, LogFilter(), actor="ada")) == []
    assert json.loads("".join(send_log.export_json(ledger, LogFilter(), actor="ada"))) == []


@pytest.mark.parametrize(("limit", "numbers"), [(None, "54321"), (2, "54"), (3, "543"), (9, "54321")])
def test_an_export_goes_on_over_its_batches_up_to_its_limit(ledger, monkeypatch, limit, numbers):
    monkeypatch.setattr(send_log, "BATCH_ROWS", 2)
    for number in range(5):
        owe(ledger, f"person{number}@example.com")
    rows = csv_rows(send_log.export_csv(ledger, LogFilter(), actor="ada", limit=limit))
    assert "".join(row["signup"] for row in rows) == numbers
    rows = json.loads("".join(send_log.export_json(ledger, LogFilter(), actor="ada", limit=limit)))
    assert "".join(str(row["signup"]) for row in rows) == numbers


def test_no_transaction_is_open_while_a_batch_travels(ledger, monkeypatch):
    monkeypatch.setattr(send_log, "BATCH_ROWS", 1)
    for number in range(3):
        owe(ledger, f"person{number}@example.com")
    rows = send_log.export_csv(ledger, LogFilter(), actor="ada")
    for _ in range(3):
        next(rows)
        assert ledger.engine.pool.checkedout() == 0


def test_a_look_up_by_any_spelling_is_recorded_without_the_address(ledger):
    owe(ledger, "ada.lovelace@gmail.com")
    key = send_log.look_up(ledger, IDENTITY, "AdaLovelace+x@gmail.com", actor="ada")
    assert key == key_of("ada.lovelace@gmail.com")
    [row] = on_record(ledger)
    assert (row.actor, row.action, row.recipient_key) == ("ada", "look_up", key)
    assert "lovelace" not in str(row).lower()


def test_a_look_up_of_no_address_is_refused_and_leaves_no_record(ledger):
    with pytest.raises(InvalidSignup):
        send_log.look_up(ledger, IDENTITY, "no address", actor="ada")
    assert on_record(ledger) == []


def test_a_person_is_shown_with_the_address_masked(ledger):
    report_id = owe(ledger, "ada@example.com")
    person = people.find_person(ledger, key_of("ada@example.com"))
    assert person == people.find_person_of_report(ledger, report_id)
    assert person.address == "a***@example.com"
    assert "ada@example.com" not in str(person)
    assert [step.what for step in person.steps] == ["signup admitted"]


def test_an_unknown_person_or_report_is_none(ledger):
    assert people.find_person(ledger, "0" * 64) is None
    assert people.find_person_of_report(ledger, 99) is None


def test_unmasking_a_person_is_recorded(ledger):
    report_id = owe(ledger, "ada@example.com")
    person = people.find_person_of_report(ledger, report_id)
    assert person is not None
    assert people.unmask(ledger, person, actor="ada") == "ada@example.com"
    [row] = on_record(ledger)
    assert (row.actor, row.action, row.report_id, row.recipient_key) == (
        "ada", "unmask", report_id, person.recipient_key,
    )  # fmt: skip


def test_an_erased_address_is_neither_shown_nor_recorded_as_seen(ledger):
    report_id = owe(ledger)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(address=None))
    person = people.find_person_of_report(ledger, report_id)
    assert person is not None
    assert people.unmask(ledger, person, actor="ada") is None
    assert on_record(ledger) == []
