"""From what a title was read as to the subject of a report."""

from __future__ import annotations

from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.reading import TitleKind, TitleReading
from worker.report.subject import Subject


def subject_of(catalogue: Catalogue, matcher: Matcher, slug: str | None, text: str) -> Subject | None:
    """The subject for what the ledger keeps of a title: `slug` is a role's or an O*NET-SOC code.

    Where it is None, or the catalogue has lost it, the title's `text` is read again. None if it is read as none.
    """
    return catalogue.subjects.named(slug or "") or read_subject(catalogue, matcher.read_title(text))


def read_subject(catalogue: Catalogue, reading: TitleReading) -> Subject | None:
    """The subject that a title was read as; None where it was read as none."""
    if reading.kind is TitleKind.FAMILY:
        return catalogue.subjects.family(reading.candidates)
    return catalogue.subjects.named(reading.slug or "")
