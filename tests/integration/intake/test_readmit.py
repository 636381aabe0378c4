"""Readmission: a refusal is taken back once, for whom it may be, and both sums hold."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import sqlalchemy as sa

from worker.assets import data_dir
from worker.intake.identity import Identity, read_address
from worker.intake.limits import LimitCounter
from worker.intake.readmit import Group, Readmission
from worker.intake.receive import Receiver
from worker.intake.signup_limits import Limits, SignupLimits
from worker.ledger import suppressions
from worker.ledger.channels import Channel
from worker.ledger.outcomes import Outcome
from worker.ledger.refused_signups import RefusalSelection
from worker.ledger.schema import audit, report, signup
from worker.ledger.status import conservation
from worker.privacy.erasure import erase
from worker.reader_links import new_link_token
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher

IDENTITY = Identity(b"k" * 32)
ALL = RefusalSelection()
ROLE = "Zorbing Quux Wrangler"


@pytest.fixture(scope="module")
def matcher():
    return Matcher(load_catalogue(data_dir()))


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """The catalogue, in which a role has got this name."""
    data = tmp_path_factory.mktemp("grown") / "data"
    shutil.copytree(data_dir(), data)
    role = data / "roles" / "ml-engineer.toml"
    role.write_text(role.read_text().replace("aliases = [", f'aliases = ["{ROLE}", ', 1))
    return Matcher(load_catalogue(data))


@pytest.fixture
def receive(ledger, redis_url, matcher):
    limits = SignupLimits(LimitCounter(redis.Redis.from_url(redis_url)), Limits(2, 0, 0))
    receiver = Receiver(ledger, IDENTITY, limits, matcher, lambda *_: None, new_link_token)

    def receive(number: int, *, role: str = ROLE, email: str | None = None, **more):
        given = {"version": 1, "signup_id": f"s-{number}", "email": email or f"p{number}@example.org", "role": role}
        return receiver.receive(given | more, channel=Channel.BROWSER)

    return receive


def rows(ledger, table):
    with ledger.read() as tx:
        return tx.execute(sa.select(table).order_by(table.c.id)).all()


def holds(ledger) -> bool:
    with ledger.read() as tx:
        return conservation(tx).holds


def take_back(ledger, matcher, which=ALL):
    readmission = Readmission(ledger, matcher, new_link_token)
    plan = readmission.plan(which)
    return plan, readmission.act(plan.admissible_ids, actor="ops", reason="role added")


def test_an_unknown_role_that_is_added_later(ledger, receive, matcher, grown):
    profile = {"tasks": [{"task": "juggling", "share": 3}], "skills": ["Python"], "experience_years": 4}
    receipt = receive(1, profile=profile, source={"page": "/outlook/x"})
    assert receipt.outcome is Outcome.UNKNOWN_ROLE
    plan, done = take_back(ledger, matcher)
    assert (plan.counts[Group.STILL_UNKNOWN], done.admitted) == (1, ())
    plan, done = take_back(ledger, grown)
    assert (plan.counts[Group.ADMISSIBLE], done.admitted) == (1, (receipt.signup_row,))
    (owed,) = rows(ledger, report)
    (row,) = rows(ledger, signup)
    assert (owed.id, owed.state, owed.address) == (done.reports[0], "ready", "p1@example.org")
    assert (owed.role_slug, owed.role_text, owed.page) == ("ml-engineer", ROLE, "/outlook/x")
    assert (owed.profile["skills"], owed.signup_row) == (["Python"], receipt.signup_row)
    assert (row.outcome, row.reason, row.role_slug) == ("admitted", None, "ml-engineer")
    assert (row.address, row.profile) == (None, None)
    (action,) = rows(ledger, audit)
    assert (action.actor, action.action, action.reason, action.report_id) == ("ops", "readmit", "role added", owed.id)
    assert action.detail == {"signup": row.id, "from": "unknown_role", "refused_by": receipt.reason}
    assert holds(ledger)


def test_a_limit(ledger, receive, matcher):
    receipts = [receive(number, role="ML Engineer", source={"ip": "203.0.113.7"}) for number in range(4)]
    assert [receipt.outcome for receipt in receipts].count(Outcome.RATE_LIMITED) == 2
    plan, done = take_back(ledger, matcher)
    assert {planned.why for planned in plan.signups} == {"only a limit refused it"}
    assert len(done.admitted) == 2
    assert {row.address for row in rows(ledger, report)} == {f"p{number}@example.org" for number in range(4)}
    assert holds(ledger)
    assert receive(3, role="ML Engineer", source={"ip": "203.0.113.7"}).outcome is Outcome.ADMITTED  # said again


def test_it_is_done_once_however_often_it_is_asked(ledger, receive, grown):
    row = receive(1).signup_row
    with ThreadPoolExecutor(4) as pool:
        acts = [
            pool.submit(Readmission(ledger, grown, new_link_token).act, [row], actor="a", reason="b") for _ in "1234"
        ]
    assert sorted(len(act.result().admitted) for act in acts) == [0, 0, 0, 1]
    assert len(rows(ledger, report)) == len(rows(ledger, audit)) == 1
    plan, done = take_back(ledger, grown, RefusalSelection(ids=(row, 99)))
    assert ([planned.group for planned in plan.signups], plan.missing) == ([Group.NOT_REFUSED], (99,))
    assert done.admitted == ()


def test_nobody_gets_a_second_report(ledger, receive, grown):
    older, newer = receive(1, email="ada@example.org").signup_row, receive(2, email="Ada@example.org").signup_row
    receive(3, email="eva@example.org")
    receive(4, email="eva@example.org", role="ML Engineer")  # she found another name of her work
    plan, done = take_back(ledger, grown)
    assert {planned.id: planned.group for planned in plan.signups if planned.id in (older, newer)} == {
        newer: Group.ADMISSIBLE, older: Group.HAS_REPORT,
    }  # fmt: skip
    assert done.admitted == (newer,)
    assert Readmission(ledger, grown, new_link_token).act([older], actor="a", reason="b").admitted == ()
    assert len(rows(ledger, report)) == 2
    assert holds(ledger)


def test_nobody_is_mailed_who_must_not_be_or_whose_address_is_gone(ledger, receive, grown):
    receive(1)
    receive(2)
    keys = [IDENTITY.recipient_key(read_address(f"p{number}@example.org")) for number in (1, 2)]
    with ledger.write() as tx:
        suppressions.suppress(tx, keys[0], reason="unsubscribed", actor="reader")
    erase(ledger, keys[1], addresses=[], actor="ops", reason="asked")
    plan, done = take_back(ledger, grown)
    assert {planned.group for planned in plan.signups} == {Group.SUPPRESSED, Group.NO_ADDRESS}
    assert done.admitted == ()
    acted = Readmission(ledger, grown, new_link_token).act([1, 2], actor="a", reason="b")
    assert acted.left_alone == (1, 2)
    assert rows(ledger, report) == []


def test_the_selection_narrows(ledger, receive, grown):
    rows_of = {role: receive(number, role=role).signup_row for number, role in enumerate([ROLE, "Frobnicating Blorp"])}
    plan, _ = take_back(ledger, grown, RefusalSelection(role=ROLE.lower()))
    assert [planned.id for planned in plan.signups] == [rows_of[ROLE]]
    plan, _ = take_back(ledger, grown, RefusalSelection(outcomes=(Outcome.RATE_LIMITED,)))
    assert plan.signups == ()
