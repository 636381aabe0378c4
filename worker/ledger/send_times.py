"""How soon letters were sent after their report's commit, for each lane."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.channels import LANES, Channel, Lane
from worker.ledger.durations import seconds_between
from worker.ledger.letter_results import SENT_STATES, SOON_S
from worker.ledger.schema import OF_READERS, report, signup
from worker.ledger.store import after
from worker.wording import lane_words

MOST_TIMED = 10_000  # letters


@dataclass(frozen=True, slots=True)
class LaneTimes:
    """The letters that a lane sent; `soon` of them within SOON_S seconds of the report's commit."""

    lane: Lane
    sent: int
    soon: int

    @property
    def words(self) -> str:
        """`browser 98 % of 120`."""
        return f"{lane_words(self.lane)} {self.soon / self.sent:.0%} of {self.sent:,}"


def lane_times(tx: Connection, *, within_s: float, most: int = MOST_TIMED) -> tuple[LaneTimes, ...]:
    """How soon the letters of the last `within_s` seconds were sent, for each lane that sent any.

    Of the `most` latest of them: where more are sent in that time, these say it as well, and cost the same.
    """
    lately = sa.select(report.c.created_at, report.c.sent_at, report.c.signup_row, report.c.state).where(
        report.c.sent_at > after(-within_s)
    )
    latest = lately.order_by(report.c.sent_at.desc()).limit(most).subquery("latest")
    soon = sa.func.sum(sa.case((seconds_between(latest.c.created_at, latest.c.sent_at) <= SOON_S, 1), else_=0))
    joined = latest.join(signup, signup.c.id == latest.c.signup_row)
    # The state is asked of the latest alone: for both, SQLite would read every sent report by its state.
    of_letters = (OF_READERS, latest.c.state.in_(SENT_STATES))
    query = sa.select(signup.c.channel, sa.func.count(), soon).select_from(joined).where(*of_letters)
    sent: Counter[Lane] = Counter()
    sent_soon: Counter[Lane] = Counter()
    for channel, number, of_them_soon in tx.execute(query.group_by(signup.c.channel)):
        sent[LANES[Channel(channel)]] += number
        sent_soon[LANES[Channel(channel)]] += of_them_soon
    return tuple(LaneTimes(lane, sent[lane], sent_soon[lane]) for lane in Lane if sent[lane])
