"""How a job title is read: as a role of the catalogue, an O*NET occupation, a family of either, or as none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TitleKind(StrEnum):
    """What a title was read as, and so which report its reader gets."""

    ROLE = "role"
    OCCUPATION = "occupation"
    FAMILY = "family"
    NONE = "none"


class NoneBecause(StrEnum):
    """Why a title has no reading."""

    NOT_A_JOB = "not_a_job"
    """It names no job: "retired", "student", an empty text."""
    NOT_KNOWN = "not_known"
    """It may name a job, but we do not know which."""


@dataclass(frozen=True, slots=True)
class TitleReading:
    """How a title was read. Each kind fills its own fields; the others are empty.

    `title` is the name of what was read, in our words or O*NET's: a role's or an occupation's title, or for a family
    the candidates' titles. `occupations` are O*NET-SOC codes: those of the role, the occupation, or all of a family's.
    `candidates` are role slugs and O*NET-SOC codes, most jobs first: at least two of them for a family; for `none`,
    those that were too many or too unlike each other. `language` is the code of the title's language ("de") where
    that is not English; of the first that has it, where several do.
    """

    kind: TitleKind
    role: str | None = None
    title: str = ""
    occupations: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    none_because: NoneBecause | None = None
    language: str | None = None

    @property
    def known(self) -> bool:
        """Whether a report can be made for this title alone."""
        return self.kind is not TitleKind.NONE

    @property
    def names_a_job(self) -> bool:
        """Whether it names a job, perhaps one that we do not know."""
        return self.none_because is not NoneBecause.NOT_A_JOB

    @property
    def slug(self) -> str | None:
        """What the ledger keeps: the role's slug, the occupation's O*NET-SOC code, or None."""
        return self.occupations[0] if self.kind is TitleKind.OCCUPATION else self.role
