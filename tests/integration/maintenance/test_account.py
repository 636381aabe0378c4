"""The account that SES reports decides the send rate, the hold for the quota, and when pauses end."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.parts import reports as make
from tests.parts.ses_behaviour import (
    ACCEPT,
    PAUSED,
    QUOTA_EXCEEDED,
    REJECTED,
    SUSPENDED,
    THROTTLED,
    UNVERIFIED,
    account,
    error,
)
from tests.parts.ses_events import event
from worker.boot.worker import boot_worker
from worker.delivery.breaker import Breaker, Thresholds
from worker.delivery.breaker_pauses import BREAKER, Cause
from worker.delivery.disposition import Unchanged
from worker.errors import PacingUnavailable, SendError
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import holds, pauses
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import attempt, report, signup
from worker.ledger.status import read_status
from worker.ledger.steering_schema import pause as pause_table
from worker.ledger.store import after
from worker.mailers.ses import ses_client
from worker.mailers.ses_account import SesAccount
from worker.maintenance.account import HEADROOM, AccountWatch
from worker.settings import load_settings


@pytest.fixture
def client(ses):
    return ses_client(threads=2, connect_timeout_s=5, read_timeout_s=5)


@pytest.fixture
def breaker(ledger):
    return Breaker(ledger, Thresholds(), mailer="ses")


@pytest.fixture
def watch_of(client, ledger, breaker):
    def make_watch(process="host:1", **options):
        reader = SesAccount(client, ("outlook.example.com", "reports@outlook.example.com"), "reports")
        return AccountWatch(reader, ledger, breaker, process=process, mailer="ses", interval_s=60.0, **options)

    return make_watch


@pytest.fixture
def services(ses, ledger_url, redis_url, tmp_path):
    environment = {
        "DATABASE_URL": ledger_url,
        "WORKER_STATE_DIR": str(tmp_path / "state"),
        "WORKER_MAILER": "ses",
        "WORKER_FROM": "AI Exposure Report <reports@outlook.example.com>",
        "WORKER_PUBLIC_URL": "https://outlook.example.com",
        "WORKER_POSTAL_ADDRESS": "1 Example Street",
        "WORKER_SECRET_KEY": "s" * 32,
        "WORKER_IDENTITY_KEY": make.IDENTITY_KEY,
        "WORKER_SEND_RATE_PER_S": "2000",
        "WORKER_STOPPED_IN_A_ROW": "3",
    }
    services = boot_worker(load_settings(environment), redis_url)
    yield services
    services.core.ledger.close()


def paused(ledger):
    with ledger.read() as tx:
        return pauses.current_pause(tx)


def held(ledger):
    with ledger.read() as tx:
        return holds.current_hold(tx)


def row(ledger, report_id):
    with ledger.read() as tx:
        return tx.execute(sa.select(report).where(report.c.id == report_id)).one()


def make_pause_old(ledger, seconds=3600.0):
    with ledger.write() as tx:
        tx.execute(sa.update(pause_table).values(since=after(-seconds)))


def blocked(breaker, code="SendingPausedException"):
    breaker.account_blocked(code, "in words")


# --- pace ---


def test_the_send_rate_is_the_account_s_with_headroom_and_shared(ses, watch_of):
    first, second = watch_of("host:1"), watch_of("host:2")
    ses.script.account = account(MaxSendRate=50.0)
    first.refresh()
    ses.script.account = account(MaxSendRate=1000.0)
    second.refresh()  # not its turn: it takes what the first process read
    assert first.rate_per_s() == second.rate_per_s() == pytest.approx(50 * HEADROOM)
    first.refresh()
    assert first.rate_per_s() == pytest.approx(1000 * HEADROOM)


def test_a_process_without_a_rate_reads_the_account_at_its_first_letter(watch_of):
    assert watch_of().rate_per_s() == pytest.approx(14 * HEADROOM)


def test_a_fixed_rate_overrides_the_account(watch_of):
    assert watch_of(fixed_rate_per_s=3.0).rate_per_s() == 3.0


def test_nothing_is_sent_while_the_rate_is_unknown(ses, watch_of):
    ses.script.operations["GetAccount"] = error("InternalServiceErrorException", "Internal failure.")
    with pytest.raises(PacingUnavailable):
        watch_of().rate_per_s()


def test_the_last_rate_stays_while_ses_does_not_answer(ses, watch_of):
    watch = watch_of()
    watch.refresh()
    ses.script.operations["GetAccount"] = error("InternalServiceErrorException", "Internal failure.")
    with pytest.raises(SendError):
        watch.refresh()
    assert watch.rate_per_s() == pytest.approx(14 * HEADROOM)


# --- pauses that end by themselves ---


@pytest.mark.parametrize("code", ["SendingPausedException", "AccountSuspendedException", "ExpiredTokenException"])
def test_a_pause_caused_by_the_account_ends_when_ses_allows_sending(ses, ledger, breaker, watch_of, code):
    blocked(breaker, code)
    make_pause_old(ledger)
    watch = watch_of()
    ses.script.account = account(SendingEnabled=False)
    watch.read_now()
    assert paused(ledger) is not None
    ses.script.account = account(EnforcementStatus="PROBATION")
    watch.read_now()
    assert paused(ledger) is not None
    ses.script.account = account()
    watch.read_now()
    assert paused(ledger) is None


def test_a_pause_rests_before_it_ends(ledger, breaker, watch_of):
    blocked(breaker)
    watch_of().read_now()
    assert paused(ledger) is not None
    make_pause_old(ledger, 61)
    watch_of().read_now()
    assert paused(ledger) is None
    blocked(breaker)  # again: GetAccount does not know what SendEmail refuses
    make_pause_old(ledger, 61)
    watch_of().read_now()
    assert paused(ledger) is not None
    make_pause_old(ledger, 121)
    watch_of().read_now()
    assert paused(ledger) is None


def test_a_pause_by_a_person_does_not_end_by_itself(ledger, watch_of):
    with ledger.write() as tx:
        pauses.pause(tx, holder="operator:ada", reason="maintenance", detail={"cause": "account"})
    make_pause_old(ledger)
    watch_of().read_now()
    assert paused(ledger) is not None


@pytest.mark.parametrize("cause", [Cause.BOUNCES, Cause.COMPLAINTS, Cause.STOPPED_REPORTS])
def test_a_pause_that_needs_a_person_does_not_end_by_itself(ledger, watch_of, cause):
    with ledger.write() as tx:
        pauses.pause(tx, holder=BREAKER, reason="see", detail={"cause": str(cause)})
    make_pause_old(ledger)
    watch_of().read_now()
    assert paused(ledger) is not None


def test_a_pause_for_an_unverified_identity_ends_once_it_is_verified_outside_the_sandbox(
    ses, ledger, breaker, watch_of
):
    blocked(breaker, "MessageRejected")
    make_pause_old(ledger)
    watch_of().read_now()
    assert paused(ledger) is not None  # SES does not know the identity
    ses.script.identities["outlook.example.com"] = True
    ses.script.account = account(ProductionAccessEnabled=False)
    watch_of().read_now()
    assert paused(ledger) is not None  # readers' addresses are not verified in the sandbox
    ses.script.account = account()
    watch_of().read_now()
    assert paused(ledger) is None


def test_a_pause_for_a_missing_configuration_set_ends_once_it_exists(ses, ledger, breaker, watch_of):
    blocked(breaker, "NotFoundException")
    make_pause_old(ledger)
    watch_of().read_now()
    assert paused(ledger) is not None
    ses.script.configuration_sets.add("reports")
    watch_of().read_now()
    assert paused(ledger) is None


@pytest.mark.parametrize("changes", [{"SendingEnabled": False}, {"EnforcementStatus": "SHUTDOWN"}])
def test_sending_is_paused_before_the_first_letter_is_refused(ses, ledger, watch_of, changes):
    ses.script.account = account(**changes)
    watch_of().read_now()
    pause = paused(ledger)
    assert pause is not None
    assert pause.holder == BREAKER


def test_expired_credentials_pause_sending_until_they_are_renewed(ses, ledger, watch_of):
    ses.script.operations["GetAccount"] = error("ExpiredTokenException", "The security token is expired.")
    with pytest.raises(SendError):
        watch_of().read_now()
    assert paused(ledger) is not None
    make_pause_old(ledger)
    del ses.script.operations["GetAccount"]
    watch_of().read_now()
    assert paused(ledger) is None


# --- the daily quota ---


def test_a_spent_quota_holds_all_reports_until_a_known_time(ses, ledger, watch_of):
    sent = make.attempted(ledger, make.owe(ledger, "first@example.com"), make.SENT)
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).where(attempt.c.id == sent).values(finished_at=after(-23 * 3600)))
    ses.script.account = account(Max24HourSend=200.0, SentLast24Hours=200.0)
    watch_of().read_now()
    hold = held(ledger)
    assert hold is not None
    assert hold.until - hold.since == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=1))


def test_held_reports_are_not_claimed_and_are_due_again_when_quota_is_free(ses, ledger, services, watch_of):
    ids = [make.owe(ledger, f"reader{n}@example.com") for n in range(3)]
    ses.script.account = account(Max24HourSend=1000.0, SentLast24Hours=1000.0)
    watch = watch_of()
    watch.read_now()
    assert [services.deliverer.deliver(report_id) for report_id in ids] == [Unchanged.HELD_BACK] * 3
    assert [services.deliverer.deliver(report_id) for report_id in ids] == [Unchanged.NOT_DUE] * 3
    assert services.sweeper.sweep().counts["reports_woken"] == 0
    waiting = [row(ledger, report_id) for report_id in ids]
    assert {(each.state, each.claims, each.attempts) for each in waiting} == {("ready", 0, 0)}
    assert {each.not_before for each in waiting} == {held(ledger).until}
    with ledger.read() as tx:
        assert read_status(tx).sending.held_back == 3
    assert ses.posts == 0

    ses.script.account = account(Max24HourSend=1000.0, SentLast24Hours=995.0)
    watch.read_now()
    assert held(ledger) is not None  # quota for five letters is too little to end the hold
    ses.script.account = account(Max24HourSend=1000.0, SentLast24Hours=900.0)
    watch.read_now()
    assert held(ledger) is None
    assert [services.deliverer.deliver(report_id) for report_id in ids] == [ReportState.SENT] * 3


def test_a_refusal_for_the_daily_quota_holds_the_other_reports(ses, ledger, services):
    ids = [make.owe(ledger, f"reader{n}@example.com") for n in range(3)]
    ses.script.default = QUOTA_EXCEEDED
    assert [services.deliverer.deliver(report_id) for report_id in ids] == [
        ReportState.READY,
        Unchanged.HELD_BACK,
        Unchanged.HELD_BACK,
    ]
    assert ses.posts == 1
    assert paused(ledger) is None
    assert {row(ledger, report_id).state for report_id in ids} == {"ready"}
    assert services.core.redis.exists("pacing:slowness") == 0  # the rate is not what was wrong


def test_a_429_for_the_rate_slows_all_processes_and_holds_no_report(ses, ledger, services):
    ses.script.default = THROTTLED
    assert services.deliverer.deliver(make.owe(ledger)) is ReportState.READY
    assert held(ledger) is None
    assert services.core.redis.exists("pacing:slowness") == 1


def test_an_account_without_a_daily_quota_is_never_on_hold(ses, ledger, watch_of):
    ses.script.account = account(Max24HourSend=-1.0, SentLast24Hours=1e6)
    watch_of().read_now()
    assert held(ledger) is None


# --- the breaker, met by delivery ---


@pytest.mark.parametrize("refusal", [PAUSED, SUSPENDED, UNVERIFIED])
def test_a_refusal_of_the_account_fails_no_report(ses, ledger, services, refusal):
    ids = [make.owe(ledger, f"reader{n}@example.com") for n in range(5)]
    ses.script.default = refusal
    results = [services.deliverer.deliver(report_id) for report_id in ids]
    assert results == [ReportState.READY] + [Unchanged.PAUSED] * 4
    assert ses.posts == 1
    assert {row(ledger, report_id).state for report_id in ids} == {"ready"}


def test_a_run_of_rejections_pauses_sending_and_the_failed_reports_can_be_replayed(ses, ledger, services):
    ids = [make.owe(ledger, f"reader{n}@example.com") for n in range(6)]
    ses.script.default = REJECTED
    results = [services.deliverer.deliver(report_id) for report_id in ids]
    assert results == [ReportState.FAILED] * 3 + [Unchanged.PAUSED] * 3
    pause = paused(ledger)
    assert pause is not None
    assert pause.detail["cause"] == Cause.STOPPED_REPORTS
    assert sorted(pause.detail["reports"]) == ids[:3]
    assert {row(ledger, report_id).state for report_id in ids[:3]} == {ReportState.FAILED}

    with ledger.write() as tx:
        assert pauses.resume(tx)
    assert services.deliverer.deliver(ids[3]) is ReportState.FAILED
    assert paused(ledger) is None  # a person has looked at the first three: the count begins anew


def test_an_accepted_letter_between_rejections_ends_the_run(ses, ledger, services):
    ids = [make.owe(ledger, f"reader{n}@example.com") for n in range(6)]
    ses.script.queue.extend([REJECTED, REJECTED, ACCEPT, REJECTED, REJECTED])
    results = [services.deliverer.deliver(report_id) for report_id in ids]
    assert results.count(ReportState.FAILED) == 4
    assert paused(ledger) is None


def test_bounces_pause_sending_and_do_not_count_after_a_resume(ledger):
    breaker = Breaker(ledger, Thresholds(bounce_minimum=10), mailer="ses")
    recorder = FeedbackRecorder(ledger)
    for number in range(12):
        attempt_id = make.attempted(ledger, make.owe(ledger, f"reader{number}@example.com"), make.UNKNOWN)
        kind = "Permanent" if number == 0 else "Transient"
        recorder.take(
            event("Bounce", attempt=attempt_id, message=f"m{number}", feedbackId=f"f{number}", bounceType=kind)
        )
    breaker.check_reputation()
    pause = paused(ledger)
    assert pause is not None
    assert "1 of 12 letters, 8.33%" in pause.reason  # soft bounces do not count
    with ledger.write() as tx:
        assert pauses.resume(tx)
    breaker.check_reputation()
    assert paused(ledger) is None


@pytest.mark.parametrize(("sources", "pauses_sending"), [(["home"], False), ([None], True), (["home", "office"], True)])
def test_bounces_of_addresses_from_one_source_count_once(ledger, sources, pauses_sending):
    """A stranger who invents addresses is one bad source, and stops nobody else; bounces from anywhere do."""
    recorder = FeedbackRecorder(ledger)
    for number in range(20):
        report_id = make.owe(ledger, f"invented{number}@example.com")
        with ledger.write() as tx:
            row_of = sa.select(report.c.signup_row).where(report.c.id == report_id).scalar_subquery()
            values = {"source_hash": sources[number % len(sources)]}
            tx.execute(sa.update(signup).where(signup.c.id == row_of).values(values))
        attempt_id = make.attempted(ledger, report_id, make.UNKNOWN)
        recorder.take(event("Bounce", attempt=attempt_id, message=f"m{number}", feedbackId=f"f{number}"))
    Breaker(ledger, Thresholds(bounce_minimum=10), mailer="ses").check_reputation()
    assert (paused(ledger) is not None) is pauses_sending


def test_letters_older_than_the_window_do_not_count(ledger):
    breaker = Breaker(ledger, Thresholds(bounce_minimum=1), mailer="ses")
    attempt_id = make.attempted(ledger, make.owe(ledger), make.UNKNOWN)
    FeedbackRecorder(ledger).take(event("Bounce", attempt=attempt_id))
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).values(finished_at=after(-86_400 - 60)))
    breaker.check_reputation()
    assert paused(ledger) is None


def test_many_threads_meeting_the_same_refusal_pause_once(ledger, breaker):
    threads = [threading.Thread(target=blocked, args=(breaker,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as tx:
        assert pauses.pauses_within(tx, actor=BREAKER, seconds=60) == 1
