"""What a job title says besides the job: rank, contract, employer. And a field named instead of who works in it.

A word of rank is one only where ranks stand: a lead developer and a developer lead, but no lead generation specialist.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from worker.report.spelling import fold_title

# wherever they stand; in a folded title
_NEVER_THE_JOB = re.compile(
    r"\b(?:(?:full|part) time|self employed|(?:entry|mid|middle) level|level \d|[dfmwx](?: [dfmwx])+"
    r"|senior|sr|snr|junior|jr|freelance)\b"
)
MAX_RANKS = 4  # words of rank that are dropped at either end, so that no text takes long
_RANK_BEFORE = frozenset(
    ["lead", "principal", "staff", "mid", "middle", "level", "graduate", "trainee", "intern", "certified"]
)
_RANK_AFTER = frozenset(["lead", "trainee", "intern", "i", "ii", "iii", "iv", "v", "1", "2", "3", "4", "5"])
_CONTRACT = frozenset(["contract", "interim", "remote", "hybrid"])  # at either end
_TAIL = re.compile(r"\s*(?:[,;|(\[@–—]|\s-\s|\s(?:at|in|for|with)\s).*", re.DOTALL | re.IGNORECASE)
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
    before = _leading(words, _RANK_BEFORE | _CONTRACT)
    after = _leading(words[::-1], _RANK_AFTER | _CONTRACT)
    for dropped in range(before + after + 1):
        for first in range(min(before, dropped), max(0, dropped - after) - 1, -1):
            if kept := words[first : len(words) - (dropped - first)]:
                yield " ".join(kept)


def bare(title: str) -> str:
    """The last of the readings, of fewest words; empty where there is none."""
    return next(iter(deque(readings(title), maxlen=1)), "")


def practitioners(folded: str) -> Iterator[str]:
    """What a person may be called whose field is `folded`: "software engineering" gives "software engineer"."""
    for field, person in _FIELDS:
        if folded.endswith(field):
            yield folded.removesuffix(field) + person


def _leading(words: list[str], ranks: frozenset[str]) -> int:
    """How many words `words` begins with that are of `ranks`; nobody has more than a few."""
    return sum(1 for _ in takewhile(ranks.__contains__, words[:MAX_RANKS]))
