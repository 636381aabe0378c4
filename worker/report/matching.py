"""Free text to a role, a task or a skill of the catalogue. A wrong match is worse than none: precision before recall.

Three steps, the first that answers wins: the name as written once folded (`spelling.fold`); for roles, the name without
rank, place and other trimmings, or by an ending its role claims; at last the name a typo away, if no other is near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from rapidfuzz import fuzz, process

from worker.report.catalog import Catalog
from worker.report.spelling import MAX_TEXT, OWN_WORDS, fold

TYPO_SCORE = 88.0  # least similarity (0..100, words in any order) to take one name for another
TYPO_MARGIN = 6.0  # by how much it must beat the best name of anything else
WORD_SCORE = 75.0  # least similarity of each word with its counterpart, so that no whole word is swapped for another
EXACT_WORD = 4  # words this short must agree letter by letter: "ux" is not "ui", a "chief" no "chef"
MAX_CANDIDATES = 5  # names recorded for an ambiguous title

_RANK = frozenset(
    [
        fold(word)
        for word in ("senior", "sr", "snr", "junior", "jr", "mid", "middle", "lead", "principal", "staff", "level")
    ]
    + [fold(word) for word in ("graduate", "trainee", "intern", "certified", "freelance", "contract")]
    + [fold(word) for word in ("remote", "hybrid", "i", "ii", "iii", "iv", "v", "1", "2", "3", "4", "5", "entry")]
    + [fold(word) for word in ("full", "part", "time", "m", "f", "d", "w", "x", "self", "employed", "interim")]
)
_TAIL = re.compile(r"\s*(?:[,;|(\[@–—]|\s-\s|\s(?:at|in|for|with)\s).*", re.DOTALL | re.IGNORECASE)
_SOMEONE_ELSE = re.compile(
    r"\b(?:assistant|advanced practice|apprentice|aspiring|ex|former|of|student|to|vice)\b", re.IGNORECASE
)
_ALTERNATIVES = re.compile(r"\s*(?:/|\+|&|\bor\b|\band\b)\s*", re.IGNORECASE)


class How(StrEnum):
    """How a role was found, or why not."""

    SLUG = "slug"
    NAME = "name"
    NORMALISED = "normalised"
    ENDING = "ending"
    TYPO = "typo"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RoleMatch:
    """`slug` is None for an ambiguous or unknown title; `candidates` are then the roles it might mean, best first."""

    slug: str | None
    how: How
    candidates: tuple[str, ...] = ()


class Matcher:
    """Looks up free text in one catalogue. Made once; every look-up is pure and never raises, whatever the text."""

    def __init__(self, catalog: Catalog) -> None:
        self._slugs = catalog.roles.keys()
        self._roles = _Lookup(catalog.names.roles)
        self._endings = _Lookup(catalog.names.endings)
        self._tasks = _Lookup(catalog.names.tasks)
        self._skills = _Lookup(catalog.names.skills)

    def role(self, text: str) -> RoleMatch:
        """The role a title means, if it means one."""
        text = text[:MAX_TEXT]
        if text in self._slugs:
            return RoleMatch(text, How.SLUG)
        if slug := self._roles.exact(fold(text)):
            return RoleMatch(slug, How.NAME)
        bare, head = _bare(text), _bare(_TAIL.sub("", text, count=1))
        for name in (*_unranked(text), bare, head):
            if slug := self._roles.exact(name):
                return RoleMatch(slug, How.NORMALISED)
        named = [self._roles.exact(_bare(part)) for part in _ALTERNATIVES.split(text)]
        several = tuple(dict.fromkeys(slug for slug in named if slug))
        if len(several) > 1:
            return RoleMatch(None, How.AMBIGUOUS, several[:MAX_CANDIDATES])
        if several and all(named):
            return RoleMatch(several[0], How.NORMALISED)
        if not _SOMEONE_ELSE.search(text) and (slug := self._endings.ending(head)):
            return RoleMatch(slug, How.ENDING)
        near = self._roles.near(bare)
        if len(near) == 1:
            return RoleMatch(near[0], How.TYPO)
        return RoleMatch(None, How.AMBIGUOUS if near else How.UNKNOWN, near[:MAX_CANDIDATES])

    def task(self, text: str) -> str | None:
        """The slug of the task a text means, or None."""
        return self._tasks.find(text)

    def skill(self, text: str) -> str | None:
        """The slug of the skill a text means, or None."""
        return self._skills.find(text)


class _Lookup:
    """Folded names and the slug each belongs to."""

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._owners = owners
        self._names = list(owners)

    def exact(self, folded: str) -> str | None:
        return self._owners.get(folded)

    def ending(self, folded: str) -> str | None:
        """The owner of the longest name that `folded` ends with."""
        words = folded.split()
        tails = (" ".join(words[start:]) for start in range(len(words)))
        return next((self._owners[tail] for tail in tails if tail in self._owners), None)

    def near(self, folded: str) -> tuple[str, ...]:
        """Owners of the names a typo away, best first; one alone only if all others are well behind."""
        floor = TYPO_SCORE - TYPO_MARGIN
        found = process.extract(folded, self._names, scorer=fuzz.token_sort_ratio, score_cutoff=floor, limit=None)
        close = [(name, score) for name, score, _ in found if _same_words(folded, name)]
        if not close or close[0][1] < TYPO_SCORE:
            return ()
        return tuple(dict.fromkeys(self._owners[name] for name, score in close if score > close[0][1] - TYPO_MARGIN))

    def find(self, text: str) -> str | None:
        folded = fold(text)
        if slug := self.exact(folded):
            return slug
        near = self.near(folded)
        return near[0] if len(near) == 1 else None


def _same_words(one: str, other: str) -> bool:
    """Whether the words pair off, each with its like: a typo in a word, never another word."""
    left, right = one.split(), other.split()
    return (
        len(left) == len(right)
        and all(any(_alike(word, candidate) for candidate in right) for word in left)
        and all(any(_alike(word, candidate) for candidate in left) for word in right)
    )


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) <= EXACT_WORD or (long in OWN_WORDS and long.startswith(short)):
        return False
    return fuzz.ratio(one, other) >= WORD_SCORE


def _unranked(title: str) -> Iterator[str]:
    """A folded title without one, two, ... of the words of rank it begins with.

    A "senior marketing lead" is a "marketing lead", a "senior level designer" a "level designer".
    """
    words = fold(title).split()
    for rank in takewhile(lambda at: words[at] in _RANK, range(len(words))):
        yield " ".join(words[rank + 1 :])


def _bare(title: str) -> str:
    """A folded title without words of rank, place or contract."""
    return " ".join(word for word in fold(title).split() if word not in _RANK)
