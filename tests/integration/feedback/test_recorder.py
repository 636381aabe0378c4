"""SES events recorded on both databases: each once, in any order, and never against the index."""

import itertools
import random
import threading

import pytest
import sqlalchemy as sa

from tests.parts import reports as make
from tests.parts.ses_events import event
from worker.feedback.recorder import FeedbackRecorder, Recorded
from worker.ledger import attempts, feedback_faults, suppressions
from worker.ledger.feedback_faults import ACCEPTED_BESIDE_ANOTHER, ACCEPTED_TWICE
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.schema import attempt, audit, feedback_event, report
from worker.ledger.store import after
from worker.ledger.timeline import timeline
from worker.maintenance.waiting_events import match_waiting_events

EMAIL = "ada@example.com"


@pytest.fixture
def recorder(ledger):
    return FeedbackRecorder(ledger)


def row(ledger, report_id):
    with ledger.read() as tx:
        return tx.execute(sa.select(report).where(report.c.id == report_id)).one()


def attempt_row(ledger, attempt_id):
    with ledger.read() as tx:
        return tx.execute(sa.select(attempt).where(attempt.c.id == attempt_id)).one()


def stored(ledger):
    with ledger.read() as tx:
        return list(tx.execute(sa.select(feedback_event).order_by(feedback_event.c.id)))


def actions(ledger):
    with ledger.read() as tx:
        return list(tx.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars())


def suppressed(ledger, email=EMAIL):
    with ledger.read() as tx:
        return suppressions.is_suppressed(tx, make.key_of(email))


def assume_unsent(ledger, report_id, attempt_id):
    with ledger.write() as tx:
        assert attempts.assume_unsent(tx, attempt_id)


@pytest.mark.parametrize("name", ["Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Reject"])
@pytest.mark.parametrize("state", [AttemptState.INTENT, AttemptState.UNKNOWN, AttemptState.REFUSED])
def test_any_event_with_our_tag_proves_that_ses_accepted(ledger, recorder, name, state):
    report_id = make.owe(ledger)
    attempt_id = make.intend(ledger, report_id)
    if state is not AttemptState.INTENT:
        ending = make.UNKNOWN if state is AttemptState.UNKNOWN else make.REFUSED
        make.end(ledger, report_id, attempt_id, ending)
    assert recorder.take(event(name, attempt=attempt_id, message="ses-9")) is Recorded.MATCHED
    healed = attempt_row(ledger, attempt_id)
    assert (row(ledger, report_id).state, healed.state, healed.ses_message_id) == ("sent", "accepted", "ses-9")


def test_the_older_shape_is_matched_by_the_message_id_header(ledger, recorder):
    report_id = make.owe(ledger)
    attempt_id = make.attempted(ledger, report_id, make.UNKNOWN)
    recorder.take(event("Delivery", attempt=attempt_id, classic=True))
    assert row(ledger, report_id).state == ReportState.SENT


def test_without_a_tag_the_message_id_finds_the_attempt(ledger, recorder):
    report_id = make.owe(ledger)
    attempt_id = make.attempted(ledger, report_id, make.SENT)
    assert recorder.take(event("Bounce", message="ses-1", classic=True)) is Recorded.MATCHED
    assert row(ledger, report_id).feedback == FeedbackKind.BOUNCED
    assert stored(ledger)[0].attempt_id == attempt_id  # so that the timeline shows it


def test_an_event_brings_the_message_id_that_a_200_lacked(ledger, recorder):
    report_id = make.owe(ledger)
    attempt_id = make.intend(ledger, report_id)
    with ledger.write() as tx:
        attempts.record_accepted(tx, attempt_id, ses_message_id=None)
    recorder.take(event("Send", attempt=attempt_id, message="ses-7"))
    assert attempt_row(ledger, attempt_id).ses_message_id == "ses-7"


def test_the_same_event_twice_is_recorded_once_in_either_shape(ledger, recorder):
    attempt_id = make.attempted(ledger, make.owe(ledger), make.SENT)
    texts = [event("Bounce", attempt=attempt_id, message="ses-1"), event("Bounce", message="ses-1", classic=True)]
    assert [recorder.take(text) for text in texts + texts] == [Recorded.MATCHED] + [Recorded.DUPLICATE] * 3
    assert len(stored(ledger)) == 1


def test_every_order_of_arrival_leads_to_the_same_row(ledger, recorder):
    names = ["Send", "DeliveryDelay", "Delivery", "Bounce", "Complaint"]
    results = set()
    for number, order in enumerate(itertools.permutations(names)):
        if number % 7:  # every seventh of the 120 orders will do
            continue
        email = f"reader{number}@example.com"
        report_id = make.owe(ledger, email)
        attempt_id = make.attempted(ledger, report_id, make.UNKNOWN)
        texts = [event(name, attempt=attempt_id, message=f"m{number}") for name in order]
        random.Random(number).shuffle(again := list(texts))
        for text in texts + again:
            recorder.take(text)
        now = row(ledger, report_id)
        results.add((now.state, now.feedback, now.feedback_at, suppressed(ledger, email)))
    assert len(results) == 1
    assert results.pop()[:2] == ("sent", "complained")


def test_of_two_events_of_one_kind_the_later_gives_the_time(ledger, recorder):
    times = ["2026-11-24T09:10:00Z", "2026-11-24T09:05:00Z"]
    seen = []
    for number, order in enumerate((times, times[::-1])):
        report_id = make.owe(ledger, f"reader{number}@example.com")
        attempt_id = make.attempted(ledger, report_id, make.UNKNOWN)
        for at in order:
            recorder.take(event("DeliveryDelay", attempt=attempt_id, message=f"m{number}", timestamp=at))
        seen.append(row(ledger, report_id).feedback_at)
    assert seen[0] == seen[1]
    assert seen[0].minute == 10


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Bounce", "bounced"), ("Complaint", "complained"), ("Subscription", "unsubscribed"), ("Delivery", None)],
)
def test_a_hard_bounce_or_complaint_suppresses_the_reader(ledger, recorder, text, reason):
    attempt_id = make.attempted(ledger, make.owe(ledger), make.SENT)
    recorder.take(event(text, attempt=attempt_id, message="ses-1"))
    assert suppressed(ledger) is (reason is not None)
    assert actions(ledger) == ([] if reason is None else ["suppress"])


OUT_OF_OFFICE = {"bounceType": "Transient", "bounceSubType": "General"}
MAILBOX_FULL = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
LATER = "2026-11-24T09:30:00Z"


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize(
    ("bounce", "delivered_at", "feedback"),
    [
        (OUT_OF_OFFICE, "2026-11-24T09:00:02Z", "delivered"),
        (OUT_OF_OFFICE, LATER, "delivered"),
        (OUT_OF_OFFICE, None, "bounced"),
        (MAILBOX_FULL, "2026-11-24T09:00:02Z", "bounced"),
        (MAILBOX_FULL, LATER, "delivered"),
        ({}, "2026-11-24T09:00:02Z", "bounced"),
    ],
)
def test_a_bounce_and_a_delivery_are_ordered_by_their_own_times(
    ledger, recorder, bounce, delivered_at, feedback, forward
):
    report_id = make.owe(ledger)
    attempt_id = make.attempted(ledger, report_id, make.SENT)
    texts = [event("Bounce", attempt=attempt_id, message="ses-1", **bounce)]
    if delivered_at is not None:
        texts.append(event("Delivery", attempt=attempt_id, message="ses-1", timestamp=delivered_at))
    for text in texts if forward else texts[::-1]:
        recorder.take(text)
    assert row(ledger, report_id).feedback == feedback


def test_a_message_that_is_not_ours_is_logged_once(recorder, capfd):
    for _ in range(3):
        assert recorder.take('{"Service": "Amazon S3", "Event": "s3:TestEvent"}') is None
        assert recorder.take('{"eventType": "DeliverabilityAdvice"}') is None
    assert "".join(capfd.readouterr()).count("nothing to record, logged once") == 2


def test_a_soft_bounce_suppresses_no_reader(ledger, recorder):
    attempt_id = make.attempted(ledger, make.owe(ledger), make.SENT)
    recorder.take(event("Bounce", attempt=attempt_id, message="ses-1", bounceType="Transient"))
    assert not suppressed(ledger)


def test_an_event_for_an_unknown_attempt_is_kept_and_matched_once_it_is_known(ledger, recorder):
    assert recorder.take(event("Bounce", attempt="f" * 32, message="ses-1")) is Recorded.WAITING
    assert match_waiting_events(ledger) == 0
    with ledger.read() as tx:
        assert feedback_faults.unmatched_count(tx) == 1
    report_id = make.owe(ledger)
    make.attempted(ledger, report_id, make.SENT)  # under the message id ses-1
    assert match_waiting_events(ledger) == 1
    assert match_waiting_events(ledger) == 0
    assert row(ledger, report_id).feedback == FeedbackKind.BOUNCED
    assert suppressed(ledger)
    with ledger.read() as tx:
        assert feedback_faults.unmatched_count(tx) == 0


def test_proof_for_a_voided_attempt_settles_a_report_without_a_live_attempt(ledger, recorder):
    report_id = make.owe(ledger)
    attempt_id = make.attempted(ledger, report_id, make.UNKNOWN)
    assume_unsent(ledger, report_id, attempt_id)
    recorder.take(event("Delivery", attempt=attempt_id))
    assert row(ledger, report_id).state == ReportState.SENT
    assert actions(ledger) == []


@pytest.mark.parametrize("ending", [None, make.UNKNOWN, make.SENT])
def test_proof_for_a_voided_attempt_beside_a_live_attempt_is_recorded_and_shown(ledger, recorder, ending):
    report_id = make.owe(ledger)
    first = make.attempted(ledger, report_id, make.UNKNOWN)
    assume_unsent(ledger, report_id, first)
    second = make.intend(ledger, report_id)
    if ending is not None:
        make.end(ledger, report_id, second, ending)
    before = row(ledger, report_id).state
    for name in ("Send", "Delivery"):
        assert recorder.take(event(name, attempt=first, message="ses-0")) is Recorded.MATCHED
    after = row(ledger, report_id)
    assert (after.state, after.feedback) == (before, FeedbackKind.DELIVERED)
    assert attempt_row(ledger, first).state == AttemptState.VOIDED
    assert attempt_row(ledger, first).ses_message_id == "ses-0"
    assert actions(ledger) == [ACCEPTED_BESIDE_ANOTHER]
    with ledger.read() as tx:
        shown = [step.what for step in timeline(tx, make.key_of(EMAIL))]
    assert {ACCEPTED_BESIDE_ANOTHER, "sent", "delivered"} <= set(shown)


def test_one_attempt_under_two_message_ids_is_shown_once(ledger, recorder):
    attempt_id = make.attempted(ledger, make.owe(ledger), make.SENT)
    for name in ("Send", "Delivery"):
        recorder.take(event(name, attempt=attempt_id, message="ses-1"))
        recorder.take(event(name, attempt=attempt_id, message="ses-2"))
    assert actions(ledger) == [ACCEPTED_TWICE]


def test_a_late_event_of_an_erased_reader_leaves_nothing_that_names_them(ledger, recorder):
    report_id = make.owe(ledger)
    attempt_id = make.attempted(ledger, report_id, make.SENT)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(address=None, erased_at=sa.func.current_timestamp()))
    recorder.take(event("Bounce", attempt=attempt_id, message="ses-1"))
    assert stored(ledger)[0].raw is None
    assert suppressed(ledger)


def test_the_raw_event_of_a_reader_not_erased_is_kept(ledger, recorder):
    text = event("Send", attempt=make.attempted(ledger, make.owe(ledger), make.SENT), message="ses-1")
    recorder.take(text)
    assert stored(ledger)[0].raw == text


def test_no_log_line_contains_the_reader_s_address(ledger, recorder, capfd):
    attempt_id = make.attempted(ledger, make.owe(ledger), make.SENT)
    for name in ("Send", "Bounce"):
        recorder.take(event(name, attempt=attempt_id, message="ses-1"))
    written = "".join(capfd.readouterr())
    assert "bounced" in written
    assert "reader@" not in written


def test_events_and_the_reply_arriving_together_leave_one_truth(ledger, recorder):
    """The reply is recorded while three events of the same attempt come in, each from a thread of its own."""
    for number in range(8):
        report_id = make.owe(ledger, f"reader{number}@example.com")
        attempt_id = make.intend(ledger, report_id)
        texts = [event(name, attempt=attempt_id, message=f"m{number}") for name in ("Send", "Delivery", "Complaint")]
        failures: list[Exception] = []

        def run(action, *arguments, failures=failures):
            try:
                action(*arguments)
            except Exception as error:  # noqa: BLE001 - the test must see every error
                failures.append(error)

        def reply(attempt_id=attempt_id, message=f"m{number}"):
            with ledger.write() as tx:
                attempts.record_accepted(tx, attempt_id, ses_message_id=message)

        threads = [threading.Thread(target=run, args=(recorder.take, text)) for text in texts]
        threads.append(threading.Thread(target=run, args=(reply,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        now = row(ledger, report_id)
        assert (now.state, now.feedback) == ("sent", "complained")
    assert actions(ledger) == ["suppress"] * 8


def test_silence_is_counted_from_the_first_unanswered_letter(ledger, recorder):
    def silence():
        with ledger.read() as tx:
            return feedback_faults.silence_s(tx, mailers=["ses"])

    def age(attempt_id, seconds):
        with ledger.write() as tx:
            moment = after(-seconds)
            tx.execute(sa.update(attempt).where(attempt.c.id == attempt_id).values(finished_at=moment))

    assert silence() is None  # nothing was sent
    first = make.attempted(ledger, make.owe(ledger, "a@example.com"), make.SENT)
    age(first, 3600)
    assert silence() == pytest.approx(3600, abs=60)
    second = make.attempted(ledger, make.owe(ledger, "b@example.com"), make.SENT)
    age(second, 600)
    assert silence() == pytest.approx(3600, abs=60)  # sending goes on: the silence does not begin anew
    recorder.take(event("Send", attempt=first))
    assert silence() is None  # an event: what was sent before it is answered
    third = make.attempted(ledger, make.owe(ledger, "c@example.com"), make.SENT)
    assert silence() == pytest.approx(0, abs=60)
    age(third, 2 * 86_400)
    assert silence() is None  # longer ago than the day that is looked at


@pytest.mark.parametrize(
    "text",
    [
        event("Delivery", message="of-another-application"),
        event("Bounce", attempt="f" * 32, message="of-another-application"),
        event("Open"),
        '{"eventType": "DeliverabilityAdvice"}',
    ],
)
def test_what_is_not_about_our_letters_does_not_end_the_silence(ledger, recorder, text):
    make.attempted(ledger, make.owe(ledger), make.SENT)
    recorder.take(text)
    with ledger.read() as tx:
        assert feedback_faults.silence_s(tx, mailers=["ses"]) is not None
