"""Where a person's data may be: each column, key and file, how long it is kept there, and what clears it.

`scripts/docs` writes docs/privacy.md from this. A test compares it with the schema: a new column needs an entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from worker.ledger.tally_schema import COUNTERS

ERASE = '`worker erase`, "forget me"'
RETENTION = "retention"
BOTH = f"{ERASE}; {RETENTION}"

WITH_ITS_REPORT = "as long as its report; without one, WORKER_RETENTION_DAYS"
AFTER_ITS_REPORT = "WORKER_RETENTION_DAYS after it has ended"
WITH_ITS_SIGNUPS = "a page, campaign or role for ever; a domain or title as long as in its signups"
WITH_THEM = "goes with the last signup that has it"
SECONDS = "seconds, while a worker runs"
PURGE = "the purge"
ERASE_OR_PURGE = f"{ERASE}; {PURGE}"
AT_ONCE = "the worker; an erasure does so at once"
WITH_ITS_ROW = "as long as its row: WORKER_ROWS_DAYS, or until the report of it ends"
FOR_EVER = "for ever"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `kept`: for how long; `cleared_by`: what clears it."""

    name: str
    holds: str
    kept: str
    cleared_by: str


COLUMNS = (
    Place("signup.signup_id", "the producer's own id, addresses in it masked", WITH_ITS_REPORT, BOTH),
    Place("signup.signup_key", "a keyed hash of that id, so that a repeat stays harmless", WITH_ITS_ROW, PURGE),
    Place("signup.payload_digest", "a keyed hash of the whole signup but its IP address", WITH_ITS_ROW, PURGE),
    Place("signup.recipient_key", "a keyed hash of the address: what one person means", WITH_ITS_ROW, PURGE),
    Place("signup.address_masked", "first letter and domain", WITH_ITS_REPORT, BOTH),
    Place("signup.domain", "the domain of the address", WITH_ITS_REPORT, BOTH),
    Place("signup.address", "the address, of a signup refused for its role or for a limit", WITH_ITS_REPORT, BOTH),
    Place("signup.profile", "tasks, skills and years, of the same signups; addresses masked", WITH_ITS_REPORT, BOTH),
    Place("signup.role_text", "the role in the person's words, addresses masked", WITH_ITS_REPORT, BOTH),
    Place("signup.folded_title", "the same in the words that titles are grouped by", WITH_ITS_REPORT, BOTH),
    Place("signup.detail", "what was repaired or is wrong; no values, addresses masked", WITH_ITS_REPORT, BOTH),
    Place("signup.source_hash", "a keyed hash of the source's network", WITH_ITS_REPORT, BOTH),
    Place("signup.source_page", "the page of the form, addresses masked", WITH_ITS_ROW, ERASE_OR_PURGE),
    Place("signup.campaign", "the campaign, addresses masked", WITH_ITS_ROW, ERASE_OR_PURGE),
    Place("report.recipient_key", "as in `signup`", FOR_EVER, NOTHING),
    Place(
        "report.link_token", "random; opens the report page, which then says that the report is gone", FOR_EVER, NOTHING
    ),
    Place("report.address", "the address", AFTER_ITS_REPORT, BOTH),
    Place("report.profile", "tasks, skills and years, addresses masked", AFTER_ITS_REPORT, BOTH),
    Place("report.role_text", "the role in the person's words, addresses masked", AFTER_ITS_REPORT, BOTH),
    Place("report.reason_text", "why it stopped, in the words of SES, addresses masked", AFTER_ITS_REPORT, BOTH),
    Place("report.page", "the page of the form, addresses masked", FOR_EVER, ERASE),
    Place("attempt.error_text", "the words of SES, addresses masked", WITH_ITS_ROW, ERASE_OR_PURGE),
    Place("attempt.letter_sha256", "a hash of the letter, which nothing can be read from", WITH_ITS_ROW, PURGE),
    Place("feedback_event.raw", "an event of SES, with the address", "WORKER_RETENTION_DAYS", BOTH),
    Place("feedback_event.detail", "its kind, addresses masked", WITH_ITS_ROW, PURGE),
    Place("tally.name", "a page, campaign, role, domain or title: of how many signups", WITH_ITS_SIGNUPS, WITH_THEM),
    Place("tally_change.page", "as in `signup`, until counted", SECONDS, AT_ONCE),
    Place("tally_change.campaign", "as in `signup`, until counted", SECONDS, AT_ONCE),
    Place("tally_change.domain", "as in `signup`, until counted", SECONDS, AT_ONCE),
    Place("tally_change.title", "as in `signup.folded_title`, until counted", SECONDS, AT_ONCE),
    Place("suppression.recipient_key", "as in `signup`: this person is never mailed", FOR_EVER, "`worker unsuppress`"),
    Place("suppression.reason", "an operator's words, addresses masked", FOR_EVER, "`worker unsuppress`"),
    Place("batched_unsubscribe.recipient_key", "as in `signup`: who left", FOR_EVER, NOTHING),
    Place("lost_attempt.recipient_key", "as in `signup`: whose letter the ledger has lost", FOR_EVER, NOTHING),
    Place("audit.recipient_key", "as in `signup`: whom an action was about", FOR_EVER, NOTHING),
    Place("audit.reason", "an operator's words, addresses masked", FOR_EVER, NOTHING),
    Place("audit.detail", "the figures of an action, addresses masked", FOR_EVER, NOTHING),
    Place("pause.reason", "an operator's words, addresses masked", "until the next pause", NOTHING),
    Place("restore.reason", "an operator's words, addresses masked", FOR_EVER, NOTHING),
    Place("login_refusal.name_hash", "a keyed hash of what was typed as a user's name", "a day", RETENTION),
    Place("login_refusal.source_hash", "a keyed hash of the source's address", "a day", RETENTION),
    Place("log_user.name", "a user of the send log, not a reader", "until removed", "`worker user remove`"),
    Place("log_user.password_hash", "argon2id, of that user", "until removed", "`worker user remove`"),
    Place("audit.actor", "an operator's name, not a reader's", FOR_EVER, NOTHING),
    Place("suppression.actor", "an operator's name, not a reader's", FOR_EVER, NOTHING),
    Place("unsubscribe_batch.made_by", "a user of the send log, not a reader", FOR_EVER, NOTHING),
    Place("unsubscribe_batch.ticked_off_by", "a user of the send log, not a reader", FOR_EVER, NOTHING),
    Place("pause.holder", "an operator's name, not a reader's", "until the next pause", NOTHING),
    Place("restore.declared_by", "an operator's name, not a reader's", FOR_EVER, NOTHING),
)

NO_PERSON: dict[str, frozenset[str]] = {
    "signup": frozenset(
        {"id", "received_at", "channel", "outcome", "reason", "role_slug", "consented_at", "erased_at"}
    ),
    "report": frozenset(
        {
            "id", "generation", "signup_row", "role_slug", "lane", "state", "reason", "created_at", "changed_at",
            "not_before", "lease_until", "claim_token", "claims", "attempts", "refusals", "sent_at", "feedback",
            "feedback_rank", "feedback_at", "feedback_detail", "erased_at",
        }
    ),
    "attempt": frozenset(
        {
            "id", "report_id", "number", "state", "mailer", "sender_process", "intent_at", "signed_at", "finished_at",
            "catalogue_version", "template_version", "profile_use", "subject", "report_kind", "role_slug", "title",
            "index_value", "index_low", "index_high", "ses_message_id", "rfc_message_id", "error",
        }
    ),
    "feedback_event": frozenset(
        {
            "id", "event_key", "kind", "rank", "counts", "suppress", "attempt_id", "ses_message_id",
            "occurred_at", "received_at", "matched_at",
        }
    ),
    "suppression": frozenset({"created_at"}),
    "unsubscribe_batch": frozenset({"id", "made_at", "ticked_off_at"}),
    "batched_unsubscribe": frozenset({"unsubscribed_at", "batch_id"}),
    "audit": frozenset({"id", "at", "action", "report_id"}),
    "pause": frozenset({"id", "since", "detail", "resumed_at"}),
    "restore": frozenset({"id", "declared_at"}),
    "login_refusal": frozenset({"id", "at"}),
    "log_user": frozenset({"role", "created_at", "changed_at", "logouts"}),
    "hold": frozenset({"id", "reason", "since", "until"}),
    "lease": frozenset({"name", "holder", "until"}),
    "process": frozenset(
        {"name", "kind", "started_at", "seen_at", "stopped_at", "refused_by", "refusal", "condition"}
    ),
    "account_reading": frozenset(
        {
            "id", "production_access", "sending_enabled", "enforcement", "max_send_rate", "max_24_hour_send",
            "sent_last_24_hours", "read_at",
        }
    ),
    "installation": frozenset({"id", "ledger_id", "epoch", "key_fingerprint", "mailer"}),
    "lost_attempt": frozenset({"attempt_id"}),
    "limited_signups": frozenset({"hour", "rule", "action", "signups"}),
    "canary": frozenset({"id", "ended_at", "result", "words", "took_s", "good_at"}),
    "tally_change": frozenset(
        {
            "id", "n", "purged", "received_on", "channel", "role", "outcome", "title_reason", "sent_on", "state",
            "feedback", "soon", "bounce", "mailer", "attempt_state", "suppressions",
        }
    ),
    "tally_check": frozenset({"id", "checked_at", "wrong", "example"}),
    "tally": frozenset(
        {"grouped_by", "received_on", "sent_on", "detail", "purged", "members", *COUNTERS}
    ),
}  # fmt: skip
"""The other columns of each table: states, times, numbers and words of ours."""

KEYS = (
    Place("dramatiq:signups*", "signups that wait, whole but for the IP address", "until received", ERASE),
    Place("dramatiq:deliver*", "ids of reports", "until delivered", NOTHING),
    Place("dramatiq:__*", "ids of processes, and of the messages that each has taken", "until done", NOTHING),
    Place(
        "witness:*",
        "keyed hashes of people about to be written to, and ids of attempts",
        "48 hours; for ever where the ledger has lost the attempt",
        "the sweep",
    ),
    Place(
        "limits:*, report-page:*, roles:*",
        "hashes of signup ids, sources, mailboxes and domains; counts",
        "a day",
        "they expire",
    ),
    Place("form-token:*", "random tokens of forms that were sent", "a day", "they expire"),
    Place("pacing*, installation:*, ledger:*", "times, rates and ids of ours", FOR_EVER, NOTHING),
)

FILES = (
    Place(
        "Redis's append-only file (`var/redis/`), and its snapshot where it makes any",
        "every signup that was queued since Redis last wrote the file anew",
        "a day: the worker has the file rewritten once a day",
        f"{ERASE}: rewritten at once; where Redis refuses that, the command says so and does not confirm",
    ),
    Place(
        "SQLite's write-ahead file (`var/ledger.db-wal`)",
        "the ledger's pages as they were before",
        "until the next retention run or the end of the last process",
        f"{BOTH}: emptied; deleted data is overwritten in the ledger itself (`secure_delete`)",
    ),
    Place(
        "the outbox (WORKER_OUTBOX_DIR, `WORKER_MAILER=outbox` alone)",
        "whole letters",
        "until deleted: it is for local use",
        f"{ERASE}: on the machine where it runs",
    ),
    Place("the spool (`var/spool/`)", "results of sends: ids and SES's words, masked", "until recorded", "the sweep"),
    Place("logs", "ids and outcomes; an address is masked on its way in", "where you keep logs", NOTHING),
)

ELSEWHERE = (
    "Backups and replicas of the ledger and of Redis keep what they held until they are deleted: erase again after a "
    "restore.",
    "PostgreSQL keeps old versions of a row until autovacuum, and its write-ahead log until it is recycled.",
    "SES, a reader's mailbox and exports of the send log are outside. Each export is recorded in `audit`.",
)
