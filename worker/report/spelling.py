"""How free text is folded before it is looked up: two spellings of the same words get the same key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_TEXT = 400  # characters of a text that count; the signup contract allows 200
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")  # letters and digits of any script, and the tail of C++ and C#
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")
_SHORT_FORMS = {
    "acct": "accounting",
    "admin": "administrator",
    "asst": "assistant",
    "cust": "customer",
    "dev": "developer",
    "devs": "developer",
    "eng": "engineer",
    "engr": "engineer",
    "mgr": "manager",
    "mktg": "marketing",
    "ml": "machine learning",
    "mngr": "manager",
    "prod": "product",
    "rep": "representative",
    "svc": "service",
    "sw": "software",
}
OWN_WORDS = frozenset(["accounting"])  # not stemmed: an account manager keeps no accounts
_CACHED_WORDS = 8192  # the catalogue's own come thousands of times
_PADDING = frozenset(["a", "an", "and", "for", "in", "my", "of", "on", "our", "the", "to", "with"])


def fold(text: str) -> str:
    """Lower-case stems of the words of `text`, single-spaced; empty where it has none.

    Folds compatibility forms, accents, punctuation, usual short forms and English endings, so that "Sr. ML Eng" and
    "sr machine-learning engineering" meet. Never raises, whatever the text.
    """
    found = _words(text)
    return " ".join(filter(None, map(_folded, found))) or " ".join(map(_stem, found))


def _words(text: str) -> list[str]:
    """The words of `text` in lower case."""
    plain = _plain(text[:MAX_TEXT].casefold())
    simple = plain.isascii() and plain.replace(" ", "").isalnum()  # as nearly all the catalogue's own names are
    return plain.split() if simple else _WORD.findall(_APOSTROPHE.sub("", plain))


@lru_cache(maxsize=_CACHED_WORDS)
def _folded(word: str) -> str:
    """The stems of a word, short forms written out; empty for articles and joining words."""
    return "" if word in _PADDING else " ".join(map(_stem, _SHORT_FORMS.get(word, word).split()))


def _plain(text: str) -> str:
    """`text` without accents and compatibility forms."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))


def _stem(word: str) -> str:
    """Drop the endings that tell "writes" and "writing" from "write"; short words and some others stay as they are."""
    if len(word) <= 3 or not word.isascii() or word in OWN_WORDS:
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3:
            word = stem[:-1] if stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return word.removesuffix("e") if len(word) > 3 else word
