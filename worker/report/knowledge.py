"""What is known beside the labels, as values: statements, observed use, what years mean, jobs nearby."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Grade(StrEnum):
    """How well a statement is known. What rests on a single secondary page is not in the catalogue."""

    A = "A"
    """We read the publisher's own text or data."""
    B = "B"
    """We read the abstract, or two independent pages agree."""
    PAGE = "page"
    """The outlook page's own statement, for which we have seen no evidence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One dated finding on AI and work in our words. `id` is its key in data/changes.

    `dated` is month and year of the finding, as "March 2026", or the year where the month is not known. `source` is the
    source's name. After `look_again` the statement may be out of date.
    """

    id: str
    text: str
    dated: str
    source: str
    grade: Grade
    look_again: date


@dataclass(frozen=True, slots=True)
class Observed:
    """How much of an occupation's work was seen handed over to one AI assistant, Claude, in 2025.

    `value` is on a scale from 0 to 1; 0 means "not seen often enough to be counted". `text` says what was seen and how
    that lies beside the labels. `reading` says why; there is one wherever they parted. It is `ours` where it is our
    guess at the reason, and not where both are low and only the places among US jobs differ.
    """

    value: float
    occupations: tuple[str, ...]
    """Titles of the occupations that the value is of."""
    text: str
    reading: str | None
    ours: bool
    parted: bool
    """Whether labels and use lie so far apart among US jobs that the letter must say why."""
    evidence_ids: tuple[str, ...]
    """As `observed_exposure:15-1252.00`: the column and row of data/evidence/occupations.csv."""
    source: str
    dated: str


class Stage(StrEnum):
    """How far somebody is in working life."""

    BEGINNER = "beginner"
    SETTLED = "settled"
    SENIOR = "senior"


@dataclass(frozen=True, slots=True)
class Experience:
    """What the reader's years mean, in a text that follows from `statements` alone; without them it is our judgement.

    The studies are about the most exposed occupations: `exposed` says whether the reader's is one of them.
    """

    stage: Stage
    text: str
    statements: tuple[Statement, ...]
    exposed: bool

    @property
    def statement_ids(self) -> tuple[str, ...]:
        """The keys in data/changes that the text follows from."""
        return tuple(statement.id for statement in self.statements)


@dataclass(frozen=True, slots=True)
class Nearby:
    """A role with lower exposure whose work needs skills that the reader's role needs too: our reading.

    `index` is that of its usual week, in points; `shared` names the skills.
    """

    slug: str
    title: str
    index: int
    shared: tuple[str, ...]
