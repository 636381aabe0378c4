"""The input of rendering besides the report, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self


@dataclass(frozen=True, slots=True)
class LetterContext:
    """The sender of the letter and the absolute URLs of its links.

    `public_url` is the website and `page_url` the role's outlook page on it. `unsubscribe_url`, `report_url` (the
    report page) and `forget_url` (its section that erases the reader) are keys: who has one may do what the reader may.
    """

    public_url: str
    unsubscribe_url: str
    report_url: str
    forget_url: str
    postal_address: str
    sender_name: str
    page_url: str | None = None


@dataclass(frozen=True)
class RenderedLetter:
    """The three texts of a letter. `text` and `html` end their lines with LF; `subject` is one line.

    Their octets are UTF-8, encoded once. They may hold a lone surrogate; `build_message` refuses it.
    """

    subject: str
    html: str
    text: str

    @classmethod
    def of_octets(cls, subject: str, html: bytes, text: bytes) -> Self:
        """The letter with these octets, which are not encoded again."""
        letter = cls(subject, html.decode("utf-8"), text.decode("utf-8"))
        vars(letter).update(html_octets=html, text_octets=text)
        return letter

    @cached_property
    def html_octets(self) -> bytes:
        """The HTML part in UTF-8."""
        return self.html.encode("utf-8", "surrogatepass")

    @cached_property
    def text_octets(self) -> bytes:
        """The text part in UTF-8."""
        return self.text.encode("utf-8", "surrogatepass")
