"""Chooses among the occupations that a title is listed in: one, a few, or none where they are too unlike each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from worker.report.title_index import Listed, TitleSource

ONE = 0.9  # part of the jobs from which one occupation is what the title means
NEGLIGIBLE = 0.02  # part of the jobs below which an occupation is no candidate
HELD = 0.6  # least part of the jobs that the candidates must hold together
HELD_BY_A_WORD = 0.8  # the same for a title of one word: "engineer" says too little
MAX_FAMILY = 8  # candidates of a family
MAX_GROUPS = 2  # major groups that the candidates of a family may belong to
SOC_DIGITS = 7  # "15-1252" of an O*NET-SOC code: its occupation
GROUP_DIGITS = 2  # "15" of an O*NET-SOC code: its major group

MANY = 4  # occupations that report a title, from which it is a word for all of them: "teacher" is no nursing instructor

LEAST_ENDED = 20  # titles that must end with a word before that can say too little
LEAST_OWN = 1 / 8  # of these, the part that must be of the occupations that the word is read as

_SUREST_FIRST = (
    (TitleSource.OFFICIAL,),
    (TitleSource.REPORTED,),
    (TitleSource.ALTERNATE,),
    (TitleSource.SHORT,),
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """O*NET-SOC codes, most jobs first. `certain` if a title means one of them; else they are too unlike each other."""

    codes: tuple[str, ...]
    certain: bool


NO_CANDIDATES = Candidates((), certain=False)


def listed_candidates(title: str, listed: Listed, people: Callable[[str], float]) -> Candidates:
    """What a title that O*NET lists means, by its surest kind of listing. `people` gives the jobs of an occupation."""
    reported = sum(source is TitleSource.REPORTED for source in listed.values())
    for sources in _SUREST_FIRST[reported >= MANY :]:  # a part of one occupation's own title does not outweigh them
        if codes := [code for code, source in listed.items() if source in sources]:
            held = HELD if " " in title else HELD_BY_A_WORD
            return by_weight({code: people(code) for code in codes}, held)
    return NO_CANDIDATES


def says_too_little(codes: Iterable[str], ended: Iterable[Listed]) -> bool:
    """Whether a word that is read as these occupations ends the titles of many others, given where those are listed.

    "Specialist" is a part of one official title, and no more the name of that occupation than of any other.
    """
    own = frozenset(code[:SOC_DIGITS] for code in codes)
    ours = [not own.isdisjoint(code[:SOC_DIGITS] for code in listed) for listed in ended]
    return len(ours) >= LEAST_ENDED and sum(ours) < LEAST_OWN * len(ours)


def by_weight(
    weights: Mapping[str, float], least_held: float, alone: float = ONE, max_groups: int = MAX_GROUPS
) -> Candidates:
    """The candidates among occupations that weigh as given, heaviest first; they hold `least_held` of the whole.

    Only the heaviest where it holds the part `alone` of the whole.
    """
    total = sum(weights.values())
    ordered = sorted(weights, key=lambda code: (-weights[code], code))
    if not ordered:
        return NO_CANDIDATES
    if len(ordered) == 1 or weights[ordered[0]] >= alone * total:
        return Candidates((ordered[0],), certain=True)
    kept = [code for code in ordered if weights[code] >= NEGLIGIBLE * total]
    groups = _heaviest_groups(kept, weights, max_groups)
    family = [code for code in kept if code[:GROUP_DIGITS] in groups][:MAX_FAMILY]
    held = sum(weights[code] for code in family)
    return (
        Candidates(tuple(family), certain=True)
        if held >= least_held * total
        else Candidates(tuple(ordered[:MAX_FAMILY]), certain=False)
    )


def _heaviest_groups(codes: Iterable[str], weights: Mapping[str, float], most: int) -> AbstractSet[str]:
    groups: dict[str, float] = {}
    for code in codes:
        groups[code[:GROUP_DIGITS]] = groups.get(code[:GROUP_DIGITS], 0.0) + weights[code]
    return set(sorted(groups, key=lambda group: (-groups[group], group))[:most])
