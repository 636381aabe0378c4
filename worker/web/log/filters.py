"""The filters of the send log: from a query string or form to a `LogFilter`, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.letter_results import LetterResult
from worker.ledger.lifecycle import ReportState
from worker.ledger.log_filter import DatedBy, LogFilter, Without, domain_of
from worker.ledger.outcomes import Outcome
from worker.report.occupation_names import role_words
from worker.wording import FEEDBACK, LETTERS, OUTCOMES, STATES, reason_words

CODES: Mapping[str, Mapping[str, str]] = {  # what each choice offers, with its words
    "outcome": {code: OUTCOMES[code] for code in Outcome},
    "letter": {code: LETTERS[code] for code in LetterResult},
    "state": {code: STATES[code] for code in ReportState},
    "feedback": {code: FEEDBACK[code] for code in FeedbackKind},
}
DATED_BY: Mapping[str, str] = {DatedBy.SIGNED_UP: "day of signing up", DatedBy.SENT: "day of sending"}
TEXTS = ("role", "campaign", "page", "domain")
DATES = ("since", "until")
_ENUMS = {"letter": LetterResult, "dated_by": DatedBy, "without": Without}
_ONLY_LINKED = {  # filters that links bring, and no field of the form
    "role_slug": "role: {}",
    "written": "role as written: {}",
    "feedback_detail": "{}",
    "without": "no {}",
}
_ALL_TEXTS = (*TEXTS, "role_slug", "written", "feedback_detail")
_CHOICES: Mapping[str, Mapping[str, str]] = {**CODES, "dated_by": DATED_BY, "without": {code: code for code in Without}}
_KEY = re.compile(r"[0-9a-f]{64}")
MAX_TEXT_CHARS = 200


@dataclass(frozen=True, slots=True)
class AskedFilter:
    """The filter that was asked for, the fields it came from, and a sentence for each field that could not be read."""

    which: LogFilter
    fields: Mapping[str, str]
    problems: tuple[str, ...]

    @property
    def linked(self) -> dict[str, str]:
        """What narrows the list besides the fields of the form: each filter's field, and its words."""
        words = {"role_slug": role_words, "feedback_detail": reason_words}
        return {
            name: sentence.format(words.get(name, str)(self.fields[name]))
            for name, sentence in _ONLY_LINKED.items()
            if name in self.fields
        }


def read_filter(query: Mapping[str, str], read_role: Callable[[str], tuple[str, ...]]) -> AskedFilter:
    """Read a filter from form fields or a query string. What cannot be read narrows nothing and is a problem.

    `read_role` gives the slugs that the words for a role are read as.
    """
    names = (*_CHOICES, *_ALL_TEXTS, *DATES, "person")
    fields = {name: query[name].strip()[:MAX_TEXT_CHARS] for name in names if query.get(name, "").strip()}
    problems: list[str] = []
    found = _texts(fields, read_role) | _codes(fields, problems) | _dates(fields, problems)
    if is_recipient_key(fields.get("person", "")):
        found["recipient_key"] = fields["person"]
    elif "person" in fields:
        problems.append("person: use the search by address")
    before = query.get("before", "")
    if before.isascii() and before.isdigit() and len(before) <= 18:
        found["before_id"] = int(before)
    return AskedFilter(LogFilter(**found), fields, tuple(problems))


def _texts(fields: Mapping[str, str], read_role: Callable[[str], tuple[str, ...]]) -> dict[str, Any]:
    found: dict[str, Any] = {name: fields[name] for name in _ALL_TEXTS if name in fields}
    if "domain" in found:
        found["domain"] = domain_of(found["domain"])
    if "role" in found:
        found["role_slugs"] = read_role(found["role"])
    return found


def _codes(fields: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, codes in _CHOICES.items():
        if name in fields and fields[name] not in codes:
            problems.append(f"{name}: expected one of {', '.join(codes)}")
        elif name in fields:
            found[name] = _ENUMS.get(name, str)(fields[name])
    return found


def _dates(fields: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in DATES:
        try:
            if name in fields:
                found[name] = _day(fields[name], end=name == "until")
        except (ValueError, OverflowError):
            problems.append(f"{name}: expected a date such as 2026-11-24")
    return found


def is_recipient_key(text: str) -> bool:
    """Whether the text has the form of a recipient key."""
    return _KEY.fullmatch(text) is not None


def _day(text: str, *, end: bool) -> datetime:
    """Midnight at the start of a day, UTC; with `end`, at its end. Raises ValueError, OverflowError."""
    day = date.fromisoformat(text) + timedelta(days=int(end))
    return datetime.combine(day, time.min, UTC)
