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
_PADDING = frozenset(["a", "an", "and", "for", "in", "my", "of", "on", "our", "the", "to", "with"])


def fold(text: str) -> str:
    """Lower-case stems of the words of `text`, single-spaced; empty where it has none.

    Folds compatibility forms, accents, punctuation, usual short forms and English endings, so that "Sr. ML Eng" and
    "sr machine-learning engineering" meet. Never raises, whatever the text.
    """
    return " ".join(_stem(word) for word in words(text))


def words(text: str) -> list[str]:
    """The words of `text` in lower case, short forms written out, articles and joining words left out."""
    plain = _plain(text[:MAX_TEXT].casefold())
    simple = plain.isascii() and plain.replace(" ", "").isalnum()  # as nearly all the catalogue's own names are
    found = plain.split() if simple else _WORD.findall(_APOSTROPHE.sub("", plain))
    if not _SHORT_FORMS.keys().isdisjoint(found):
        found = " ".join(_SHORT_FORMS.get(word, word) for word in found).split()
    return [word for word in found if word not in _PADDING] or found


def _plain(text: str) -> str:
    """`text` without accents and compatibility forms."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))


@lru_cache(maxsize=8192)  # words; the catalogue's own come thousands of times
def _stem(word: str) -> str:
    """Drop the endings that tell "writes" and "writing" from "write"; short words stay as they are."""
    if len(word) <= 3 or not word.isascii():
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
