"""The mix of signups that everything is measured with, drawn from a seed: each run measures the same letters.

Half of the signups name a title alone. The others describe a week, as the form and everyday words give it, each in
shares of its own, so that hardly two of those letters are equal. Titles are drawn as the visits of a website's pages
are: the title of rank r has the weight 1/r.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Sequence
from typing import Any

from worker.delivery.composer import Reader
from worker.intake.contract import parse_signup
from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher

SEED = 18
ROLES, OCCUPATIONS, FAMILIES = 70, 20, 10
"""Signups in a hundred whose title names a role, an occupation, or several of them."""
FAMILY_TITLES = (
    "teacher", "analyst", "designer", "therapist", "scientist", "driver", "project engineer", "inspector", "artist",
)  # fmt: skip
EVERYDAY = (
    "meetings", "emails", "paperwork", "reports for my boss", "phone calls with clients", "training new people",
    "planning the week", "spreadsheets", "travelling between sites",
)  # fmt: skip
SKILLS = ("Python", "SQL", "Excel", "Negotiation", "Project management", "Figma", "Public speaking", "German")


class Mix:
    """Draws signups."""

    def __init__(self, catalogue: Catalogue, seed: int = SEED) -> None:
        self._catalogue = catalogue
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._roles = self._shuffled(list(catalogue.roles))
        self._occupations = self._shuffled([entry.title for entry in catalogue.onet.occupations.values()])

    def signups(self, count: int, *, name: str, week: bool | None = None) -> list[dict[str, Any]]:
        """`count` signups of strangers. `name` tells them from those of other draws.

        `week` draws only those with, or only those without, a described week.
        """
        return [self._signup(f"{name}-{next(self._numbers)}", week) for _ in range(count)]

    def _signup(self, name: str, week: bool | None) -> dict[str, Any]:
        kind = self._random.randrange(ROLES + OCCUPATIONS + FAMILIES)
        if kind < ROLES:
            role = self._by_rank(self._roles)
        elif kind < ROLES + OCCUPATIONS:
            role = self._by_rank(self._occupations)
        else:
            role = self._by_rank(FAMILY_TITLES)
        signup = {"version": 1, "signup_id": name, "email": f"{name}@example.com", "role": role}
        described = self._random.random() < 0.5 if week is None else week
        return signup | {"profile": self._profile(role)} if described else signup

    def _profile(self, role: str) -> dict[str, Any]:
        draw = self._random
        entry = self._catalogue.roles.get(role)
        titles = [self._catalogue.tasks[part.task].name for part in entry.tasks] if entry else []
        tasks = draw.sample(titles, min(len(titles), draw.randint(3, 7)))
        tasks += draw.sample(EVERYDAY, draw.randint(0 if titles else 2, 3))
        return {
            "tasks": [{"task": task, "share": draw.randint(2, 30)} for task in tasks],
            "skills": draw.sample(SKILLS, draw.randint(0, 4)),
            "experience_years": draw.choice((None, 1, 3, 6, 12, 25)),
        }

    def _shuffled(self, entries: list[str]) -> list[str]:
        self._random.shuffle(entries)
        return entries

    def _by_rank(self, titles: Sequence[str]) -> str:
        return self._random.choices(titles, [1 / rank for rank in range(1, len(titles) + 1)])[0]


def reader_of(signup: dict[str, Any], matcher: Matcher) -> Reader:
    """What the ledger keeps of a signup, as the composer takes it."""
    parsed = parse_signup(signup)
    slug = matcher.read_title(parsed.role).slug
    token = hashlib.sha256(parsed.email.encode()).hexdigest()[:22]
    return Reader(token, parsed.email, parsed.role, slug, parsed.profile.task_profile().to_json())
