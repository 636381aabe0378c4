"""How long letters and events take is counted once each, by the lane of their signup."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, claim, intend, owe
from tests.parts.ses_events import event
from worker.delivery.disposition import AttemptResult
from worker.delivery.recording import ResultRecorder
from worker.delivery.spool import Spool
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import reports
from worker.ledger.channels import Channel
from worker.ledger.schema import attempt, report, signup
from worker.timings import timings


def counted(histogram):
    """Lane -> how many were counted, and their seconds."""
    samples: dict[str, list[float]] = {}
    for family in histogram.collect():
        for sample in family.samples:
            if sample.name.endswith(("_count", "_sum")):
                samples.setdefault(sample.labels["lane"], []).append(sample.value)
    return {lane: tuple(values) for lane, values in samples.items()}


@pytest.fixture
def news():
    """What each histogram has counted since the test began."""
    every = timings()
    before = {histogram: counted(histogram) for histogram in every.every}

    def since(histogram):
        now = counted(histogram)
        gained = {}
        for lane, (count, seconds) in now.items():
            earlier, earlier_seconds = before[histogram].get(lane, (0, 0))
            gained[lane] = count - earlier, round(seconds - earlier_seconds)
        return {lane: news for lane, news in gained.items() if news[0]}

    return since


def sent_through(ledger, address, channel, disposition, spool, *, waited_s):
    """One attempt, recorded as a worker does, of a report that was committed `waited_s` seconds before."""
    report_id = owe(ledger, address)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(created_at=datetime.now(UTC) - timedelta(seconds=waited_s)))
        tx.execute(sa.update(signup).values(channel=channel))
    claimed = claim(ledger, report_id)
    with ledger.write() as tx:
        assert reports.release(tx, claimed)
    attempt_id = intend(ledger, report_id)
    recorder, result = ResultRecorder(ledger, spool), AttemptResult(attempt_id, report_id, disposition)
    recorder.record(result, claimed)
    return attempt_id


@pytest.mark.parametrize(
    ("channel", "lane"), [(Channel.BROWSER, "browser"), (Channel.QUEUE, "server"), ("file", "file")]
)
def test_a_letter_that_left_is_timed_from_its_commit(ledger, tmp_path, news, channel, lane):
    sent_through(ledger, "ada@example.com", channel, FAILED, Spool(tmp_path), waited_s=9000)
    assert news(timings().send) == {}
    sent_through(ledger, "bob@example.com", channel, SENT, Spool(tmp_path), waited_s=3000)
    [(found, (count, seconds))] = news(timings().send).items()
    assert (found, count) == (lane, 1)
    assert 3000 <= seconds < 9000


def test_a_canary_is_not_timed(ledger, tmp_path, news):
    attempt_id = sent_through(ledger, "ada@example.com", Channel.CANARY, SENT, Spool(tmp_path), waited_s=3000)
    FeedbackRecorder(ledger).take(event("Delivery", attempt=attempt_id, message="ses-1"))
    assert [news(histogram) for histogram in timings().every] == [{}, {}, {}]


def test_a_delivery_is_timed_once_from_the_acceptance_and_each_event_from_when_it_happened(ledger, tmp_path, news):
    attempt_id = sent_through(ledger, "ada@example.com", "browser", SENT, Spool(tmp_path), waited_s=1)
    accepted_at = datetime.now(UTC) - timedelta(hours=3)
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).values(finished_at=accepted_at))
    delivered_at = (accepted_at + timedelta(hours=1)).isoformat()
    recorder = FeedbackRecorder(ledger)
    for _ in range(2):
        recorder.take(event("Delivery", attempt=attempt_id, timestamp=delivered_at))
    assert news(timings().delivery) == {"browser": (1, 3600)}
    [(lane, (count, seconds))] = news(timings().event).items()
    assert (lane, count) == ("browser", 1)
    assert 7200 <= seconds < 9000
    recorder.take(event("Bounce", attempt=attempt_id, timestamp=delivered_at))
    assert news(timings().delivery) == {"browser": (1, 3600)}
    assert news(timings().event)["browser"][0] == 2
