"""Where in HTML one is: whether the next character is text, or belongs to a tag, a comment or a style block."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RAW_TEXT = ("style", "title")
_TAG = re.compile(r"<!--|<!DOCTYPE[^>]*>|</?[A-Za-z][^\s/>]*", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*=\s*\Z")


@dataclass
class Scanner:
    """Tells what the next character of HTML is in: text, a comment, a tag, the value of an attribute, or raw text."""

    state: str = "text"
    tag: str = ""
    quote: str = ""
    attribute: str = ""
    _tail: str = ""

    @property
    def unquoted(self) -> str | None:
        """The attribute whose value comes next without quotes, or None."""
        named = _ATTRIBUTE.search(self._tail) if self.state == "tag" else None
        return named.group(1).lower() if named else None

    def feed(self, html: str) -> None:
        """Read on. Raises nothing: what is no HTML is read as text."""
        position = 0
        while position < len(html):
            position = getattr(self, f"_{self.state}")(html, position)

    def _text(self, html: str, position: int) -> int:
        match = _TAG.search(html, position)
        if match is None:
            return len(html)
        found = match.group()
        if found == "<!--":
            self.state = "comment"
        elif not found.startswith("<!"):
            self.state, self.tag, self._tail = "tag", found.strip("<").lower(), ""
        return match.end()

    def _comment(self, html: str, position: int) -> int:
        end = html.find("-->", position)
        if end < 0:
            return len(html)
        self.state = "text"
        return end + 3

    def _tag(self, html: str, position: int) -> int:
        character = html[position]
        if character == ">":
            self.state = "raw" if self.tag in _RAW_TEXT else "text"
        elif character in "\"'":
            named = _ATTRIBUTE.search(self._tail)
            self.state, self.quote, self.attribute = "value", character, named.group(1).lower() if named else ""
        self._tail = (self._tail + character)[-40:]
        return position + 1

    def _value(self, html: str, position: int) -> int:
        end = html.find(self.quote, position)
        if end < 0:
            return len(html)
        self.state = "tag"
        return end + 1

    def _raw(self, html: str, position: int) -> int:
        end = html.find(f"</{self.tag}", position)
        if end < 0:
            return len(html)
        self.state = "text"
        return end
