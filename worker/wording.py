"""The words for the codes that the ledger keeps. Pages, exports and commands all take them from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTCOMES = {
    "admitted": "admitted",
    "duplicate": "duplicate",
    "rate_limited": "rate limited",
    "suppressed": "suppressed",
    "invalid": "invalid",
    "unknown_role": "unknown role",
}
STATES = {
    "ready": "ready",
    "claimed": "claimed",
    "sending": "sending",
    "unknown": "unknown",
    "sent": "sent",
    "returned": "returned",
    "failed": "failed",
    "quarantined": "quarantined",
    "cancelled": "cancelled",
}
FEEDBACK = {
    "sent": "accepted by SES",
    "delayed": "delayed",
    "delivered": "delivered",
    "rejected": "rejected by SES",
    "bounced": "bounced",
    "complained": "complained",
}
REPORT_KINDS = {
    "role": "report on a role",
    "occupation": "report on an occupation",
    "family": "report on several occupations",
    "none": "report on the reader's tasks",
}
"""What a letter's report is about: the kinds of TitleKind."""
FEEDBACK_DETAILS = {  # AWS's types and subtypes of bounces
    "Permanent/General": "the mail server refuses this address",
    "Permanent/NoEmail": "the mailbox does not exist",
    "Permanent/Suppressed": "SES had too many bounces from this address lately, and did not send it",
    "Permanent/OnAccountSuppressionList": "on the suppression list of the SES account; SES did not send it",
    "Permanent/UnsubscribedRecipient": "unsubscribed with SES itself; SES did not send it",
    "Transient/General": "a failure that may pass, or an automatic reply",
    "Transient/MailboxFull": "the mailbox is full",
    "Transient/MessageTooLarge": "too large for this mailbox",
    "Transient/ContentRejected": "refused for its content, as spam for example",
    "Transient/AttachmentRejected": "refused for an attachment",
    "Transient/CustomTimeoutExceeded": "not accepted in time",
    "Undetermined/Undetermined": "the mail server gave no reason that SES understands",
    "Undetermined": "the mail server gave no reason that SES understands",
    "OnAccountSuppressionList": "an earlier complaint: on the suppression list of the SES account",
    "abuse": "marked as spam by the reader",
}
BOUNCE_ADVICE = {
    "Permanent/General": "Often a typing error in the address, or a mailbox that was closed.",
    "Permanent/NoEmail": "Often a typing error in the address.",
    "Permanent/OnAccountSuppressionList": "AWS does not count these.",
    "Transient/General": "Nothing to do: a delivery that is reported later overrules it.",
    "Transient/MailboxFull": "Nothing to do; the reader may be written to again.",
    "Transient/ContentRejected": "Worth a look where it is one company's filter: see the domains.",
}
"""What a bounce's reason means for marketing."""
LANES = {"browser": "browser", "server": "server and queue", "file": "file"}
LETTERS = {
    "sent": "sent",
    "delivered": "delivered",
    "complained": "drew a complaint",
    "bounced": "bounced",
    "rejected": "rejected by SES",
    "no_word": "sent, no word yet",
    "silent": "sent, no word for a day",
    "waiting": "waiting to be sent",
    "maybe_sent": "perhaps sent",
    "stopped": "stopped, not sent",
}
"""What became of a letter, as marketing counts it: the results of LetterResult."""
REASONS = {
    # Intake refuses a signup.
    "suppressed": "this person must not be mailed",
    "report_exists": "this person has a report already",
    "returned": "this person's report came back; only an operator sends it again",
    "came_back": "the letter bounced, and no delivery was reported",
    "profile_enriched": "a richer profile arrived in time and replaced the poorer one",
    "disposable_domain": "the address belongs to a disposable domain",
    "invalid_email": "the address is not a valid email address",
    "invalid_payload": "a field breaks the signup contract",
    "signup_id_conflict": "the signup_id belongs to another signup",
    "not_a_job": "it names no job",
    "no_such_role": "we do not have this role yet",
    "ambiguous_role": "the title may mean several roles",
    "source_limit": "too many signups from one source in an hour",
    "network_limit": "too many signups from one network in an hour",
    "mailbox_limit": "too many signups for one mailbox in a day",
    "domain_limit": "too many signups for one email domain in an hour",
    "total_limit": "too many signups in an hour",
    # A report stops.
    "poison": "workers claimed it several times and none came back with a result",
    "letter": "no letter fit to be read could be made",
    "reader_data": "no letter can be made for this reader, not even the plainest; other readers' letters can",
    "erased": "this person's data was erased",
    # An attempt is refused, or its outcome is unknown.
    "IntentExpired": "the process that was about to send it ended without a result",
    "RestoredBackup": "a backup was restored: a letter may have left that this ledger does not know",
    "MessageRejected": "SES refused the message",
    "BadRequestException": "SES found the request invalid",
    "ParamValidationError": "the request to SES was invalid",
    "NoRequestId": "something other than SES answered",
    "UnreadableAnswer": "the answer of SES could not be read",
    "DeadlineExceeded": "SES did not answer in time",
    "HeldBack": "it waits until SES accepts letters again",
    "IntentUnconfirmed": "the ledger did not confirm the attempt, so nothing was sent",
    "CommitsLost": "the ledger lost what it knew of this send",
    "WitnessUnavailable": "Redis did not answer, so nothing was sent",
    "WrongInstallation": "this worker belongs to another installation, so nothing was sent",
    "WrittenToFile": "the outbox wrote the letter to a file; nobody received it",
    "OutboxUnwritable": "the outbox folder cannot be written",
    "OutboxRename": "the letter may be in the outbox: its file could not be renamed or synced",
    "SecondPost": "a second send of the same attempt was prevented",
}
ACTIONS = {
    "erase": "erased",
    "adopt_redis": "took over a Redis for this ledger",
    "accepted_beside_another": "an event of SES named an attempt beside the one on record",
    "accepted_twice": "an event of SES named a second message of one attempt",
    "batch_unsubscribes": "made a batch of unsubscribes",
    "download_unsubscribes": "downloaded a batch of unsubscribes",
    "export": "exported the send log",
    "login": "logged in to the send log",
    "look_up": "looked up by address",
    "pause": "paused sending",
    "readmit": "took back a refusal",
    "recount": "wrote what a full count found",
    "replay": "replayed",
    "resolve": "resolved",
    "restore": "declared a restored backup",
    "resume": "resumed sending",
    "suppress": "suppressed",
    "unsuppress": "lifted a suppression",
    "tick_off_unsubscribes": "ticked off a batch of unsubscribes",
    "unmask": "saw the address in clear",
    "user_added": "added a user",
    "user_removed": "removed a user",
}


def outcome_words(code: str) -> str:
    """What intake decided, in words; an unlisted code with its underscores as spaces."""
    return OUTCOMES.get(code, _spaced(code))


def state_words(code: str) -> str:
    """The state of a report in words; an unlisted code with its underscores as spaces."""
    return STATES.get(code, _spaced(code))


def feedback_words(code: str) -> str:
    """What SES reported last, in words; an unlisted code with its underscores as spaces."""
    return FEEDBACK.get(code, _spaced(code))


def lane_words(code: str) -> str:
    """Whose signups a lane sends for, in words."""
    return LANES.get(code, _spaced(code))


def letter_words(code: str) -> str:
    """What became of a letter, in words."""
    return LETTERS.get(code, _spaced(code))


def bounce_advice(code: str) -> str:
    """What a reason for bouncing means for marketing, as sentences; empty where there is nothing to say."""
    return BOUNCE_ADVICE.get(code, "")


def report_kind_words(code: str) -> str:
    """What a letter's report is about, in words; an unlisted code with its underscores as spaces."""
    return REPORT_KINDS.get(code, _spaced(code))


def reason_words(code: str | None) -> str:
    """A reason as part of a sentence; empty where there is none, an unlisted code (such as one of SES's) as it is.

    Why intake refused a signup, why a report stopped, or why its letter bounced.
    """
    return "" if code is None else REASONS.get(code) or FEEDBACK_DETAILS.get(code, code)


def action_words(code: str) -> str:
    """An action of the audit trail in words; an unlisted code with its underscores as spaces."""
    return ACTIONS.get(code, _spaced(code))


def step_words(what: str) -> str:
    """A step of a person's timeline in words: an action, an event of SES, or what the step says itself."""
    return ACTIONS.get(what) or FEEDBACK.get(what) or _spaced(what)


def facts_words(facts: Mapping[str, Any]) -> str:
    """The detail of an action as `name: value; name: value`, without its empty values."""
    stated = {_spaced(name): value for name, value in facts.items() if value not in (None, "", [], {})}
    return "; ".join(f"{name}: {_value_words(value)}" for name, value in stated.items())


def _value_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({facts_words(value)})"
    return ", ".join(map(_value_words, value)) if isinstance(value, list) else str(value)


def _spaced(code: str) -> str:
    return code.replace("_", " ")
