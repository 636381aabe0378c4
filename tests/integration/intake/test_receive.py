"""Receiving a signup: what is recorded, which report follows, and that every step may happen twice or at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import redis
import sqlalchemy as sa

from worker.assets import data_dir
from worker.errors import LedgerUnavailable
from worker.intake.identity import Identity, read_address
from worker.intake.limits import LimitCounter
from worker.intake.receive import Receiver
from worker.intake.signup_limits import Limits, SignupLimits
from worker.ledger import suppressions
from worker.ledger.channels import Channel, Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import report, signup
from worker.ledger.status import conservation
from worker.ledger.store import Ledger, open_ledger
from worker.ledger.timeline import find_report_row, signups_of
from worker.ledger.unknown_roles import UnknownRole, unknown_roles
from worker.reader_links import new_link_token
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher

IDENTITY = Identity(b"k" * 32)
MATCHER = Matcher(load_catalogue(data_dir()))


class Woken(list):
    """The report ids that were woken, and in `lanes` the lane of each."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes: list[Lane] = []

    def __call__(self, report_id: int, lane: Lane) -> None:
        self.append(report_id)
        self.lanes.append(lane)


@pytest.fixture
def woken():
    return Woken()


def receiver_on(ledger: Ledger, redis_url: str, woken: Woken, per_source: int = 0) -> Receiver:
    limits = SignupLimits(LimitCounter(redis.Redis.from_url(redis_url)), Limits(per_source, 0, 0))
    return Receiver(ledger, IDENTITY, limits, MATCHER, woken, new_link_token)


@pytest.fixture
def receiver(ledger, redis_url, woken):
    return receiver_on(ledger, redis_url, woken, per_source=5)


SOURCE = {"ip": "203.0.113.7"}


def ada(signup_id: str = "s-1", **more: object) -> dict:
    return {"version": 1, "signup_id": signup_id, "email": "ada.lovelace@gmail.com", "role": "ML Engineer"} | more


def test_a_signup_is_admitted_and_recorded_and_its_report_woken(receiver, ledger, woken):
    receipt = receiver.receive(
        ada(source={"page": "/outlook/ml-engineer", "ip": "203.0.113.7"}), channel=Channel.SERVER
    )
    assert (receipt.outcome, receipt.repeated) == (Outcome.ADMITTED, False)
    assert woken == [receipt.report_id]
    with ledger.read() as tx:
        row = find_report_row(tx, report_id=receipt.report_id)
        recorded = tx.execute(sa.select(signup)).one()
        assert conservation(tx).holds
    assert (row.state, row.address, row.role_slug) == (ReportState.READY, "ada.lovelace@gmail.com", "ml-engineer")
    assert recorded.address_masked == "a***@gmail.com"
    assert "203.0.113.7" not in str(recorded)


def test_a_repeated_signup_gets_the_same_receipt(receiver, ledger):
    first, second = (receiver.receive(ada(), channel=Channel.QUEUE) for _ in range(2))
    assert (second.outcome, second.signup_row, second.report_id, second.repeated) == (
        Outcome.ADMITTED,
        first.signup_row,
        first.report_id,
        True,
    )
    with ledger.read() as tx:
        assert conservation(tx).signups == 1


def test_a_different_signup_with_the_same_signup_id_is_recorded_as_invalid(receiver, ledger):
    receiver.receive(ada(), channel=Channel.SERVER)
    conflicts = [receiver.receive(ada(role="Lawyer"), channel=Channel.SERVER) for _ in range(2)]
    assert [(conflict.outcome, conflict.reason, conflict.repeated) for conflict in conflicts] == [
        (Outcome.INVALID, "signup_id_conflict", False),
        (Outcome.INVALID, "signup_id_conflict", True),
    ]
    assert conflicts[0].problems[0][0] == "signup_id"
    with ledger.read() as tx:
        assert conservation(tx).signups == 2


@pytest.mark.parametrize("email", ["ADA.LOVELACE@gmail.com", "adalovelace@gmail.com", "ada.lovelace+x@googlemail.com"])
def test_one_person_gets_one_report(receiver, ledger, email):
    first = receiver.receive(ada(), channel=Channel.SERVER)
    again = receiver.receive(ada("s-2", email=email), channel=Channel.SERVER)
    assert (again.outcome, again.reason, again.report_id) == (Outcome.DUPLICATE, "report_exists", first.report_id)


@pytest.mark.parametrize("profile", [{}, {"skills": ["Python", "SQL"], "experience_years": 9}])
def test_after_a_letter_that_came_back_no_signup_sends_it_again(receiver, ledger, woken, profile):
    """A machine would write to a full mailbox again and again; an operator's replay decides."""
    first = receiver.receive(ada(), channel=Channel.SERVER)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(state=ReportState.RETURNED))
    woken.clear()
    again = receiver.receive(ada("s-2", profile=profile), channel=Channel.SERVER)
    assert (again.outcome, again.reason, again.report_id) == (Outcome.DUPLICATE, "returned", first.report_id)
    assert woken == []
    with ledger.read() as tx:
        assert find_report_row(tx, report_id=first.report_id).state == ReportState.RETURNED


def test_a_richer_profile_replaces_a_poorer_one(receiver, ledger):
    first = receiver.receive(ada(), channel=Channel.SERVER)
    richer = receiver.receive(ada("s-2", profile={"skills": ["Python"]}), channel=Channel.SERVER)
    poorer = receiver.receive(ada("s-3"), channel=Channel.SERVER)
    assert (richer.outcome, richer.reason, richer.report_id) == (Outcome.DUPLICATE, "profile_enriched", first.report_id)
    assert (poorer.outcome, poorer.reason) == (Outcome.DUPLICATE, "report_exists")
    with ledger.read() as tx:
        assert find_report_row(tx, report_id=first.report_id).profile["skills"] == ["Python"]


def test_refusals_are_recorded_with_their_reason(receiver, ledger):
    suppressed = IDENTITY.recipient_key(read_address("never@example.com"))
    with ledger.write() as tx:
        suppressions.suppress(tx, suppressed, reason="unsubscribed", actor="reader")
    refused = [
        receiver.receive(payload, channel=Channel.FILE)
        for payload in (
            ada("s-1", email="never@example.com"),
            ada("s-2", role="Dragon tamer"),
            ada("s-3", email="a@mailinator.com"),
            ada("s-4", email="broken"),
            ada("s-5", colour="red"),
            '{"half": ',
        )
    ]
    assert [(receipt.outcome, receipt.reason) for receipt in refused] == [
        (Outcome.SUPPRESSED, "suppressed"),
        (Outcome.UNKNOWN_ROLE, "no_such_role"),
        (Outcome.INVALID, "disposable_domain"),
        (Outcome.INVALID, "invalid_email"),
        (Outcome.INVALID, "invalid_payload"),
        (Outcome.INVALID, "invalid_payload"),
    ]
    with ledger.read() as tx:
        assert unknown_roles(tx, limit=9, first=date.min, last=date.max) == [
            UnknownRole("dragon tamer", "no_such_role", 1)
        ]
        sums = conservation(tx)
    assert sums.holds
    assert sums.signups == 6


def test_a_corrected_signup_may_use_its_signup_id_again(receiver):
    assert receiver.receive(ada(email="broken"), channel=Channel.QUEUE).outcome is Outcome.INVALID
    assert receiver.receive(ada(email="broken"), channel=Channel.QUEUE).repeated
    assert receiver.receive(ada(), channel=Channel.QUEUE).outcome is Outcome.ADMITTED


def test_an_invalid_signup_is_recorded_under_its_recipient_key(receiver, ledger):
    key = IDENTITY.recipient_key(read_address("ada.lovelace@gmail.com"))
    broken = ada(colour="red")
    for payload in (broken, json.dumps(broken | {"signup_id": "s-2"}).encode(), broken | {"email": "broken"}):
        receiver.receive(payload, channel=Channel.SERVER)
    receiver.receive(ada("s-3"), channel=Channel.SERVER)
    receiver.receive(ada("s-3", role="Nurse"), channel=Channel.SERVER)  # a different signup with the same signup_id
    with ledger.read() as tx:
        assert [row.outcome for row in signups_of(tx, key)] == ["invalid", "invalid", "admitted", "invalid"]
        masked = tx.execute(sa.select(signup.c.address_masked).order_by(signup.c.id)).scalars().all()
    assert masked == ["a***@gmail.com", "a***@gmail.com", "b***", "a***@gmail.com", "a***@gmail.com"]


def test_a_payload_that_no_database_can_hold_is_recorded_as_invalid(receiver):
    deep: dict = {}
    for _ in range(100_000):
        deep = {"x": deep}
    for payload in (deep, "\ud800"):
        assert receiver.receive(payload, channel=Channel.QUEUE).outcome is Outcome.INVALID


def detail_of(ledger, receipt):
    with ledger.read() as tx:
        return tx.execute(sa.select(signup.c.detail).where(signup.c.id == receipt.signup_row)).scalar_one()


def test_what_was_repaired_is_noted(receiver, ledger):
    receipt = receiver.receive(
        ada(email="<ada@gmail.con>,", profile=None, source={"ip": "203.0.113.7:51234"}, consented_at="soon"),
        channel=Channel.SERVER,
    )
    assert receipt.outcome is Outcome.ADMITTED
    assert detail_of(ledger, receipt) == {
        "repairs": [
            "email: name and brackets",
            "profile: null",
            "source.ip: more than an IP address",
            "consented_at: no date, time and offset",
        ],
        "typo_of": "gmail.com",
    }
    with ledger.read() as tx:
        assert tx.execute(sa.select(report.c.address)).scalar_one() == "ada@gmail.con"


@pytest.mark.parametrize(("ahead", "believed"), [(timedelta(minutes=4), True), (timedelta(minutes=6), False)])
def test_a_consent_in_the_future_is_not_believed(receiver, ledger, ahead, believed):
    then = datetime.now(UTC) + ahead
    receipt = receiver.receive(ada(consented_at=then.isoformat()), channel=Channel.QUEUE)
    with ledger.read() as tx:
        recorded = tx.execute(sa.select(signup.c.consented_at)).scalar_one()
    assert recorded == (then if believed else None)
    assert ("repairs" in detail_of(ledger, receipt)) != believed


def test_a_signup_whose_consent_was_not_believed_may_come_again_later(ledger, redis_url, woken):
    begin = datetime(2026, 11, 23, 12, tzinfo=UTC)
    clock = iter([begin, begin + timedelta(hours=2)])
    limits = SignupLimits(LimitCounter(redis.Redis.from_url(redis_url)), Limits(0, 0, 0))
    receiver = Receiver(ledger, IDENTITY, limits, MATCHER, woken, new_link_token, clock=lambda: next(clock))
    payload = ada(consented_at="2026-11-23T13:00:00Z")
    first, second = (receiver.receive(payload, channel=Channel.QUEUE) for _ in range(2))
    assert (second.outcome, second.repeated, second.signup_row) == (Outcome.ADMITTED, True, first.signup_row)


def test_for_a_browser_consent_is_the_time_of_receipt(receiver, ledger):
    receiver.receive(ada(consented_at="2020-01-01T00:00:00Z"), channel=Channel.BROWSER)
    with ledger.read() as tx:
        row = tx.execute(sa.select(signup.c.consented_at, signup.c.received_at)).one()
    assert abs(row.received_at - row.consented_at) < timedelta(minutes=1)


def test_no_problem_on_record_holds_an_address(receiver, ledger):
    receipt = receiver.receive(ada() | {"ada@example.net": 1}, channel=Channel.SERVER)
    assert detail_of(ledger, receipt) == {"problems": [["a***@example.net", "not a field of version 1"]]}


def test_a_refusal_by_the_limit_records_its_figures(receiver, ledger):
    for n in range(6):
        last = receiver.receive(
            ada(f"s-{n}", email=f"p{n}@example.com", source={"ip": "198.51.100.1"}), channel=Channel.BROWSER
        )
    assert (last.outcome, last.reason) == (Outcome.RATE_LIMITED, "source_limit")
    with ledger.read() as tx:
        detail = tx.execute(sa.select(signup.c.detail).where(signup.c.id == last.signup_row)).scalar_one()
    assert detail == {"rule": "source", "count": 5, "limit": 5}


def test_while_redis_is_away_a_signup_is_admitted_and_the_skipped_check_recorded(ledger, woken):
    receipt = receiver_on(ledger, "redis://127.0.0.1:1/0", woken, per_source=1).receive(
        ada(source=SOURCE), channel=Channel.BROWSER
    )
    assert receipt.outcome is Outcome.ADMITTED
    with ledger.read() as tx:
        assert tx.execute(sa.select(signup.c.detail)).scalar_one() == {"limits_skipped": True}


def test_without_a_ledger_no_signup_is_received(redis_url, woken, tmp_path):
    receiver = receiver_on(open_ledger(f"sqlite:///{tmp_path / 'empty.db'}"), redis_url, woken)
    with pytest.raises(LedgerUnavailable) as caught:
        receiver.receive(ada(), channel=Channel.SERVER)
    assert "lovelace" not in str(caught.value)
    assert not woken


@pytest.mark.parametrize("same_id", [True, False])
def test_many_simultaneous_signups_of_one_person_lead_to_one_report(receiver, ledger, same_id):
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(receiver.receive, ada("s" if same_id else f"s-{n}"), channel=Channel.SERVER) for n in range(16)
        ]
        receipts = [job.result() for job in jobs]
    with ledger.read() as tx:
        assert len(tx.execute(sa.select(report.c.id)).all()) == 1
        sums = conservation(tx)
    assert sums.holds
    assert sums.signups == (1 if same_id else 16)
    assert sum(receipt.outcome is Outcome.ADMITTED and not receipt.repeated for receipt in receipts) == 1


HOSTILE = "<script>alert(1)</script>\r\nBcc: all@example.com\r\n{{ 7*7 }}\x00\u202e"


def test_hostile_text_is_stored_harmlessly(receiver, ledger):
    payload = ada(
        HOSTILE,
        role="ML Engineer",
        profile={"tasks": [{"task": HOSTILE, "share": 1}], "skills": [HOSTILE]},
        source={"page": HOSTILE, "campaign": HOSTILE},
    )
    assert receiver.receive(payload, channel=Channel.QUEUE).outcome is Outcome.ADMITTED
    assert (
        receiver.receive({"email": HOSTILE, "role": HOSTILE, HOSTILE: HOSTILE}, channel=Channel.QUEUE).outcome
        is Outcome.INVALID
    )
