"""A reader's own words, as a letter and a page may quote them: an allow-list, so that nothing in them can act.

The person who fills in the form need not own the mailbox. Letters, digits and plain punctuation of any script stay; a
mail program must find no address, no link and no telephone number in what is left.
"""

from __future__ import annotations

import re
import unicodedata

from worker.plain_text import single_line

_LETTERS_AND_MARKS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"})
_KEPT = frozenset(" ,;:'’-–()&+%?#/.…")
_AS_PLAIN = str.maketrans(dict.fromkeys('“”„‘«»"', "'") | dict.fromkeys("\u2010\u2011", "-") | {"—": "–"})  # noqa: RUF001
_MOST_MARKS = 2
"""Combining marks on one letter: a name needs two; more is drawn over the lines around it."""
_DIGIT_GAP = r"[ ,;:'’()+/.…–-]*"
_MOST_DIGITS = 4
"""In a row, separators between them included: a year stays, and no telephone number."""
_DIGIT_RUN = re.compile(rf"[(+]*\d(?:{_DIGIT_GAP}\d){{{_MOST_DIGITS},}}")
_INNER_DOT = re.compile(r"(?!(?<=\d)\.\d+(?![\d.]))(?!\.js(?!\w))\.+(?=[^\s.])|(?<=[^\s.])\.{2,}")
"""A dot that could make an address: all but those of `3.5` and `Node.js`."""
_INNER_COLON = re.compile(r":+(?=\S)")
_REPEATED = re.compile(r"\s*([,;])(?:\s*[,;])+\s*")
_HEAD = re.compile(r"^(?:[\s/,;:.–-]|(?:\d{1,2}[.)]|[A-Za-z]\))(?=\s))+")
"""What precedes the words of a line of a list: `1)`, `2.`, `a)`, dashes."""
_SLASHES = re.compile(r"\s*/[\s/]*")
_HASH = re.compile(r"(?<![A-Za-z])#|#(?=\w)")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
_FREE_CALL = re.compile(r"\b1\W{0,2}8\d\d\b")
_PLAIN_WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
"""Words with nothing to clean, as most readers write."""
_LEFT_OUT = "…"
NOTHING_LEFT = _LEFT_OUT


def own_words(text: str, *, characters: int, words: int) -> str:
    """The words as a letter may quote them, cut to so many characters and words with an ellipsis.

    `NOTHING_LEFT` where no letter and no digit is left.
    """
    clean = cleaned(text)
    if not any(character.isalnum() for character in clean):
        return NOTHING_LEFT
    return _cut(clean, characters, words)


def cleaned(text: str) -> str:
    """The text without anything that is not a letter, a digit or plain punctuation, and without what makes a link."""
    return text if _PLAIN_WORDS.fullmatch(text) else _cleaned(text)


def _cleaned(text: str) -> str:
    parts = single_line(text).split(_LEFT_OUT)  # which NFKC would write as three dots
    text = _LEFT_OUT.join(unicodedata.normalize("NFKC", part) for part in parts).translate(_AS_PLAIN)
    text = "".join(_allowed(text)).replace("@", " at ")
    text = _FREE_CALL.sub(_LEFT_OUT, _DIGIT_RUN.sub(_LEFT_OUT, text))
    text = _INNER_DOT.sub(". ", text)
    text = _SLASHES.sub(" / ", _INNER_COLON.sub(": ", _HASH.sub(" ", text)))
    text = _HEAD.sub("", _REPEATED.sub(r"\1 ", " ".join(text.split())))
    return unicodedata.normalize("NFC", text).strip(" /,;:.-–")


def isolated(text: str) -> str:
    """Right-to-left text between marks that keep it from reordering the sentence around it; other text as it is."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if _RIGHT_TO_LEFT.search(text) else text


def _allowed(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if marks > _MOST_MARKS:
            continue
        if category in _LETTERS_AND_MARKS or character in _KEPT or character == "@":
            kept.append(character)
        elif category == "Nd":
            kept.append(str(unicodedata.digit(character)))
        else:
            kept.append(" ")
    return kept


def _cut(text: str, characters: int, words: int) -> str:
    parts = text.split()
    short = " ".join(parts[:words])
    if len(short) <= characters and len(parts) <= words:
        return short
    end = min(len(short), characters - 1)
    while end > 1 and end < len(short) and unicodedata.combining(short[end]):
        end -= 1
    return f"{short[:end].rstrip(' ,;:/.-–(')}…"
