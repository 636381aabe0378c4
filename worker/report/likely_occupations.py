"""The occupations that a title most likely belongs to, by the titles of O*NET's that share its words.

A title votes for the occupations that it is listed in, the more, the more alike it is (rare words count more, the last
word most) and the more people work in an occupation per title of it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from worker.report.title_candidates import GROUP_DIGITS, MAX_FAMILY, NO_CANDIDATES, Candidates, by_weight
from worker.report.title_index import TitleIndex, TitleSource

LEAST_ALIKE = 0.3  # of a title that votes, 0..1
MOST_ALIKE = 0.75  # at least one title must be
SAME_LAST_WORD = 1.3  # what the last word of a title, which names the trade, adds to the likeness
LEAST_TITLES = 3  # that end with the last word
LEAST_VOTES = 5  # titles that must vote
MAX_WORDS = 12  # of a title; bounds the time a text takes
LEAST_KNOWN = 0.5  # of what a title's words tell, by words that other titles have
ONE = 0.97  # of all votes, for a single occupation
LEAST_KEPT = 0.3  # of all votes, by the occupations that have each word of the title
LEAST_HELD = 0.68  # of all votes, by the candidates
LEAST_HELD_OF_MIXED = 0.45  # the same, by the heaviest major group alone, where many candidates are of unlike trades
_LEADERS = ("manager", "director", "supervisor", "chief", "superintendent", "owner", "leader")
"""The last words of titles that may lead anything: not guessed."""
_VOTES = {TitleSource.OFFICIAL: 3.0, TitleSource.REPORTED: 2.0, TitleSource.ALTERNATE: 1.0, TitleSource.SHORT: 0.5}


@dataclass(frozen=True, slots=True)
class _Words:
    """What is counted over all titles of the index."""

    titles: Sequence[str]
    with_word: Mapping[str, Sequence[int]]
    """Places in `titles`."""
    titles_of: Mapping[str, int]
    """By O*NET-SOC code."""
    occupations_with: Mapping[str, AbstractSet[str]]
    """The O*NET-SOC codes of the titles that have a word."""
    rarities: Mapping[str, float]

    def rarity(self, word: str) -> float:
        """How much it tells that two titles share a word, squared."""
        return self.rarities.get(word, math.log(len(self.titles)) ** 2)


class LikelyOccupations:
    """Reads the whole index when first asked. `people` gives the jobs of an occupation."""

    def __init__(self, index: TitleIndex, people: Callable[[str], float]) -> None:
        self._index = index
        self._people = people

    @cached_property
    def _words(self) -> _Words:
        titles: list[str] = []
        with_word: dict[str, list[int]] = defaultdict(list)
        titles_of: Counter[str] = Counter()
        occupations_with: dict[str, set[str]] = defaultdict(set)
        for title, listed in self._index:
            for word in set(title.split()):
                with_word[word].append(len(titles))
                occupations_with[word].update(listed)
            titles.append(title)
            titles_of.update(listed.keys())
        rarities = {word: math.log(len(titles) / len(places)) ** 2 for word, places in with_word.items()}
        return _Words(titles, dict(with_word), titles_of, occupations_with, rarities)

    def of(self, title: str, *, leaders: bool = False) -> Candidates:
        """The candidates of a folded title that is in no list. With `leaders`, also of one who leads others."""
        if not leaders and title.endswith(_LEADERS):
            return NO_CANDIDATES
        weights: dict[str, float] = defaultdict(float)
        voters, best = 0, 0.0
        for name, alike in self._alike(title):
            listed = self._index.find(name)
            if listed:
                voters, best = voters + 1, max(best, alike)
            for code, source in listed.items():
                people = math.sqrt(self._people(code) / self._words.titles_of[code])
                weights[code] += alike**3 * _VOTES[source] * people / math.sqrt(len(listed))
        if voters < LEAST_VOTES or best < MOST_ALIKE:
            return NO_CANDIDATES
        kept = {code: weight for code, weight in weights.items() if self._has_words(code, title)}
        if sum(kept.values()) < LEAST_KEPT * sum(weights.values()):
            return NO_CANDIDATES
        found = by_weight(kept, LEAST_HELD, ONE)
        return by_weight(kept, LEAST_HELD_OF_MIXED, ONE, max_groups=1) if _is_mixed(found) else found

    def _has_words(self, code: str, title: str) -> bool:
        """Whether an occupation has titles with each word: no dishwasher's title has the "data" of a "data steward"."""
        return all(code in self._words.occupations_with.get(word, ()) for word in title.split())

    def _alike(self, title: str) -> Iterator[tuple[str, float]]:
        """The titles that share words with this one, and how alike they are, 0 to a little over 1."""
        words = title.split()
        if not 1 < len(words) <= MAX_WORDS or not self._is_read(words):
            return
        shared: dict[int, float] = defaultdict(float)
        for word in set(words):
            rarity = self._words.rarity(word)
            for place in self._words.with_word.get(word, ()):
                shared[place] += rarity
        own = self._length(title)
        for place, common in shared.items():
            name = self._words.titles[place]
            alike = common / (own * self._length(name) or 1.0)
            if name.rsplit(" ", 1)[-1] == words[-1]:
                alike *= SAME_LAST_WORD
            if alike >= LEAST_ALIKE:
                yield name, alike

    def _is_read(self, words: Sequence[str]) -> bool:
        """Whether some titles end with the last word, and most of their weight is in words that other titles have."""
        ends = (self._words.titles[place].endswith(words[-1]) for place in self._words.with_word.get(words[-1], ()))
        known = [word for word in words if word in self._words.with_word]
        return sum(ends) >= LEAST_TITLES and self._rarity(known) >= LEAST_KNOWN * self._rarity(words)

    def _rarity(self, words: Sequence[str]) -> float:
        return math.fsum(map(self._words.rarity, words))

    def _length(self, title: str) -> float:
        return math.sqrt(self._rarity(list(set(title.split()))))


def _is_mixed(found: Candidates) -> bool:
    """Whether these are as many as a family may hold, of unlike trades: they have a word in common, not work."""
    groups = {code[:GROUP_DIGITS] for code in found.codes}
    return found.certain and len(found.codes) == MAX_FAMILY and len(groups) > 1
