"""Prometheus metrics: the ledger's figures, read at each scrape, and the counters of one process.

A figure of the ledger is the same at every endpoint, so aggregate it with max. Sum the counters of the processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.errors import LedgerUnavailable, QueueUnavailable, SendError, WitnessUnavailable
from worker.findings import SEVERITIES, Verdict
from worker.ledger.cached_counts import CachedCounts
from worker.ledger.canaries import LastCanary, last_canary
from worker.ledger.limited_signups import limited
from worker.ledger.patience import COUNTING_S
from worker.ledger.retention_lag import behind_s
from worker.ledger.status import Status, read_status
from worker.ledger.store import Ledger, database_now
from worker.ledger.tally_checks import last_check
from worker.mailers.mailer import Accepted, BeforePost, Mailer, Outgoing
from worker.unexpected import count_unexpected
from worker.version import installed_version

log = structlog.get_logger(__name__)

POST_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

Depths = Callable[[], dict[str, int]]
"""Messages by queue. Raises QueueUnavailable."""
Size = Callable[[], int]
"""The marks of the second witness. Raises WitnessUnavailable."""


class LedgerFigures(Collector):
    """Reads the ledger and the queue's depth at each scrape; counts of whole tables come from the shared cache."""

    def __init__(
        self, ledger: Ledger, counts: CachedCounts, depths: Depths, marks: Size, verdict: Callable[[], Verdict]
    ) -> None:
        self._verdict = verdict
        self._ledger = ledger
        self._counts = counts
        self._depths = depths
        self._marks = marks

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, because registering must not read the ledger."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Yield every figure; while the ledger is away, only that it is."""
        yield InfoMetricFamily("exposure_build", "The worker's version.", value={"version": installed_version()})
        yield from self._read_ledger()
        yield from self._read_queue()
        yield from _findings(self._verdict())

    def _read_ledger(self) -> Iterator[Metric]:
        try:
            counts = self._counts.read()
            with self._ledger.read(wait_s=COUNTING_S) as tx:
                status = read_status(tx, counts)
                ever = limited(tx)
                retention_s = behind_s(tx)
                canary, moment = last_canary(tx), database_now(tx)
                check = last_check(tx)
        except LedgerUnavailable:
            yield _gauge("ledger_up", "Whether the ledger answers.", 0)
            return
        yield _gauge("ledger_up", "Whether the ledger answers.", 1)
        yield from _figures(status)
        yield _gauge("retention_behind_seconds", "Since retention last found nothing more to forget.", retention_s)
        yield from _canary(canary, moment)
        if check is not None:
            yield _gauge("counts_wrong", "Counts that differ from the last full count; must stay 0.", check.wrong)
            age_s = max(0.0, (moment - check.checked_at).total_seconds())
            yield _gauge("full_count_seconds_ago", "Age of the last full count.", age_s)
        done = CounterMetricFamily(
            "exposure_limited_signups",
            "Signups refused, delayed or turned away.",
            labels=["rule", "action"],
        )
        for count in ever:
            done.add_metric([count.rule, count.action], count.signups)
        yield done

    def _read_queue(self) -> Iterator[Metric]:
        try:
            depths, marks = self._depths(), self._marks()
        except (QueueUnavailable, WitnessUnavailable):
            yield _gauge("redis_up", "Whether Redis answers.", 0)
            return
        yield _gauge("redis_up", "Whether Redis answers.", 1)
        waiting = GaugeMetricFamily("exposure_queue_messages", "Messages waiting or being worked on.", labels=["queue"])
        for queue, depth in depths.items():
            waiting.add_metric([queue], depth)
        yield waiting
        yield _gauge("witness_marks", "Attempts that Redis remembers, in case the ledger loses commits.", marks)


def _findings(verdict: Verdict) -> Iterator[Metric]:
    """1 for each finding that there is, 0 for each that there could be."""
    there = {(finding.alarm, finding.severity) for finding in verdict.findings}
    found = GaugeMetricFamily(
        "exposure_finding", "1 while the verdict has this finding; `act` pages.", labels=["finding", "severity"]
    )
    for alarm, severities in SEVERITIES.items():
        for severity in severities:
            found.add_metric([alarm, severity], int((alarm, severity) in there))
    yield found


def _figures(status: Status) -> Iterator[Metric]:
    signups = CounterMetricFamily("exposure_signups", "Signups received, by outcome.", labels=["outcome"])
    for outcome, count in status.conservation.outcomes.items():
        signups.add_metric([outcome], count)
    yield signups
    reports = GaugeMetricFamily("exposure_reports", "Reports, by state.", labels=["state"])
    for state, count in status.conservation.states.items():
        reports.add_metric([state], count)
    yield reports
    feedback = GaugeMetricFamily(
        "exposure_feedback", "Sent reports, by their latest feedback from SES.", labels=["kind"]
    )
    for kind, count in status.feedback.items():
        feedback.add_metric([kind], count)
    yield feedback
    attempts = GaugeMetricFamily("exposure_attempts", "Attempts to send, by state.", labels=["state"])
    for attempt_state, count in status.attempts.items():
        attempts.add_metric([attempt_state], count)
    yield attempts
    letters = GaugeMetricFamily(
        "exposure_letters", "Letters accepted, by the mailer that took them.", labels=["mailer"]
    )
    for mailer, count in status.sent_by_mailer.items():
        letters.add_metric([mailer], count)
    yield letters
    yield _gauge("counted_seconds_ago", "Age of the counts over the whole ledger.", status.counted_ago_s)
    yield _gauge("conservation_holds", "1 while no signup is missing.", int(status.conservation.holds))
    yield _gauge("sending_paused", "1 while sending is paused.", int(status.pause is not None))
    yield _gauge("oldest_ready_seconds", "Age of the report that has been due the longest.", status.oldest_ready_s or 0)
    waiting = GaugeMetricFamily(
        "exposure_lane_oldest_ready_seconds", "Age of the report of a lane that has been due the longest.",
        labels=["lane"],
    )  # fmt: skip
    for lane, waited_s in status.waiting_s.items():
        waiting.add_metric([lane], waited_s or 0)
    yield waiting
    yield _gauge("oldest_unknown_seconds", "Age of the oldest unknown send.", status.oldest_unknown_s or 0)
    yield _gauge("sent_last_hour", "Letters sent within the last hour.", status.sent_last_hour)
    sending = status.sending
    yield _gauge(
        "second_letters", "Reports with evidence of a second letter; must stay 0.", len(sending.second_letters)
    )
    yield _gauge("unmatched_events", "SES events about no known attempt.", sending.unmatched_events)
    yield _gauge("event_silence_seconds", "Seconds of sending without an event from SES.", sending.event_silence_s or 0)
    yield _gauge("sending_held", "1 while all reports wait for quota.", int(sending.hold is not None))
    if sending.account is not None:
        yield _gauge("ses_max_send_rate", "Letters per second SES allows.", sending.account.max_send_rate)
        yield _gauge("ses_quota", "Letters per 24 hours SES allows; -1 is no limit.", sending.account.max_24_hour_send)
        yield _gauge("ses_sent_24_hours", "Letters SES counts in 24 hours.", sending.account.sent_last_24_hours)
    yield _gauge("suppressions", "People who must not be mailed.", status.suppressions)


def _canary(last: LastCanary | None, now: datetime) -> Iterator[Metric]:
    """The last run of `worker canary`; nothing where there was none."""
    if last is None:
        return
    yield _gauge("canary_good", "1 where the last canary came through.", int(last.result.good))
    yield _gauge("canary_seconds", "Seconds that the last canary took.", last.took_s)
    if last.good_at is not None:
        silence_s = max(0.0, (now - last.good_at).total_seconds())
        yield _gauge("canary_silence_seconds", "Seconds since a canary last came through.", silence_s)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"exposure_{name}", help_text, value=value)


class SendMeters:
    """The counters of one process that sends."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.posts = Counter("exposure_posts", "POSTs begun; one for each attempt.", registry=registry)
        self.endings = Counter(
            "exposure_sends", "Sends, by how they ended: accepted, or the kind of error.", ["ending"], registry=registry
        )
        self.latency = Histogram(
            "exposure_post_seconds",
            "Seconds from the start of a POST to its end.",
            registry=registry,
            buckets=POST_BUCKETS_S,
        )


class MeteredMailer:
    """A mailer that counts and times the letters sent through it."""

    def __init__(self, mailer: Mailer, meters: SendMeters, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailer = mailer
        self._meters = meters
        self._clock = clock
        self.name = mailer.name

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """See Mailer."""
        begun: list[float] = []

        def begin(signed_at: datetime) -> None:
            before_post(signed_at)
            self._meters.posts.inc()
            begun.append(self._clock())

        ending = None
        try:
            accepted = self._mailer.send(outgoing, begin)
            ending = "accepted"
        except SendError as error:
            ending = type(error).__name__.lower()
            raise
        finally:
            self._count(ending, begun)
        return accepted

    def _count(self, ending: str | None, begun: list[float]) -> None:
        """Count and time one send. Never raises: no figure may stand between SES's answer and its record."""
        try:
            if ending is not None:
                self._meters.endings.labels(ending).inc()
            if begun:
                self._meters.latency.observe(self._clock() - begun[0])
        except Exception as error:
            count_unexpected("metrics", error)
            log.exception("send not counted", ending=ending)
