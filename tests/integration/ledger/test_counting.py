"""Marketing's counts are the counts of the send log: each number equals what its filter lists."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, owe, refuse
from worker.ledger import counting
from worker.ledger.counting import Grouping, Period, Row, total
from worker.ledger.filter_choices import filter_choices
from worker.ledger.letter_results import LetterResult
from worker.ledger.log_filter import DatedBy, LogFilter, Without
from worker.ledger.outcomes import Outcome
from worker.ledger.refused_signups import RefusalSelection, refused_signups
from worker.ledger.schema import report, signup
from worker.ledger.send_log import count_up_to, entries
from worker.ledger.send_times import lane_times
from worker.ledger.unknown_roles import UnknownRole, unknown_roles

DAY = date(2026, 11, 20)
MONDAY = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
PERIOD = Period(DAY, DAY)
FEEDBACK = ("delivered", "complained", "bounced", "rejected", "delayed", "sent", None)


@pytest.fixture
def mixed(ledger):
    """A letter of every kind, sent the day after its signup; three that were not sent; a refusal."""
    for number, feedback in enumerate(FEEDBACK):
        report_id = owe(ledger, f"person{number}@{'example.com' if number % 2 else 'example.org'}")
        attempted(ledger, report_id, SENT)
        with ledger.write() as tx:
            sent_at = MONDAY + timedelta(seconds=10 + 20 * number)
            moments = {"created_at": MONDAY, "sent_at": sent_at}
            detail = "Permanent/NoEmail" if feedback == "bounced" else None
            changes = {"feedback": feedback, "feedback_detail": detail, **moments}
            tx.execute(sa.update(report).where(report.c.id == report_id).values(changes))
    attempted(ledger, owe(ledger, "failed@example.com"), FAILED)
    attempted(ledger, owe(ledger, "unknown@example.com"), UNKNOWN)
    owe(ledger, "ready@example.com")
    refuse(ledger, "lion@example.com", outcome=Outcome.UNKNOWN_ROLE, reason="no_such_role", role="Lion Tamer")
    with ledger.write() as tx:
        tx.execute(sa.update(signup).values(received_at=MONDAY))
        tx.execute(sa.update(signup).where(signup.c.id % 2 == 0).values(campaign=None, source_page="/outlook/y"))
    return ledger


def counted(ledger, period, grouping, dated_by=DatedBy.SIGNED_UP):
    with ledger.read() as tx:
        return {row.group: row for row in counting.count(tx, period, grouping, dated_by)}


def listed(ledger, **fields):
    with ledger.read() as tx:
        return count_up_to(tx, LogFilter(**fields), most=None)


def test_signups_and_letters_of_a_day(mixed):
    rows = counted(mixed, PERIOD, Grouping.DAY)
    assert set(rows) == {"2026-11-20"}
    day = rows["2026-11-20"]
    assert (day.signups, day.outcomes[Outcome.ADMITTED], day.outcomes[Outcome.UNKNOWN_ROLE]) == (11, 10, 1)
    assert dict(day.letters) == {
        "sent": 7, "delivered": 2, "complained": 1, "bounced": 1, "rejected": 1, "no_word": 3, "stopped": 1,
        "maybe_sent": 1, "waiting": 1,
    }  # fmt: skip
    assert (day.soon, day.reported) == (3, 6)
    for result in (LetterResult.DELIVERED, LetterResult.BOUNCED, LetterResult.REJECTED, LetterResult.NO_WORD):
        day.letters[LetterResult.SENT] -= day.letters[result]
    assert day.sent == 0, "each sent letter is one of four"


def test_the_day_of_sending_is_another_day(mixed):
    assert counted(mixed, PERIOD, Grouping.DAY, DatedBy.SENT) == {}
    after = Period(DAY + timedelta(days=1), DAY + timedelta(days=1))
    rows = counted(mixed, after, Grouping.DAY, DatedBy.SENT)
    assert rows["2026-11-21"].sent == rows["2026-11-21"].signups == 7
    assert counted(mixed, after, Grouping.DAY) == {}


@pytest.mark.parametrize("dated_by", DatedBy)
def test_every_number_is_what_its_filter_lists(mixed, dated_by):
    period = Period(DAY, DAY + timedelta(days=1))
    names = {Grouping.PAGE: "page", Grouping.CAMPAIGN: "campaign", Grouping.ROLE: "role_slug"}
    bounds = {"since": period.since, "until": period.until, "dated_by": dated_by}
    for grouping, name in names.items():
        rows = counted(mixed, period, grouping, dated_by)
        assert len(rows) >= 2 or grouping is Grouping.ROLE
        for group, row in rows.items():
            which = {"without": Without(grouping)} if group is None else {name: group}
            assert listed(mixed, **bounds, **which) == row.signups
            for result in set(LetterResult) - {LetterResult.SILENT}:
                assert listed(mixed, **bounds, **which, letter=result) == row.letters[result], (group, result)


@pytest.mark.parametrize("grouping", Grouping)
def test_each_grouping_has_the_same_total(mixed, grouping):
    whole = total(counted(mixed, PERIOD, grouping).values())
    assert (whole.signups, whole.sent, whole.soon, whole.reported) == (11, 7, 3, 6)
    assert total([]) == Row(None)


def test_bounce_reasons_and_domains_without_a_word(mixed):
    with mixed.read() as tx:
        assert counting.bounce_reasons(tx, PERIOD, DatedBy.SIGNED_UP) == [("Permanent/NoEmail", 1)]
        silent = counting.silent_domains(tx, PERIOD, DatedBy.SIGNED_UP)
    assert silent == [("example.org", 2), ("example.com", 1)]
    assert listed(mixed, letter=LetterResult.SILENT, domain="example.org") == 2
    assert listed(mixed, feedback_detail="Permanent/NoEmail", letter=LetterResult.BOUNCED) == 1
    with mixed.write() as tx:
        tx.execute(sa.update(report).values(sent_at=datetime.now(UTC) - timedelta(hours=23)))
    assert listed(mixed, letter=LetterResult.SILENT) == 0


def test_a_domain_and_a_title_are_found_in_any_case(mixed):
    assert listed(mixed, domain="example.org") == 4
    assert listed(mixed, written="lion tamer", outcome=Outcome.UNKNOWN_ROLE) == 1
    assert listed(mixed, role="nobody", role_slugs=("ml-engineer",)) == 10


def test_spellings_of_a_title_are_counted_listed_and_taken_back_as_one(ledger):
    spellings = ("AI Wrangler", "ai-wrangler ", "A.I. Wranglers", "ask ada@example.com")
    rows = [
        refuse(ledger, f"{number}@example.com", outcome=Outcome.UNKNOWN_ROLE, reason="no_such_role", role=role)
        for number, role in enumerate(spellings)
    ]
    today = datetime.now(UTC).date()
    with ledger.read() as tx:
        found = unknown_roles(tx, limit=9, first=today, last=today)
    assert found == [
        UnknownRole("ai wrangler", "no_such_role", 3),
        UnknownRole("ask example com", "no_such_role", 1),
    ]
    for role in (*spellings[:3], "ai wrangler"):
        assert listed(ledger, written=role) == listed(ledger, role=role) == 3
        with ledger.read() as tx:
            refused = refused_signups(tx, RefusalSelection(role=role))
        assert [signup.id for signup in refused] == rows[2::-1]


def test_a_filter_offers_what_there_is(mixed):
    with mixed.read() as tx:
        choices = filter_choices(tx)
    assert choices.campaigns == ("autumn",)
    assert choices.pages == ("/outlook/x", "/outlook/y")
    assert choices.roles == ("ml-engineer",)
    with mixed.write() as tx:
        tx.execute(sa.update(signup).values(campaign="to ada@example.com"))
        assert filter_choices(tx).campaigns == ()


def test_a_listing_by_the_day_of_sending_is_in_order_and_complete(mixed):
    which, found = LogFilter(since=PERIOD.since, dated_by=DatedBy.SENT), [""]
    with mixed.read() as tx:
        while page := entries(tx, which, limit=2):
            found += [str(entry.cells["sent_at"]) for entry in page]
            which = replace(which, before_id=page[-1].signup_row)
    assert len(found) == 8
    assert all(later > earlier for later, earlier in itertools.pairwise(found[1:]))


def test_the_latest_letters_say_how_soon_an_hour_s_were_sent(ledger):
    """However many are sent in an hour, so many rows are read and no more."""
    for number in range(4):
        report_id = owe(ledger, f"{number}@example.com")
        attempted(ledger, report_id, SENT)
        sent_at = datetime.now(UTC) - timedelta(minutes=number)
        created_at = sent_at - timedelta(seconds=61 if number else 2)
        with ledger.write() as tx:
            tx.execute(sa.update(report).where(report.c.id == report_id).values(created_at=created_at, sent_at=sent_at))
    with ledger.read() as tx:
        (every,) = lane_times(tx, within_s=3600.0)
        (latest,) = lane_times(tx, within_s=3600.0, most=2)
        (recent,) = lane_times(tx, within_s=90.0)
    assert (every.sent, every.soon) == (4, 1)
    assert (latest.sent, latest.soon) == (2, 1)
    assert (recent.sent, recent.soon) == (2, 1)
