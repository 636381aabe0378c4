"""The part of `worker status` about sending: account, quota and events."""

from __future__ import annotations

from rich.markup import escape

from worker.cli.console import stdout
from worker.ledger.pauses import Pause
from worker.ledger.status import SendingStatus
from worker.times import timestamp


def described(pause: Pause) -> str:
    """Who paused sending, since when and why, in rich markup."""
    return f"by {escape(pause.holder)} since {timestamp(pause.since)} UTC: {escape(pause.reason)}"


def print_sending(now: SendingStatus) -> None:
    """A line or two."""
    if now.account is not None:
        quota = "no daily quota"
        if now.account.max_24_hour_send >= 0:
            quota = f"{now.account.sent_last_24_hours:.0f} of {now.account.max_24_hour_send:.0f} letters in 24 hours"
        read = timestamp(now.account.read_at)
        stdout.print(f"SES: {now.account.max_send_rate:g} letters/s, {quota}, {now.account.enforcement}; asked {read}")
    if now.unmatched_events:
        stdout.print(f"events about no attempt of ours: {now.unmatched_events}")
