"""Every error this project raises, as one tree.

The type of a send error *is* its disposition: code that catches it needs no table of codes to know what may follow.

    WorkerError
    ├── ConfigurationError      a setting is missing, misspelt or contradicts another
    │   └── WrongInstallation   this process and the ledger, or Redis and the ledger, do not belong together
    ├── CatalogueError            data/ is wrong; names the file and the key
    ├── TemplateError           a template cannot be compiled or uses an undefined variable
    ├── ThemeError              a theme is wrong; names the file and the key
    ├── InvalidSignup           a signup breaks the contract; names the field
    ├── TurnedAway              a stranger's refusals leave no more rows for this hour
    ├── LetterError             a letter must not be shown to a reader; its report is quarantined
    ├── LedgerUnavailable       the database cannot answer now
    ├── QueueUnavailable        Redis cannot take or count messages now; the sweep makes up for it
    ├── LostClaim               another process holds the report now; nothing may be posted
    ├── SendingPaused           sending is paused; nothing was posted
    ├── PacingUnavailable       the shared send rate cannot be read; sending waits
    ├── WitnessUnavailable      Redis cannot mark the attempt that is about to be posted; nothing was posted
    ├── CommitsLost             the ledger does not know an attempt that Redis saw; nothing was posted
    ├── InvalidFeedback         an SES event cannot be read; names the field
    ├── UntrustedMessage        a message is not from SNS, or not from one of our topics
    ├── FeedbackUnavailable     the feedback queue or a certificate of SNS cannot be read now
    ├── ListUnavailable         the provider's own suppression list cannot be asked
    ├── EventPathUnreadable     the way of SES's events to this worker cannot be looked at
    └── SendError               one POST to SES did not end in a message id
        ├── Permanent             refused for good: this report has failed
        ├── Transient             known not accepted, may pass: try again later
        ├── Throttled             known not accepted, too fast: slow down, costs no attempt
        ├── AccountBlocked        known not accepted, nor would any letter be: pause all sending
        └── OutcomeUnknown        SES may or may not have accepted it: never repeat without proof

No message ever carries an email address.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any


class WorkerError(Exception):
    """Base of everything this project raises on purpose."""


class ConfigurationError(WorkerError):
    """A setting is missing, misspelt or contradicts another. `setting` is its environment variable."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


class WrongInstallation(ConfigurationError):
    """This process, the ledger and Redis do not belong together; going on could send second letters."""


class CatalogueError(WorkerError):
    """A catalogue file is wrong. `file` is relative to data/, `key` a dotted path inside it."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}")
        self.file = file
        self.key = key
        self.problem = problem


class TemplateError(WorkerError):
    """A template cannot be compiled, inlined, or names a variable the letter does not have."""

    def __init__(self, template: str, problem: str) -> None:
        super().__init__(f"{template}: {problem}")
        self.template = template
        self.problem = problem


class ThemeError(WorkerError):
    """A theme is wrong. `key` is a dotted path inside its file, or None for the whole file."""

    def __init__(self, file: str, key: str | None, problem: str) -> None:
        super().__init__(f"{file}: {f'{key}: ' if key else ''}{problem}")
        self.file = file
        self.key = key
        self.problem = problem


class InvalidSignup(WorkerError):
    """A signup breaks the contract. `problems` pairs each offending field with what was expected there."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems))
        self.problems = problems


class UnreadableFile(WorkerError):
    """A file of signups is in no form that is read. The message says which it seems to be, and what to do."""


class TurnedAway(WorkerError):
    """A stranger's source has had so many refusals within the hour that one more is counted and leaves no row."""


class LetterError(WorkerError):
    """A composed letter breaks a rule no reader should see broken."""


class LedgerUnavailable(WorkerError):
    """The ledger cannot answer now; what was asked may be asked again."""


class QueueUnavailable(WorkerError):
    """Redis cannot take or count messages now; the ledger has everything that was on the queue."""


class LostClaim(WorkerError):
    """The report is no longer held by this claim: another process holds it, or its state has changed."""


class SendingPaused(WorkerError):
    """Sending is paused; nothing was posted."""


class PacingUnavailable(WorkerError):
    """The shared send rate cannot be read (Redis is away), so sending waits."""


class WitnessUnavailable(WorkerError):
    """Redis cannot mark the attempt that is about to be posted; nothing was posted."""


class CommitsLost(WorkerError):
    """The ledger does not know an attempt that Redis saw: it has lost commits. Nothing was posted."""

    def __init__(self, attempt_id: str) -> None:
        super().__init__(f"the ledger does not know attempt {attempt_id}")
        self.attempt_id = attempt_id


class InvalidFeedback(WorkerError):
    """An SES event cannot be read. The message names the field, never a value."""


class EventPathUnreadable(WorkerError):
    """Part of the way of SES's events cannot be looked at. Where AWS denies it, the message names the permission."""

    def __init__(self, action: str, why: str) -> None:
        remedy = f": allow {action} to this role" if "AccessDenied" in why or "AuthorizationError" in why else ""
        super().__init__(f"cannot be looked at ({why}){remedy}")


class UntrustedMessage(WorkerError):
    """A message is not from SNS, or not from one of our topics."""


class FeedbackUnavailable(WorkerError):
    """The feedback queue or a certificate of SNS cannot be read now; try again."""


class ListUnavailable(WorkerError):
    """The mail provider's own suppression list cannot be asked; nothing was changed on it."""


class SendError(WorkerError):
    """One POST to SES did not end in a message id. `code` is SES's or ours, short and stable."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Permanent(SendError):
    """SES refused this letter for good."""


class Transient(SendError):
    """Known not accepted; the same letter may be accepted later.

    `counts` towards giving up, unless the letter is not the cause: SES, or the ledger before the POST, did not answer.
    """

    def __init__(self, code: str, reason: str, *, counts: bool = True) -> None:
        super().__init__(code, reason)
        self.counts = counts


class Throttled(SendError):
    """Known not accepted: too fast. `daily`: it is the 24-hour quota, not the rate per second."""

    def __init__(self, code: str, reason: str, *, daily: bool = False) -> None:
        super().__init__(code, reason)
        self.daily = daily


class AccountBlocked(SendError):
    """Known not accepted, and no other letter would be: the account, the identity or the credentials are the cause."""


class OutcomeUnknown(SendError):
    """The request may have reached SES; only proof or a person may decide.

    `answer` is SES's own, where nobody waits for it any more and it may still come: what the mailer would have returned
    or raised.
    """

    def __init__(self, code: str, reason: str, *, answer: Future[Any] | None = None) -> None:
        super().__init__(code, reason)
        self.answer = answer
