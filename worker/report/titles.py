"""The parts of a job title that are not the job: rank, contract, employer. And fields named instead of people.

"Lead" is a rank at either end of a title ("lead developer", "developer lead"), and may also be part of the job ("lead
generation specialist"): so each reading drops one more word.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from rapidfuzz.distance import OSA

from worker.report.spelling import fold_title

# at any place in a folded title
_NEVER_THE_JOB = re.compile(
    r"\b(?:(?:full|part) time|self employed|(?:entry|mid|middle) level"
    r"|(?:level|tier|grade|band|year|line|class) \d(?! teacher)|\d(?:st|nd|rd) line|l\d|ic\d|[dfmwx](?: [dfmwx])+"
    r"|(?:night|day|late|early) (?=shift (?:manager|supervisor|leader))|(?:night|day|late|early) shift"
    r"|(?:newly|part|fully) qualified|fixed term|zero hour"
    r"|senior|sr|snr|junior(?! high)|jr|freelance)\b"
)
_DEPUTY = re.compile(r"\b(?:assistant|associate|deputy|vice|acting|joint|co)\b")
_LEADS = re.compile(r"\b(?:manager|director|head|chief|supervisor|president|founder)\b")
_PERSONS = ("person", "woman", "man")
LEAST_STEM = 3  # letters before "man" in a title of men: a human is none
MAX_RANKS = 4  # words of rank dropped at either end; bounds the time a text takes
_RANK_BEFORE = frozenset(
    ["lead", "principal", "staff", "consultant", "mid", "middle", "level", "graduate", "trainee", "intern", "certified"]
)
_RANKS = ("senior", "junior", "principal", "trainee", "graduate", "freelance")  # as they are misspelt
_RANK_AFTER = frozenset(["lead", "trainee", "intern", "i", "ii", "iii", "iv", "v", "1", "2", "3", "4", "5"])
_CONTRACT = frozenset(  # at either end
    [
        "contract", "interim", "remote", "hybrid", "temporary", "temp", "permanent", "locum", "agency", "casual",
        "seasonal", "weekend", "night", "day", "bilingual", "experienced", "qualified",
    ]
)  # fmt: skip
_TAIL = re.compile(r"\s*(?:[,;|(\[@–—]|\s-\s|\s(?:at|in|on|for|from|with|within|to)\s).*", re.DOTALL | re.IGNORECASE)
# how a field ends, and how its practitioner does: plumbing, engineering, acting, development, recruitment, ...
_FIELDS = (
    ("ing", "er"), ("ing", ""), ("ing", "or"), ("ement", "er"), ("ment", "er"), ("ation", "ator"), ("phy", "pher"),
    ("ism", "ist"), ("ancy", "ant"), ("design", "designer"),
)  # fmt: skip


def without_tail(title: str) -> str:
    """The title before the first comma, bracket, dash or preposition: "Engineer (m/f) at Acme" is "Engineer"."""
    return _TAIL.sub("", title, count=1)


def readings(title: str) -> Iterator[str]:
    """The folded title with fewer and fewer words of rank and contract, from most words to fewest.

    A "senior marketing lead" is a "marketing lead" first, and "marketing" last.
    """
    words = _NEVER_THE_JOB.sub(" ", fold_title(title)).split()
    after = _leading(words[::-1], _RANK_AFTER | _CONTRACT)
    led = bool(words) and _LEADS.fullmatch(words[-1])  # the staff of a "staff development director" is what is led
    before = _leading(words, (_RANK_BEFORE | _CONTRACT) - ({"staff"} if led else set()))
    for dropped in range(before + after + 1):
        for first in range(min(before, dropped), max(0, dropped - after) - 1, -1):
            if kept := words[first : len(words) - (dropped - first)]:
                yield " ".join(kept)


def bare(title: str) -> str:
    """The reading with the fewest words; empty if there is none."""
    return next(iter(deque(readings(title), maxlen=1)), "")


def without_misspelt_rank(folded: str) -> str:
    """The title without a first word that is nearly a rank: a "senoir accountant" is an "accountant"."""
    first, _, rest = folded.partition(" ")
    return rest if rest and any(OSA.distance(first, rank, score_cutoff=1) == 1 for rank in _RANKS) else folded


def without_deputy(folded: str, text: str) -> Iterator[str]:
    """The title of the one whose deputy this is: an "assistant finance manager" is read as a "finance manager".

    Nothing for an assistant *to* a manager; `text` is the title as it was typed.
    """
    if _LEADS.search(folded) and " to " not in text and (kept := " ".join(_DEPUTY.sub(" ", folded).split())) != folded:
        yield kept


def persons(folded: str) -> Iterator[str]:
    """The title as it is said of a man, a woman and a person, in one word and in two; nothing for other titles."""
    *before, last = folded.split() or [""]
    if before and last in _PERSONS:
        stem = before.pop()
    else:
        stem = next((last.removesuffix(end) for end in _PERSONS if last.endswith(end) and last != end), "")
    if len(stem) < LEAST_STEM:
        return
    for person in _PERSONS:
        for joined in (f"{stem}{person}", f"{stem}s{person}", f"{stem.removesuffix('s')} {person}"):
            yield " ".join([*before, joined])


def practitioners(folded: str) -> Iterator[str]:
    """Names for a person who works in the field `folded`: "software engineering" gives "software engineer"."""
    for field, person in _FIELDS:
        if folded.endswith(field):
            yield folded.removesuffix(field) + person


def _leading(words: list[str], ranks: frozenset[str]) -> int:
    """How many of the first words are in `ranks`, at most MAX_RANKS."""
    return sum(1 for _ in takewhile(ranks.__contains__, words[:MAX_RANKS]))
