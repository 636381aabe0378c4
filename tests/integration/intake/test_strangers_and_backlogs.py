"""A stranger's flood refuses nobody else, and a backlog or an import loses nobody, at the default limits."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import redis
import sqlalchemy as sa

from worker.assets import data_dir
from worker.boot.core import limits_of
from worker.errors import TurnedAway
from worker.intake.identity import Identity
from worker.intake.limits import LimitCounter
from worker.intake.receive import Receiver
from worker.intake.signup_limits import SignupLimits
from worker.ledger.channels import Channel
from worker.ledger.limited_signups import LimitedSignups, limited
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import report, signup
from worker.ledger.status import conservation, read_status
from worker.ledger.unknown_roles import unknown_roles
from worker.maintenance.limits import LimitsRecorder
from worker.reader_links import new_link_token
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.settings import load_settings

MATCHER = Matcher(load_catalogue(data_dir()))
RECEIVED = datetime.now(UTC)
"""One moment for all, so that no hour of the limits ends between two of them."""


@pytest.fixture
def counter(redis_url):
    return LimitCounter(redis.Redis.from_url(redis_url))


@pytest.fixture
def receiver(ledger, counter):
    limits = SignupLimits(counter, limits_of(load_settings({})))
    return Receiver(
        ledger, Identity(b"k" * 32), limits, MATCHER, lambda *_: None, new_link_token, clock=lambda: RECEIVED
    )


def person(number, email, **more):
    return {"version": 1, "signup_id": f"s-{number}", "email": email, "role": "ml-engineer", **more}


def received(receiver, payload, channel=Channel.BROWSER):
    try:
        return str(receiver.receive(payload, channel=channel).outcome)
    except TurnedAway:
        return "turned away"


def test_505_invented_addresses_from_one_home_lock_nobody_out(receiver, ledger, counter):
    home = [
        person(n, f"invented.{n}.{n * n}@gmail.com", source={"ip": f"2001:db8:77:{n % 51:x}::{n:x}"})
        for n in range(505)
    ]
    outcomes = Counter(received(receiver, payload) for payload in home)
    assert outcomes == {"admitted": 20, "rate_limited": 40, "turned away": 445}  # a /56: twice a source, in rows too

    honest = receiver.receive(
        person("honest", "an.honest.visitor@gmail.com", source={"ip": "203.0.113.8"}), channel=Channel.BROWSER
    )
    assert (honest.outcome, honest.delayed) == (Outcome.ADMITTED, False)

    LimitsRecorder(ledger, counter).record()
    LimitsRecorder(ledger, counter).record()  # and once more: a copy, not a sum
    with ledger.read() as tx:
        sums = conservation(tx)
        status = read_status(tx)
    assert sums.holds
    assert sums.signups == 61
    assert status.turned_away == 445
    assert sum(done.signups for done in status.limited_last_day if done.action == "refused") == 40


def test_beyond_a_limit_no_role_counts_as_asked_for(receiver, ledger):
    for n in range(40):
        received(receiver, person(n, f"p{n}@example.com", role="Wizzard", source={"ip": "203.0.113.8"}))
    with ledger.read() as tx:
        assert [role.signups for role in unknown_roles(tx, limit=5, first=date.min, last=date.max)] == [10]


OVER = RECEIVED.replace(minute=5, second=0, microsecond=0) - timedelta(hours=1)


@pytest.mark.parametrize("channel", [Channel.FILE, pytest.param(Channel.QUEUE, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("consented", "waiting"),
    [
        (lambda n: OVER - timedelta(hours=5) + timedelta(seconds=36 * n), 0),  # a hundred an hour, during an outage
        (lambda n: None, 100),  # an import without times: what is beyond the limit of 500 an hour waits
    ],
)
def test_600_signups_of_one_provider_are_all_admitted(receiver, ledger, channel, consented, waiting):
    for n in range(600):
        at = consented(n)
        more = {} if at is None else {"consented_at": at.isoformat()}
        assert received(receiver, person(n, f"reader.number.{n}@gmail.com", **more), channel) == "admitted"
    with ledger.read() as tx:
        due = tx.execute(sa.select(report.c.not_before, report.c.created_at)).all()
        noted = tx.execute(sa.select(signup.c.detail)).scalars().all()
    later = sorted((row.not_before - row.created_at).total_seconds() for row in due)[600 - waiting :]
    assert sum("delayed_by" in detail for detail in noted) == waiting
    assert len(due) == 600
    if waiting:
        assert [round(seconds, 1) for seconds in (later[0], later[-1])] == [7.2, 720.0]
    assert all(row.not_before == row.created_at for row in due) == (waiting == 0)


@pytest.mark.parametrize("channel", [Channel.SERVER, Channel.QUEUE, Channel.FILE])
def test_a_trusted_channel_always_leaves_a_row(receiver, ledger, channel):
    for n in range(30):
        received(receiver, {"version": 1, "email": f"broken {n}", "source": {"ip": "203.0.113.8"}}, channel)
    with ledger.read() as tx:
        assert conservation(tx).outcomes[Outcome.INVALID] == 30


def test_a_browser_that_sends_rubbish_leaves_few_rows(receiver, ledger):
    outcomes = Counter(
        received(receiver, {"version": 1, "email": f"broken {n}", "source": {"ip": "203.0.113.8"}}) for n in range(50)
    )
    assert outcomes == {"invalid": 20, "turned away": 30}
    assert received(receiver, person(1, "ada@example.com", source={"ip": "203.0.113.8"})) == "admitted"


def test_the_counts_outlive_redis(ledger, counter, receiver, redis_url):
    for n in range(35):
        received(receiver, person(n, f"p{n}@example.com", source={"ip": "203.0.113.8"}))
    recorder = LimitsRecorder(ledger, counter)
    recorder.record()
    redis.Redis.from_url(redis_url).flushall()
    recorder.record()
    for n in range(12):
        received(receiver, person(100 + n, f"q{n}@example.com", source={"ip": "203.0.113.8"}))
    recorder.record()
    with ledger.read() as tx:
        assert LimitedSignups("source", "refused", 20) in limited(tx)
        assert LimitedSignups("source", "turned_away", 5) in limited(tx)
        assert limited(tx, within_s=0) == ()
    LimitsRecorder(ledger, LimitCounter(redis.Redis.from_url("redis://127.0.0.1:1/0"))).record()


@pytest.mark.parametrize("length", [65, 80, 200])
def test_a_local_part_that_no_letter_can_have_is_invalid_at_once(receiver, length):
    assert received(receiver, person(length, "n" * length + "@example.org"), Channel.QUEUE) == "invalid"
    assert received(receiver, person("plain", "plain@example.org"), Channel.QUEUE) == "admitted"


@pytest.mark.parametrize(
    "pair",
    [
        ("first.reader+shop@live.co.uk", "first.reader@live.co.uk"),
        ("second_reader@pm.me", "secondreader@proton.me"),
        ("third.reader@mac.com", "third.reader+x@me.com"),
        ("fourth@yandex.by", "fourth+news@ya.ru"),
    ],
)
def test_two_spellings_of_a_mailbox_get_one_letter(receiver, pair):
    outcomes = [received(receiver, person(email, email), Channel.SERVER) for email in pair]
    assert outcomes == ["admitted", "duplicate"]
