"""The role filter of the send log: it reads words as signup does."""

from __future__ import annotations

from worker.report.matching import Matcher
from worker.report.reading import TitleKind


def read_role(matcher: Matcher, text: str) -> tuple[str, ...]:
    """What the ledger keeps for a title such as `nurse` or `Registered Nurse`: slugs of roles and O*NET-SOC codes.

    Of a title that may mean several jobs, those of all its candidates; empty where it is read as no job.
    """
    reading = matcher.read_title(text)
    if reading.slug is not None:
        return (reading.slug,)
    return reading.candidates if reading.kind is TitleKind.FAMILY else ()
