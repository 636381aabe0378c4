"""A line of text: a sentence or a few, in pieces that a letter or a page sets in different type.

How to render a line: in HTML, `strong` is <strong>, `soft` is small grey type, and `own` is a reader's words in
quotation marks inside an element with dir="auto". In plain text, `Line.text` is the whole line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.content.own_words import isolated


class Tone(StrEnum):
    """How a piece of a line is set."""

    PLAIN = "plain"
    STRONG = "strong"
    SOFT = "soft"
    OWN = "own"
    """The reader's words, cleaned and cut, without quotation marks."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line. Spaces at its ends count."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The line as plain text, the reader's words in quotation marks."""
        return "".join([f"“{isolated(piece.text)}”" if piece.tone is Tone.OWN else piece.text for piece in self.pieces])

    @property
    def ours(self) -> str:
        """The line without the reader's words: what this project says."""
        return "".join(piece.text for piece in self.pieces if piece.tone is not Tone.OWN)


def line(*pieces: str | Piece) -> Line:
    """A line of these pieces; a string is plain."""
    return Line(tuple([Piece(piece) if isinstance(piece, str) else piece for piece in pieces if piece]))


def strong(text: str) -> Piece:
    """A piece that stands out."""
    return Piece(text, Tone.STRONG)


def soft(text: str) -> Piece:
    """A piece that steps back, such as a source."""
    return Piece(text, Tone.SOFT)


def own(text: str) -> Piece:
    """A reader's words, already cleaned and cut."""
    return Piece(text, Tone.OWN)
