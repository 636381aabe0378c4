"""The outbox: letters written to files, by the same protocol as SES. For local use; no letter is sent."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from worker.check_results import CheckResult
from worker.errors import OutcomeUnknown, Transient
from worker.mailers.mailer import Accepted, BeforePost, BuiltMailer, Outgoing
from worker.settings import Settings


def build(settings: Settings) -> BuiltMailer:
    """Build the outbox; files need no rate limit."""
    return BuiltMailer(OutboxMailer(settings.outbox_dir))


def suppression_list(_settings: Settings) -> None:
    """Files refuse nobody."""


def check(settings: Settings) -> Iterator[CheckResult]:
    """Check that letters can be written to the outbox directory, or that it can be created."""
    directory = settings.outbox_dir
    existing = next(path for path in (directory.absolute(), *directory.absolute().parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        yield CheckResult(True, f"letters are written to {directory}, none is sent (WORKER_MAILER=outbox)")
    else:
        yield CheckResult(
            False, f"WORKER_OUTBOX_DIR: no letter can be written: {existing} is not a directory we may write to"
        )


class OutboxMailer:
    """Writes `<attempt id>.eml` and `.html` into a directory; a letter is accepted when its .eml is renamed."""

    name = "outbox"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """Write the letter. Raises Transient where the directory cannot be written; then nothing was accepted."""
        letter = self._directory / f"{outgoing.attempt_id}.eml"
        draft = letter.with_suffix(".draft")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            letter.with_suffix(".html").write_text(outgoing.html, encoding="utf-8")
            _write_durably(draft, outgoing.message)
        except OSError as error:
            raise Transient("OutboxUnwritable", f"{type(error).__name__} {error.strerror}") from error
        before_post(datetime.now(UTC))
        try:
            draft.rename(letter)
        except OSError as error:
            raise OutcomeUnknown("OutboxRename", f"{type(error).__name__} {error.strerror}") from error
        return Accepted(ses_message_id=f"outbox-{outgoing.attempt_id}")


def forget_letters(directory: Path, attempt_ids: Iterable[str]) -> int:
    """Remove the letters of these attempts from the outbox in `directory`; returns how many letters there were."""
    count = 0
    for attempt_id in attempt_ids:
        letter = directory / f"{attempt_id}.eml"
        count += letter.exists()
        for path in (letter, letter.with_suffix(".html"), letter.with_suffix(".draft")):
            path.unlink(missing_ok=True)
    return count


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
