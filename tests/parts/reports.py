"""Reports in every state, brought there by the ledger's own functions."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime

from worker.delivery.disposition import AttemptResult, AwaitProof, Disposition, Fail, Retry, Sent
from worker.delivery.recording import record
from worker.intake.identity import Identity, read_address
from worker.ledger import attempts, reports, signups
from worker.ledger.attempts import NewAttempt, ProfileUse
from worker.ledger.channels import LANES, Channel
from worker.ledger.outcomes import Outcome
from worker.ledger.reports import ClaimedReport
from worker.ledger.signups import NewReport, NewSignup
from worker.ledger.store import Ledger
from worker.ledger.timeline import attempts_of
from worker.masking import mask_address
from worker.reader_links import new_link_token

IDENTITY_KEY = "k" * 32
PROFILE = {"tasks": [], "skills": ["Python"], "experience_years": 6}
SENT = Sent("ses-1")
UNKNOWN = AwaitProof("MessageRejected", "in words")
FAILED = Fail("MessageRejected", "in words")
REFUSED = Retry("MessageRejected", "in words")
_numbers = itertools.count(1)


def key_of(email: str) -> str:
    """The recipient key under the tests' identity key."""
    return Identity(IDENTITY_KEY.encode()).recipient_key(read_address(email))


def owe(
    ledger: Ledger, email: str = "ada@example.com", *, role: str = "ml-engineer", channel: Channel = Channel.SERVER
) -> int:
    """An admitted signup and its ready report; returns the report's id."""
    with ledger.write() as tx:
        key, signup_id = key_of(email), f"s-{next(_numbers)}"
        signup = signups.insert_signup(
            tx,
            NewSignup(
                channel=channel, outcome=Outcome.ADMITTED, signup_id=signup_id, signup_key=signup_id,
                recipient_key=key,
                address_masked=mask_address(email), role_text="what I do", role_slug=role, source_page="/outlook/x",
                campaign="autumn", source_hash="h",
            ),
        )  # fmt: skip
        assert signup is not None
        new = NewReport(key, new_link_token(), email, "what I do", role, PROFILE, "/outlook/x", LANES[channel])
        report_id = signups.insert_report(tx, new, signup_row=signup)
        assert report_id is not None
        return report_id


def refuse(
    ledger: Ledger, email: str, *, outcome: Outcome = Outcome.RATE_LIMITED, reason: str = "source_limit",
    role: str = "ML Engineer",
) -> int:  # fmt: skip
    """A refused signup that may be taken back; returns its row."""
    with ledger.write() as tx:
        row = signups.insert_signup(
            tx,
            NewSignup(
                channel=Channel.BROWSER, outcome=outcome, reason=reason, signup_key=f"s-{next(_numbers)}",
                recipient_key=key_of(email), address_masked=mask_address(email), address=email, profile=PROFILE,
                role_text=role, source_hash="h", source_page="/outlook/x", campaign="autumn",
            ),
        )  # fmt: skip
    assert row is not None
    return row


def claim(ledger: Ledger, report_id: int, *, lease_s: float = 60.0) -> ClaimedReport:
    """ready -> claimed."""
    with ledger.write() as tx:
        claimed = reports.claim(tx, report_id, token="t", lease_s=lease_s)
    assert claimed is not None
    return claimed


def intend(ledger: Ledger, report_id: int, *, signed_at: datetime | None = None) -> str:
    """ready -> sending; returns the attempt's id."""
    claim(ledger, report_id)
    attempt_id = secrets.token_hex(16)
    with ledger.write() as tx:
        new = NewAttempt(
            id=attempt_id, report_id=report_id, number=len(attempts_of(tx, report_id)) + 1, mailer="ses",
            sender_process="test:1", signed_at=signed_at or datetime.now(UTC), letter_sha256="0" * 64,
            catalogue_version="c", template_version="t", profile_use=ProfileUse.FULL,
            subject="Your AI exposure report: ML Engineer", report_kind="role", role_slug="ml-engineer",
            title="ML Engineer", index_value=79, index_low=68, index_high=91,
            rfc_message_id=f"<{attempt_id}@example.com>",
        )  # fmt: skip
        attempts.intend(tx, new, token="t", lease_s=60.0)
    return attempt_id


def end(ledger: Ledger, report_id: int, attempt_id: str, disposition: Disposition) -> None:
    """sending -> the state to which the disposition leads."""
    with ledger.write() as tx:
        assert record(tx, AttemptResult(attempt_id, report_id, disposition))


def attempted(ledger: Ledger, report_id: int, disposition: Disposition, *, signed_at: datetime | None = None) -> str:
    """One whole attempt; returns its id."""
    attempt_id = intend(ledger, report_id, signed_at=signed_at)
    end(ledger, report_id, attempt_id, disposition)
    return attempt_id


def quarantine(ledger: Ledger, report_id: int) -> None:
    """ready -> quarantined."""
    claimed = claim(ledger, report_id)
    with ledger.write() as tx:
        assert reports.quarantine(tx, claimed, reason="letter", reason_text="too large")
