"""The letter of a report composed again from what the ledger kept, and compared with the letter that was sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.delivery.composer import Composer, Reader, Uncomposable
from worker.ledger.rows import AttemptRow, ReportRow
from worker.letter.compose import Letter


class Comparison(StrEnum):
    """How the letter composed again compares with the one that was sent."""

    SAME = "same"
    NEWER_VERSIONS = "newer_versions"
    DIFFERENT = "different"
    ERASED = "erased"
    NOT_COMPOSABLE = "not_composable"
    NO_ATTEMPT = "no_attempt"


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """The result of the comparison, and the letter if one can be composed."""

    comparison: Comparison
    letter: Letter | None = None


def check_letter(composer: Composer, report: ReportRow, attempt: AttemptRow | None) -> CheckedLetter:
    """Compose the report's letter as its last attempt had it, and compare their hashes. Without an address: ERASED."""
    if report.address is None:
        return CheckedLetter(Comparison.ERASED)
    if attempt is None:
        return CheckedLetter(Comparison.NO_ATTEMPT)
    reader = Reader(report.link_token, report.address, report.role_text, report.role_slug, report.profile)
    composed = composer.compose(reader, attempt_id=attempt.id, date=attempt.signed_at)
    if isinstance(composed, Uncomposable):
        return CheckedLetter(Comparison.NOT_COMPOSABLE)
    letter = composed.letter
    if letter.sha256 == attempt.letter_sha256:
        return CheckedLetter(Comparison.SAME, letter)
    sent_versions = (attempt.catalogue_version, attempt.template_version)
    moved_on = sent_versions != (letter.catalogue_version, letter.template_version)
    return CheckedLetter(Comparison.NEWER_VERSIONS if moved_on else Comparison.DIFFERENT, letter)
