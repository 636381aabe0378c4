"""How long letters and events take, counted by this process: histograms for Prometheus, by lane."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.ledger.channels import Lane

if TYPE_CHECKING:
    from prometheus_client import Histogram

BUCKETS_S = (1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14_400, 86_400)


@dataclass(frozen=True, slots=True)
class Timings:
    """The histograms of this process, in seconds."""

    send: Histogram
    """From the commit of a report to SES's yes."""
    delivery: Histogram
    """From SES's yes to the delivery, by SES's clock."""
    event: Histogram
    """From what an event reports to its arrival here."""

    @property
    def every(self) -> tuple[Histogram, ...]:
        """All of them."""
        return self.send, self.delivery, self.event

    def observe_send(self, lane: Lane, seconds: float) -> None:
        """Count one accepted letter. Never raises: no count may stand between SES's answer and its record."""
        _observe(self.send, lane, seconds)

    def observe_delivery(self, lane: Lane, seconds: float) -> None:
        """Count one delivered letter. Never raises."""
        _observe(self.delivery, lane, seconds)

    def observe_event(self, lane: Lane, seconds: float) -> None:
        """Count one event. Never raises."""
        _observe(self.event, lane, seconds)


@functools.cache
def timings() -> Timings:
    """The histograms of this process."""
    from prometheus_client import Histogram  # noqa: PLC0415 - slow to import, and no command needs it

    def histogram(name: str, meaning: str) -> Histogram:
        made = Histogram(name, meaning, ["lane"], registry=None, buckets=BUCKETS_S)
        for lane in Lane:
            made.labels(lane)  # so that each series begins at 0
        return made

    return Timings(
        histogram("exposure_send_seconds", "Seconds from a report's commit to its acceptance by SES."),
        histogram("exposure_delivery_seconds", "Seconds from acceptance by SES to delivery."),
        histogram("exposure_event_seconds", "Seconds from what an SES event reports to its arrival here."),
    )


def _observe(histogram: Histogram, lane: Lane, seconds: float) -> None:
    try:
        histogram.labels(lane).observe(max(0.0, seconds))  # two machines' clocks may differ a little
    except OSError:  # the file of the counts
        return
