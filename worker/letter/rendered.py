"""What rendering takes besides the report, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterContext:
    """Where the letter comes from and where its links lead, as absolute URLs; `page_url` is the role's outlook page."""

    public_url: str
    unsubscribe_url: str
    postal_address: str
    sender_name: str
    page_url: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """The three texts of a letter. `text` and `html` end their lines with LF; `subject` is one line."""

    subject: str
    html: str
    text: str
