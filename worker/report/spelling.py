"""Folds free text before it is looked up: two spellings of the same words get the same key.

Titles are folded less than tasks and skills, because an ending can make another job: account and accounting manager,
train and training manager. "Writing reports" and "write reports" are the same work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

MAX_TEXT = 400  # characters of a text that count; the signup contract allows 200
_CACHED_WORDS = 4096  # words of the catalogue come up thousands of times
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")  # letters and digits of any script, and the tail of C++ and C#
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")
_SHORT_FORMS = {
    "acct": "accounting",
    "admin": "administrator",
    "asst": "assistant",
    "centre": "center",
    "cust": "customer",
    "dev": "developer",
    "devs": "developer",
    "eng": "engineer",
    "engr": "engineer",
    "mgr": "manager",
    "midwives": "midwife",
    "mktg": "marketing",
    "ml": "machine learning",
    "mngr": "manager",
    "prod": "product",
    "programme": "program",
    "rep": "representative",
    "svc": "service",
    "sw": "software",
}
_PADDING = frozenset(["a", "an", "and", "for", "in", "my", "of", "on", "our", "the", "to", "with"])
_WORK_PADDING = frozenset(["about", "at", "by", "from", "into"])  # of tasks and skills alone
# verbs that mean something else with "in" or "on": checking patients in is not checking on them
_WITH_PARTICLE = {
    form: verb
    for verb in ("check", "sign", "clock", "take")
    for form in (verb, f"{verb}s", f"{verb.removesuffix('e')}ing", f"{verb}ed")
}
_PARTICLES = frozenset(["in", "on"])
_HYPHEN = re.compile(r"(?<=[a-z])-(in|on)\b-?")
_SYSTEM = re.compile(r"[^aeiouy]+ms")  # an acronym of a management system, as CMMS and DBMS: no plural
# plurals that mean another trade than their singular: bookkeeping, a border, bonds
_OWN_PLURALS = frozenset(["accounts", "customs", "securities"])


def fold_title(text: str) -> str:
    """Lower-case words of a job title in the singular, single-spaced; empty where it has none.

    Folds compatibility forms, accents, punctuation and usual short forms, so that "Sales Reps" and
    "sales-representative" meet. Never raises.
    """
    return _joined(text[:MAX_TEXT].casefold().split(), _title_words)


def fold_work(text: str) -> str:
    """Lower-case stems of the words of a task or skill, single-spaced; empty where it has none.

    Folds what `fold_title` does, and English endings, so that "Writing reports" and "write a report" meet. Never
    raises.
    """
    return _joined(_with_particles(_HYPHEN.sub(r" \1 ", text[:MAX_TEXT].casefold()).split()), _work_words)


def _joined(parts: list[str], folded: Callable[[str], str]) -> str:
    """The words of `parts`, each folded, without articles and joining words unless there is nothing else."""
    return " ".join(filter(None, map(folded, parts))) or " ".join(word for part in parts for word in _words(part))


def _with_particles(parts: list[str]) -> list[str]:
    """The parts of a text between spaces; a verb and its particle are one word: "checkin patients"."""
    if _PARTICLES.isdisjoint(parts):
        return parts  # true for nearly all
    joined: list[str] = []
    for part in parts:
        if part in _PARTICLES and joined and joined[-1] in _WITH_PARTICLE:
            joined[-1] = _WITH_PARTICLE[joined[-1]] + part
        else:
            joined.append(part)
    return joined


@lru_cache(maxsize=_CACHED_WORDS)
def _title_words(part: str) -> str:
    return " ".join(word if word in _OWN_PLURALS else _singular(word) for word in _full_words(part))


@lru_cache(maxsize=_CACHED_WORDS)
def _work_words(part: str) -> str:
    return " ".join(_stem(word) for word in _full_words(part) if word not in _WORK_PADDING)


def _full_words(part: str) -> list[str]:
    """The words in one part of a text between spaces: short forms written out, articles and joining words left out."""
    found = [word for word in _words(part) if word not in _PADDING]
    return [full for word in found for full in _SHORT_FORMS.get(word, word).split()]


def _words(part: str) -> list[str]:
    if part.isascii() and part.isalnum():
        return [part]  # true for nearly all
    return _WORD.findall(_APOSTROPHE.sub("", _plain(part)))


def _plain(text: str) -> str:
    """`text` in lower case, without accents and compatibility forms."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare).casefold()  # a compatibility form may be a capital


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if _SYSTEM.fullmatch(word):
        return word
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _stem(word: str) -> str:
    """The word without the endings of "writes" and "writing"; short words are kept as they are."""
    if len(word) <= 3 or not word.isascii():
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3:
            word = stem[:-1] if stem[-1] == stem[-2] and stem[-1] not in "lsaeiou" else stem
    return word.removesuffix("e") if len(word) > 3 else word
