"""Which task of a week some everyday words mean, by the words that its names share with them.

"Angry customers on the phone" is no name of a task. But of the tasks of a customer service representative one has
"customer" and "phone" among its names, and the others have not.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from worker.report.spelling import fold_work

SHARED_FROM = 0.5  # least part of a text's words, by weight, that a task's names must share
AHEAD_BY = 1.2  # by how much the best task must beat the second

_ALIKE = (
    "talk speak chat discuss advise counsel counselling explain answer inform consult listen call phone ring interview "
    "see meet visit appointment consultation",
    "examine assess",
    "receive greet welcome",
    "write draft compose author edit",
    "fix repair mend troubleshoot debug resolve fault",
    "check inspect test verify certify certification inspection testing",
    "clean sweep mop wipe hoover vacuum polish tidy scrub dust",
    "wash bathe bath shower",
    "buy order purchase procure",
    "hire recruit recruitment recruiting staff",
    "fire sack dismiss dismissal terminate termination redundancy layoff departure",
    "teach train coach instruct mentor tutor",
    "measure metric monitor track analytics kpi figure statistic",
    "move lift carry haul load unload shift",
    "bill invoice charge",
    "quote estimate price",
    "rota roster shift",
    "doctor physician",
    "patient resident",
    "pupil student child kid class",
    "client customer guest",
)
"""Words that may stand for each other when a reader describes work; a line of words is one meaning."""
_SAYS_LITTLE = (
    "be being check do make take get keep help handle use give look work run go put set prepare manage management deal "
    "follow bring new"
)
"""Words that any task may have: none is placed by them alone."""


class WordWeights:
    """How much a folded word tells: the rarer among the tasks of the whole catalogue, the more."""

    def __init__(self, tasks: Iterable[Iterable[str]]) -> None:
        """`tasks` are the folded names of each task."""
        seen: Counter[str] = Counter()
        total = 0
        for names in tasks:
            total += 1
            seen.update({word for name in names for word in name.split()})
        self._weights = {word: math.log((1 + total) / (1 + count)) for word, count in seen.items()}
        self._unknown = math.log(1 + total) / 2  # a word that no task has may be anything: half of the rarest

    def of(self, word: str) -> float:
        """The weight of a folded word, above 0."""
        return self._weights.get(word, self._unknown)

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """The meaning of each folded word that others may stand for: the first word of its line."""
        lines = [[fold_work(word) for word in line.split()] for line in _ALIKE]
        return {word: line[0] for line in lines for word in line}

    def meaning(self, word: str) -> str:
        """The meaning of a folded word: itself, or the first word of its line."""
        return self.meanings.get(word, word)

    @cached_property
    def says_little(self) -> frozenset[str]:
        """Folded words that any task may have."""
        return frozenset(map(fold_work, _SAYS_LITTLE.split()))


class TaskWords:
    """The words of the tasks of one week."""

    def __init__(
        self, names: Mapping[str, str], weights: WordWeights, shares: Mapping[str, float] | None = None
    ) -> None:
        """`names` are folded names and the task (slug) that each means in this week.

        `shares` are the tasks' parts of the week.
        """
        self._weights = weights
        self._shares = shares or {}
        self._names: dict[str, list[frozenset[str]]] = defaultdict(list)
        for name, slug in names.items():
            self._names[slug].append(frozenset(name.split()))

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        """All words of the names of each task."""
        return {slug: frozenset[str]().union(*names) for slug, names in self._names.items()}

    @cached_property
    def _names_by_meaning(self) -> Mapping[str, list[frozenset[str]]]:
        """The names of each task, by meaning."""
        meanings = self._weights.meanings
        return {slug: [_by_meaning(name, meanings) for name in names] for slug, names in self._names.items()}

    @cached_property
    def _words_by_meaning(self) -> Mapping[str, frozenset[str]]:
        """All words of the names of each task, by meaning."""
        return {slug: frozenset[str]().union(*names) for slug, names in self._names_by_meaning.items()}

    def find(self, folded: str) -> str | None:
        """The task whose names share most with the folded text; None if none shares enough, or two share as much."""
        scores = self._scores(frozenset(folded.split()), self._words)
        best = scores[0] if scores else (0.0, "")
        second = scores[1][0] if len(scores) > 1 else 0.0
        return best[1] if best[0] >= SHARED_FROM and best[0] >= AHEAD_BY * second else None

    def find_meaning(self, folded: str) -> str | None:
        """The same with words that may stand for each other.

        Of tasks that share as much, it is the one with the name closest to the text, then the largest of the week.
        """
        words = _by_meaning(folded.split(), self._weights.meanings)
        scores = [score for score in self._scores(words, self._words_by_meaning) if score[0] >= SHARED_FROM]
        alike = [slug for score, slug in scores if score * AHEAD_BY >= scores[0][0]]
        return max(alike, key=lambda slug: (self._closest(slug, words), self._shares.get(slug, 0.0)), default=None)

    def find_whole(self, folded: str) -> str | None:
        """The largest task one of whose names has all words of the text, by meaning; None for a single word."""
        words = _by_meaning(folded.split(), self._weights.meanings)
        if len(words) < 2:
            return None
        found = [slug for slug, names in self._names_by_meaning.items() if any(words <= name for name in names)]
        return max(found, key=lambda slug: self._shares.get(slug, 0.0), default=None)

    def has_any(self, slug: str, folded: str) -> bool:
        """Whether the names of a task have a word of the folded text, by meaning."""
        return not self._words_by_meaning[slug].isdisjoint(_by_meaning(folded.split(), self._weights.meanings))

    def _scores(self, words: frozenset[str], words_of: Mapping[str, frozenset[str]]) -> list[tuple[float, str]]:
        """The part of the words, by weight, that each task shares, best first; without those that share too little."""
        whole = math.fsum(map(self._weights.of, words))
        scores = []
        for slug, held in words_of.items():
            shared = words & held
            if shared - self._weights.says_little or shared == words:
                scores.append((math.fsum(map(self._weights.of, shared)) / (whole or 1.0), slug))
        return sorted(scores, reverse=True)

    def _closest(self, slug: str, words: frozenset[str]) -> float:
        """How much of the text and of a name of the task is the same, for the closest name, 0..1 in steps."""
        return round(max(len(words & name) / len(words | name) for name in self._names_by_meaning[slug]), 1)


def _by_meaning(words: Iterable[str], meanings: Mapping[str, str]) -> frozenset[str]:
    return frozenset([meanings.get(word, word) for word in words])
