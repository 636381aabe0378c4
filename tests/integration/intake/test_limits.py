"""How many signups, counted in a real Redis."""

import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import redis

from worker.intake.identity import Identity, read_address
from worker.intake.limits import Bucket, LimitCounter, LimitVerdict, hour_of
from worker.intake.signup_limits import REFUSALS_PER_HOUR, Limits, SignupLimits
from worker.ledger.channels import Channel

IDENTITY = Identity(b"k" * 32)
NOW = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)


class Signups:
    """Signs people up, each under another signup_id."""

    def __init__(self, url: str, **limits: int) -> None:
        self.counter = LimitCounter(redis.Redis.from_url(url))
        self.limits = SignupLimits(self.counter, Limits(**{"per_source": 0, "per_domain": 0, "total": 0} | limits))
        self._numbers = count()

    def __call__(self, email="ada@example.com", ip="198.51.100.7", channel=Channel.BROWSER, at=NOW, signup_id=None):
        address = read_address(email)
        return self.limits.count(
            signup_id or f"s-{next(self._numbers)}", channel=channel, at=at, address=address,
            mailbox=IDENTITY.mailbox_key(address), domain=IDENTITY.domain_key(address),
            sources=IDENTITY.sources(ip) if ip else (),
        )  # fmt: skip

    def done(self):
        hour = hour_of(time.time())
        return dict(self.counter.done(hour - 1)) | dict(self.counter.done(hour))


def test_the_first_n_pass_and_the_next_gets_the_rule(redis_url):
    sign_up = Signups(redis_url, per_source=2)
    assert [sign_up() for _ in range(3)] == [LimitVerdict(), LimitVerdict(), LimitVerdict("source", count=2, limit=2)]


def test_each_limit_has_its_own_buckets(redis_url):
    sign_up = Signups(redis_url, per_source=1, per_domain=2, total=3)
    assert sign_up("x@a.example", "198.51.100.1").rule is None
    assert sign_up("x@a.example", "198.51.100.1").rule == "source"
    assert sign_up("x@a.example", None).rule is None
    assert sign_up("x@a.example", None).rule == "domain"
    assert sign_up("x@b.example", "203.0.113.1").rule is None
    assert sign_up("x@c.example", "192.0.2.1").rule == "total"


def test_a_refused_signup_counts_against_no_limit(redis_url):
    sign_up = Signups(redis_url, per_source=1, total=2)
    for _ in range(5):
        sign_up(ip="198.51.100.1")
    assert sign_up(ip="203.0.113.1").rule is None


def test_a_repeated_message_counts_once(redis_url):
    sign_up = Signups(redis_url, per_source=1)
    assert {sign_up(signup_id="same").rule for _ in range(3)} == {None}


def test_zero_is_no_limit(redis_url):
    sign_up = Signups(redis_url)
    assert {sign_up().rule for _ in range(50)} == {None}


@pytest.mark.parametrize("channel", [each for each in Channel if each is not Channel.CANARY])  # which has no limits
def test_while_redis_is_away_no_signup_is_refused(channel):
    sign_up = Signups("redis://127.0.0.1:1/0", per_source=1, total=1)
    assert sign_up(channel=channel) == LimitVerdict(skipped=True)


@pytest.mark.parametrize(
    ("ips", "admitted"),
    [
        ([f"2001:db8:0:1::{n:x}" for n in range(1, 60)], 2),  # one /64
        ([f"2001:db8:0:{n:x}::1" for n in range(60)], 4),  # 60 of a /56
        ([f"2001:db8:0:{n:x}00::1" for n in range(60)], 20),  # 60 of a /48, each in another /56
        ([f"2001:db8:{n:x}::1" for n in range(60)], 60),  # in 60 of them
        ([f"203.0.113.{n}" for n in range(60)], 20),  # one /24
        ([f"203.0.{n}.1" for n in range(60)], 60),
        ([f"::ffff:203.0.113.{n}" for n in range(60)], 20),  # the same as IPv4
    ],
)
def test_networks_of_each_size_have_a_limit(redis_url, ips, admitted):
    sign_up = Signups(redis_url, per_source=2)
    assert [sign_up(f"p{n}@example.com", ip).rule for n, ip in enumerate(ips)].count(None) == admitted


def test_one_mailbox_is_one_whatever_its_tag(redis_url):
    sign_up = Signups(redis_url, per_mailbox=3)
    rules = [sign_up(f"victim+{n}@corp.example.org", f"203.0.{n}.1").rule for n in range(30)]
    assert (rules.count(None), rules.count("mailbox")) == (3, 27)
    assert sign_up("somebody@corp.example.org", "203.0.99.1").rule is None


def test_the_limit_of_a_mailbox_does_not_reveal_who_came_before(redis_url):
    quiet = LimitVerdict("mailbox", count=3, limit=3, quiet=True)
    known, new = Signups(redis_url, per_mailbox=3, per_source=6), Signups(redis_url, per_mailbox=3, per_source=6)
    known("known@corp.example", "192.0.2.1")  # the person, and then a stranger who wants to know about it
    of_known = [known("known@corp.example", "203.0.113.1", signup_id=f"k-{n}") for n in range(30)]
    of_new = [new("new@corp.example", "198.51.100.1", signup_id=f"n-{n}") for n in range(30)]
    assert (of_known[2], of_new[2], of_new[3]) == (quiet, LimitVerdict(), quiet)

    def seen(verdict):
        return verdict.turned_away, verdict.visible

    assert list(map(seen, of_known)) == list(map(seen, of_new))


def test_a_domain_with_many_people_is_delayed_not_refused(redis_url):
    sign_up = Signups(redis_url, per_domain=4)
    verdicts = [sign_up(f"p{n}@gmail.com") for n in range(12)]
    assert {verdict.rule for verdict in verdicts} == {None}
    assert [verdict.delay_s for verdict in verdicts] == [0.0] * 4 + [900.0 * n for n in range(1, 9)]
    assert verdicts[4] == LimitVerdict(delayed_by="domain", count=4, limit=4, delay_s=900.0)
    assert sign_up("p@example.com").delay_s == 0
    assert sign_up.done() == {("domain", "delayed"): 8}


@pytest.mark.parametrize("channel", [Channel.SERVER, Channel.QUEUE, Channel.FILE])
def test_a_trusted_channel_is_delayed_never_refused(redis_url, channel):
    sign_up = Signups(redis_url, per_source=1, per_domain=2, total=3, per_mailbox=1)
    verdicts = [sign_up(email, channel=channel) for email in ["a@corp.example"] * 4 + ["b@other.example"] * 2]
    assert {verdict.rule for verdict in verdicts} == {None}
    assert [verdict.delayed_by for verdict in verdicts] == [None, None, "domain", "domain", "total", "total"]
    assert [verdict.delay_s for verdict in verdicts] == [0, 0, 1800, 3600, 2400, 3600]


def test_a_trusted_channel_is_counted_by_the_time_of_signing_up(redis_url):
    sign_up = Signups(redis_url, per_domain=2)
    hours = [NOW - timedelta(hours=n) for n in range(5) for _ in range(2)]
    assert {sign_up("p@gmail.com", channel=Channel.FILE, at=at).delay_s for at in hours} == {0.0}
    assert sign_up("p@gmail.com", channel=Channel.FILE, at=hours[0]).delay_s == 1800


def test_what_trusted_channels_bring_takes_no_room_from_browsers(redis_url):
    sign_up = Signups(redis_url, per_domain=2, total=2)
    for _ in range(10):
        sign_up("p@corp.example", channel=Channel.FILE)
    assert sign_up("p@corp.example") == LimitVerdict()


def test_beyond_its_first_refusals_a_source_leaves_no_rows(redis_url):
    sign_up = Signups(redis_url, per_source=1)
    verdicts = [sign_up(signup_id=f"s-{n}") for n in range(40)]
    assert [verdict.turned_away for verdict in verdicts] == [False] * (1 + REFUSALS_PER_HOUR) + [True] * 19
    assert sign_up.done() == {("source", "refused"): 20, ("source", "turned_away"): 19}
    assert not sign_up(signup_id="s-5").turned_away  # the row of an earlier refusal is there: this is no further one
    assert not sign_up(ip="203.0.113.1").turned_away


def test_a_network_leaves_no_more_rows_than_its_size_allows(redis_url):
    sign_up = Signups(redis_url, per_source=1)
    verdicts = [sign_up(ip=f"2001:db8:0:{n % 256:x}::1") for n in range(300)]
    assert [verdict.rule for verdict in verdicts].count(None) == 2
    assert [verdict.turned_away for verdict in verdicts].count(False) == 2 + 2 * REFUSALS_PER_HOUR


def test_invalid_signups_are_refusals_too(redis_url):
    sign_up = Signups(redis_url)
    sources = IDENTITY.sources("198.51.100.7")
    verdicts = [sign_up.limits.count_invalid(f"digest {n}", sources) for n in range(25)]
    assert [verdict.turned_away for verdict in verdicts].count(True) == 5
    assert sign_up.done() == {("invalid", "turned_away"): 5}


def test_a_counter_for_something_else_needs_one_bucket(redis_url):
    counter = LimitCounter(redis.Redis.from_url(redis_url), namespace="other")
    bucket = Bucket("source", "s", 2)
    assert [counter.count(str(n), [bucket]).rule for n in range(3)] == [None, None, "source"]
