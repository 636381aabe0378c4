"""Unknown sends as rows, for the operator who decides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worker.cli.console import Format, print_rows
from worker.ledger.unknown_sends import UnknownSend
from worker.times import timestamp

COLUMNS = (
    "report",
    "address",
    "intended_at",
    "signed_at",
    "why_unknown",
    "ses_events",
    "assumable_unsent",
)


def unknown_send_row(send: UnknownSend) -> dict[str, Any]:
    """Return one unknown send as a row: when it was intended and signed, how its outcome was lost, its SES events."""
    lost = [": ".join(part for part in (send.error, send.error_text) if part)]
    lost += ["a backup was restored since: it may have been decided and sent again"] if send.restored_at else []
    lost += ["the reader is suppressed: it would be cancelled, not sent"] if send.suppressed else []
    events = [f"{event.kind} {timestamp(event.occurred_at)}" for event in send.events]
    return {
        "report": send.report_id,
        "address": send.address_masked or "(erased)",
        "attempt": send.attempt_id,
        "intended_at": send.intent_at,
        "signed_at": send.signed_at,
        "why_unknown": "; ".join(lost),
        "ses_events": ", ".join(events) or "nothing",
        "assumable_unsent": "now" if send.past_fence else f"from {timestamp(send.fence_at)}",
    }


def print_unknown_sends(found: Sequence[UnknownSend]) -> None:
    """Print a table of what is known about each."""
    print_unknown_rows([unknown_send_row(send) for send in found])


def print_unknown_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the same table of rows."""
    print_rows(
        rows,
        COLUMNS,
        Format.TABLE,
        empty="nothing is unknown",
        title="\nunknown, the oldest first (times in UTC)",
    )
