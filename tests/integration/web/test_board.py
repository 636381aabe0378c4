"""Marketing's board and the batches of unsubscribes, over HTTP."""

import csv
import html
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from worker.ledger import suppressions
from worker.ledger.counting import Period
from worker.ledger.schema import audit, report
from worker.ledger.users import UserRole
from worker.privacy.suppression import UNSUBSCRIBED, undo_unsubscribe, unsubscribe
from worker.web.log.periods import PRESETS, read_period

TODAY = date(2026, 11, 29)


def rows_of(answer):
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def send(site, *addresses, feedback=None):
    with site.services.core.ledger.write() as tx:
        moment = datetime.now(UTC)
        sent = sa.update(report).where(report.c.address.in_(addresses))
        tx.execute(sent.values(state="sent", sent_at=moment, feedback=feedback))


def links_to_the_log(page):
    """The addresses of the log under the numbers of a page, with the number each stands under."""
    found = re.findall(r'<a href="(/log/\?[^"]+)">([\d,]+)</a>', page)
    return [(html.unescape(link), int(number.replace(",", ""))) for link, number in found]


@pytest.mark.parametrize(
    ("query", "first", "last", "before"),
    [
        ({"period": "today"}, "2026-11-29", "2026-11-29", ("2026-11-28", "2026-11-28")),
        ({"period": "yesterday"}, "2026-11-28", "2026-11-28", ("2026-11-27", "2026-11-27")),
        ({"period": "7days"}, "2026-11-23", "2026-11-29", ("2026-11-16", "2026-11-22")),
        ({"period": "month"}, "2026-11-01", "2026-11-29", ("2026-10-01", "2026-10-29")),
        ({}, "2026-10-31", "2026-11-29", ("2026-10-01", "2026-10-30")),
        ({"period": "next"}, "2026-10-31", "2026-11-29", ("2026-10-01", "2026-10-30")),
        ({"since": "2026-11-10", "until": "2026-11-11"}, "2026-11-10", "2026-11-11", ("2026-11-08", "2026-11-09")),
        ({"since": "2001-01-01", "until": "9999-12-31"}, "2025-11-29", "2026-11-29", ("2024-11-28", "2025-11-28")),
    ],
)
def test_a_period_and_the_one_before(query, first, last, before):
    asked = read_period(query, today=TODAY)
    assert asked.period == Period(date.fromisoformat(first), date.fromisoformat(last))
    assert asked.before == Period(*map(date.fromisoformat, before))


def test_a_long_month_is_compared_with_all_of_a_short_one():
    asked = read_period({"period": "month"}, today=date(2026, 3, 31))
    assert asked.before == Period(date(2026, 2, 1), date(2026, 2, 28))


def test_every_number_links_to_the_log_that_lists_as_many(site):
    site.sign_up("ada@example.com", source={"campaign": "a;b & c", "page": "/outlook/ml-engineer"})
    site.sign_up("ada@example.com", source={"campaign": "a;b & c"})
    site.sign_up("bob@example.com", role="Registered Nurse")
    site.sign_up("cem@example.com", role="PM")
    site.sign_up("dan@example.com", role="Dragon-Tamer")
    site.sign_up("eva@example.com", role="<&>")
    send(site, "ada@example.com", feedback="delivered")
    send(site, "bob@example.com", feedback="bounced")
    viewer = site.logged_in()
    for query in ("", "?dated_by=sent", "?by=role"):
        page = viewer.get(f"/log/board{query}").text
        links = links_to_the_log(page)
        assert len(links) > 10
        for link, number in links:
            listed = viewer.get(link).text
            assert re.search(rf'<p id="count">{number:,} signups?,', listed), link
    board = viewer.get("/log/board").text
    assert "dragon tamer" in board
    assert "&lt;&amp;&gt;" in board


def test_no_events_are_not_a_rate_of_nothing(site):
    site.sign_up("ada@example.com")
    send(site, "ada@example.com")
    viewer = site.logged_in()
    page = viewer.get("/log/board").text
    assert "No events have come" in page
    assert not re.search(r"\b0\.0%", page)
    assert "not known" in page
    [row] = [row for row in rows_of(viewer.get("/log/board/export?by=page")) if row["group"] == "no page named"]
    assert (row["delivered"], row["delivered_rate"]) == ("0", "")


def test_the_board_says_when_there_is_nothing_and_why(one_site):
    viewer = one_site.logged_in()
    assert "No signup has arrived yet" in viewer.get("/log/board").text
    one_site.sign_up("ada@example.com")
    assert "No signups on these days" in viewer.get("/log/board?since=2020-01-01&until=2020-01-02").text
    assert "How the report is doing" in viewer.get("/log/board").text
    moved = viewer.get("/log/summary?since=2026-01-01")
    assert (moved.status_code, moved.headers["location"]) == (303, "/log/board?since=2026-01-01")
    for preset in PRESETS:
        assert f"period={preset}" in viewer.get(f"/log/board?period={preset}&by=campaign").text


def test_the_board_says_that_the_log_does_not_list_rows_that_were_purged(one_site):
    viewer, said = one_site.logged_in(), "are deleted: they count here, and the log does not list them"
    assert said in viewer.get("/log/board?since=2020-01-01&until=2020-01-31").text
    assert said not in viewer.get("/log/board").text


def test_the_board_exports_every_group_with_both_periods(one_site):
    for number in range(14):
        one_site.sign_up(f"ada{number}@example.com", source={"campaign": f"=c{number:02}"})
    send(one_site, "ada3@example.com", feedback="delivered")
    viewer = one_site.logged_in()
    assert "2 others" in viewer.get("/log/board").text
    assert "=c13" in viewer.get("/log/board?by=campaign").text
    rows = rows_of(viewer.get("/log/board/export?by=campaign&period=today"))
    assert len(rows) == 14
    row = rows[3]
    today = datetime.now(UTC).date()
    assert row["group"] == "'=c03"
    assert row["since"] == f"{today.isoformat()}T00:00:00+00:00"
    assert row["until"] == f"{(today + timedelta(days=1)).isoformat()}T00:00:00+00:00"
    assert (row["signups"], row["sent"], row["delivered"], row["delivered_rate"]) == ("1", "1", "1", "1.0000")
    assert (row["signups_before"], row["dated_by"]) == ("0", "signed_up")


@pytest.mark.parametrize("words", ["nurse", "Registered Nurse", "registered-nurse", "RN"])
def test_the_role_filter_reads_words_as_signup_does(one_site, words):
    one_site.sign_up("ada@example.com", role="staff nurse")
    one_site.sign_up("bob@example.com", role="accountant")
    listed = one_site.logged_in().get("/log/", params={"role": words}).text
    assert "1 signup," in listed
    assert "a***@example.com" in listed


def test_filters_offer_what_there_is_and_find_a_domain(one_site):
    one_site.sign_up("ada@Example.COM", source={"campaign": "autumn", "page": "/outlook/a"})
    one_site.sign_up("bob@example.org")
    viewer = one_site.logged_in()
    page = viewer.get("/log/").text
    assert '<option value="autumn">' in page
    assert '<option value="/outlook/a">' in page
    assert '<option value="lawyer">' not in page
    for domain in ("example.com", "EXAMPLE.COM", "@example.com"):
        assert "1 signup," in viewer.get("/log/", params={"domain": domain}).text


def test_a_long_log_is_counted_when_asked(one_site, monkeypatch):
    monkeypatch.setattr("worker.web.log.send_log.COUNT_UP_TO", 2)
    for number in range(4):
        one_site.sign_up(f"ada{number}@example.com")
    viewer = one_site.logged_in()
    page = viewer.get("/log/?outcome=admitted").text
    assert "More than 2 signups" in page
    assert "4 signups," in viewer.get("/log/?" + html.unescape(page.split('href="?')[1].split('">Count')[0])).text


def unsubscribed(site, *addresses):
    with site.services.core.ledger.write() as tx:
        for row in tx.execute(sa.select(report).where(report.c.address.in_(addresses))).all():
            unsubscribe(tx, row.recipient_key)


def batches(site):
    with site.services.core.ledger.read() as tx:
        query = sa.select(audit.c.action, audit.c.actor, audit.c.detail).where(audit.c.action.contains("unsubscribes"))
        return [(row.action, row.actor, row.detail["batch"]) for row in tx.execute(query.order_by(audit.c.id))]


def test_unsubscribes_come_in_batches_each_person_in_one(site):
    for name in ("ada", "bob", "cem"):
        site.sign_up(f"{name}@example.com", source={"campaign": f"of-{name}"})
    unsubscribed(site, "ada@example.com", "bob@example.com")
    viewer, page = site.logged_in(), "/log/unsubscribes"
    assert "<strong>2</strong> people are in no batch yet" in viewer.get(page).text
    viewer.post("/log/unsubscribes/make", page=page)
    viewer.post("/log/unsubscribes/make", page=page)
    assert "Nobody has unsubscribed since the last batch" in viewer.get(page).text
    first = rows_of(viewer.post("/log/unsubscribes/1/download", page=page))
    assert [(row["address"], row["campaign"], row["taken_back"]) for row in first] == [
        ("a***@example.com", "of-ada", "no"), ("b***@example.com", "of-bob", "no"),
    ]  # fmt: skip
    assert all(row["unsubscribed_at"].endswith("+00:00") and row["signup_id"] for row in first)
    viewer.post("/log/unsubscribes/1/tick-off", page=page)
    viewer.post("/log/unsubscribes/1/tick-off", page=page)
    assert "was ticked off before" in viewer.get(page).text

    # The next batch has nobody of the first; who took it back and left again is in another one.
    unsubscribed(site, "cem@example.com")
    viewer.post("/log/unsubscribes/make", page=page)
    assert [row["address"] for row in rows_of(viewer.post("/log/unsubscribes/2/download", page=page))] == [
        "c***@example.com"
    ]
    with site.services.core.ledger.write() as tx:
        [ada] = tx.execute(sa.select(report.c.recipient_key).where(report.c.address == "ada@example.com")).scalars()
        assert undo_unsubscribe(tx, ada)
    again = rows_of(viewer.post("/log/unsubscribes/1/download", page=page))
    assert [row["taken_back"] for row in again] == ["yes", "no"]
    unsubscribed(site, "ada@example.com")
    viewer.post("/log/unsubscribes/make", page=page)
    assert len(rows_of(viewer.post("/log/unsubscribes/3/download", page=page))) == 1
    assert [(action, batch) for action, _, batch in batches(site)] == [
        ("batch_unsubscribes", 1), ("download_unsubscribes", 1), ("tick_off_unsubscribes", 1),
        ("batch_unsubscribes", 2), ("download_unsubscribes", 2), ("download_unsubscribes", 1),
        ("batch_unsubscribes", 3), ("download_unsubscribes", 3),
    ]  # fmt: skip


def test_a_batch_in_clear_is_for_operators_and_an_erased_address_is_none(site):
    site.sign_up("ada@example.com")
    unsubscribed(site, "ada@example.com")
    viewer, operator, page = site.logged_in(), site.logged_in(UserRole.OPERATOR), "/log/unsubscribes"
    operator.post("/log/unsubscribes/make", page=page)
    assert "unmask" not in viewer.get(page).text
    assert viewer.post("/log/unsubscribes/1/download", page=page, unmask="yes").status_code == 403
    [row] = rows_of(operator.post("/log/unsubscribes/1/download", page=page, unmask="yes"))
    assert row["address"] == "ada@example.com"
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(address=None))
    [row] = rows_of(operator.post("/log/unsubscribes/1/download", page=page, unmask="yes"))
    assert row["address"] == "(erased)"
    for nonsense in ("2", "x", "9" * 30):
        assert viewer.post(f"/log/unsubscribes/{nonsense}/download", page=page).status_code == 404


def test_a_bounce_is_no_unsubscribe(site):
    site.sign_up("ada@example.com")
    with site.services.core.ledger.write() as tx:
        [key] = tx.execute(sa.select(report.c.recipient_key)).scalars()
        suppressions.suppress(tx, key, reason="bounced", actor="ses")
        assert suppressions.find_suppression(tx, key).reason != UNSUBSCRIBED
    assert "<strong>0</strong> people are in no batch yet" in site.logged_in().get("/log/unsubscribes").text
